"""Templates: their versions, their text with its variables, for whom they are intended; tried and pushed."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, asking, controls, forms, tables, templateparts, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field
from dashboard.intentdata import Opened
from dashboard.office import identity, number
from db.templates import TemplateRow
from fleet.identity import Scope
from fleet.templates import Kind, kept
from routeros.starters import starters

COLUMNS = ("Name", "What it is for", "Version", "Variables", "Assigned", "By", "Since")


def body(visit: Visit) -> Sequence[Component | None]:
    """List the templates and open the chosen one; where there is none, offer those to begin with."""
    rows, writes = visit.data.intentions.templates(visit.principal), visit.principal.may(Scope.CONFIG_WRITE)
    chosen = identity(visit.asked.get("template", ""))
    opened = None
    if chosen is not None:
        opened = visit.data.intentions.opened(visit.principal, chosen, number(visit.asked.get("version", "")))
    head = admin.head(
        "Templates",
        "Configuration with typed variables, in versions, written anew for each device.",
        _opener("New template", "new", "primary") if writes else None,
    )
    parts: list[Component | None] = [head, templateparts.spec(visit, opened)]
    if rows:
        parts += [*(_opened(visit, opened) if opened else []), _table(visit, rows)]
    else:
        said = "Take one to begin with and make it yours." if writes else "An operator can make one."
        parts.append(html.P(f"There is no template yet. {said}", className="muted"))
    return [*parts, _starters(writes, bare=not rows)]


def _opener(word: str, what: str, kind: str = "", label: str = "") -> Component:
    """Make a button that opens the browser's editor or preview."""
    told = marks(data_template_open=what, aria_label=label)
    return html.Button(word, type="button", className=f"button {kind}".strip(), **told)


def _table(visit: Visit, rows: Sequence[TemplateRow]) -> Component:
    counts = visit.data.intentions.counts(visit.principal)
    cells = [
        [
            controls.link(row.name, asking.changed({}, template=str(row.id))),
            row.about or units.NOTHING,
            str(row.number),
            ", ".join(str(one["name"]) for one in row.variables) or units.NOTHING,
            tables.number(str(counts.get(row.id, 0))),
            row.created_by,
            units.clock_time(row.created_at, visit.look.zone, visit.now),
        ]
        for row in rows
    ]
    return admin.table(COLUMNS, cells, label="Templates")


def _starters(writes: bool, *, bare: bool) -> Component:
    """Offer the templates to begin with."""
    cards = [
        html.Li(
            [
                html.Strong(name),
                html.P(one.about, className="muted"),
                html.P(", ".join(v.name for v in one.variables) or "no variables", className="mono muted"),
                _opener("Begin with it", f"starter:{name}", "small", f"Begin with {name}") if writes else None,
            ]
        )
        for name, one in starters().items()
    ]
    inside = html.Ul(cards, className="cards")
    if bare:
        return inside
    return html.Details([html.Summary("Templates to begin with"), inside], className="starters")


def _opened(visit: Visit, opened: Opened) -> list[Component]:
    row = opened.row
    close = controls.link("Close", "?")
    header = html.Header([html.H2(f"{row.name}, version {row.number}"), html.Span(close, className="beside")])
    about = f"{row.about} Where it is intended, {templateparts.MODES[row.mode]}.".strip()
    inside = [
        header,
        html.P(about, className="muted"),
        html.Div(_actions(visit, opened), className="actions"),
        html.Pre(row.text, className="config-text mono", tabIndex="0", **marks(aria_label=f"Text of {row.name}")),
        *_variables(row),
        html.H3("For whom it is intended"),
        *templateparts.assignments(visit, opened),
        html.H3("Versions"),
        _versions(visit, opened),
    ]
    return [html.Section(inside, className="panel wide sheet-of drift", **marks(aria_label=row.name))]


def _actions(visit: Visit, opened: Opened) -> list[Component]:
    row = opened.row
    preview = _opener("Preview and push", "preview", "primary")
    if not visit.principal.may(Scope.CONFIG_WRITE):
        return [_opener("Preview", "preview", "primary")]
    confirm = Field(name="confirm", label=f"Write {row.name} to confirm", equals=row.name, apart=True, required=True)
    gone = forms.Form(
        title=f"Remove {row.name}",
        method="DELETE",
        path=admin.rest(visit, f"templates/{row.id}"),
        fields=[confirm],
        submit="Remove",
        text="Its versions and assignments go with it. Devices stay as they are.",
        done=f"{row.name} is removed.",
        danger=True,
        then=visit.address("config/templates"),
    )
    return [
        preview,
        _opener("Write a new version", "version"),
        forms.button("Assign", templateparts.assignment(visit, row)),
        forms.button("Remove", gone, kind="danger"),
    ]


def _variables(row: TemplateRow) -> list[Component]:
    variables = kept(row.variables)
    if not variables:
        return []
    columns = ("Variable", "Type", "What it is for", "Default", "Bounds")
    cells = []
    for one in variables:
        bounds = ", ".join(one.choices) or " to ".join(str(n) for n in (one.least, one.most) if n is not None)
        usual = one.default if one.default is not None else "must be given"
        told = "kept encrypted" if one.kind is Kind.SECRET else usual
        cells.append([html.Code(one.name), one.kind.value, one.about or units.NOTHING, told, bounds or units.NOTHING])
    return [html.H3("Variables"), admin.table(columns, cells, label="Variables")]


def _versions(visit: Visit, opened: Opened) -> Component:
    rows = [
        [
            controls.link(
                f"version {one.number}",
                asking.changed(visit.asked, version=str(one.number)),
                **marks(aria_current=one.number == opened.row.number and "true"),
            ),
            one.created_by,
            units.clock_time(one.created_at, visit.look.zone, visit.now),
            units.plural(len(one.text.splitlines()), "line"),
        ]
        for one in opened.history
    ]
    return admin.table(("Version", "By", "When", "Text"), rows, label="Versions of the template")


page = admin.section(
    body,
    tab="Templates",
    path="config/templates",
    scope=Scope.CONFIG_READ,
    rank=20,
    title="Templates",
)
