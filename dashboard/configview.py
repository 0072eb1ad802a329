"""A version of a device's configuration as text, or two side by side, as the address chooses; secrets are masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dash import html
from dash.development.base_component import Component

from api.configs import shown
from api.context import current
from dashboard import admin, asking, configparts, controls, forms, units
from dashboard.configdata import Compared, Opened
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field, Form
from dashboard.office import number
from dashboard.tab import Sheet
from db.configs import Version
from fleet.identity import Scope
from routeros.backup import comparing
from routeros.backup.comparing import Mark, Pair

MOST_LINES = 4_000
"""Lines of a text, and lines of a difference, that are laid out; REST and the command give them all."""

SIGNS = {Mark.SAME: "", Mark.GONE: "−", Mark.CAME: "+", Mark.CHANGED: "±", Mark.MOVED: "↕"}
TOLD = {Mark.SAME: "", Mark.GONE: "removed", Mark.CAME: "added", Mark.CHANGED: "changed", Mark.MOVED: "moved"}


def view(sheet: Sheet) -> list[Component]:
    """Draw the version, or the two, that the address names; raises FleetError where they cannot be shown."""
    visit = sheet.visit
    chosen, against = (number(visit.asked.get(word, "")) for word in ("version", "against"))
    if chosen is None or not visit.principal.may(Scope.CONFIG_READ):
        return []
    stored, vault = visit.data.configurations, current().vault
    if against is None:
        return [_text(sheet, stored.opened(visit.principal, vault, sheet.row.id, chosen))]
    return [_difference(sheet, stored.compared(visit.principal, vault, sheet.row.id, (against, chosen)))]


def _text(sheet: Sheet, found: Opened) -> Component:
    lines = found.text.splitlines()
    version = found.version
    before = version.number - 1
    words = asking.changed(sheet.visit.asked, version=str(version.number), against=str(before))
    links = [controls.link("What it changed", words)] if before else []
    if sheet.visit.principal.may(Scope.CONFIG_WRITE):
        links += [_return(version), _pin(sheet.visit, version)]
    text = html.Pre("\n".join(lines[:MOST_LINES]), className="config-text mono")
    return _framed(sheet, f"Version {version.number}", _about(sheet, version), (links, text, len(lines) - MOST_LINES))


def _difference(sheet: Sheet, found: Compared) -> Component:
    title = f"Version {found.before.number} and version {found.after.number}"
    counts = {mark: sum(pair.mark is mark for pair in found.pairs) for mark in Mark}
    said = ", ".join(f"{counts[mark]} {TOLD[mark]}" for mark in Mark if TOLD[mark] and counts[mark])
    about = f"{said or 'The same'}. {_about(sheet, found.after)}"
    if not said:
        same = html.P("They differ in nothing but noise, such as dates.")
        body = html.Div([same, *_done(sheet, found)])
        return _framed(sheet, title, about, ((), body, 0))
    rows = list(_rows(found.pairs))
    heads = ("", f"Version {found.before.number}", "", "", f"Version {found.after.number}")
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody(rows[:MOST_LINES]),
        ],
        className="compare",
        **marks(aria_label=f"{title}, side by side"),
    )
    body = html.Div([table, *_done(sheet, found)])
    return _framed(sheet, title, about, ((), body, len(rows) - MOST_LINES))


def _done(sheet: Sheet, found: Compared) -> list[Component]:
    """Tell who did what in between: on the device, as it tells itself, and by Flotilla."""
    zone, now = sheet.visit.look.zone, sheet.visit.now
    lines = [
        html.Li(
            [html.B(str(one.get("by") or "somebody")), f" on the device: {one.get('action')}, at {one.get('at')}"]
        )
        for one in found.actions
    ]
    lines += [
        html.Li([html.B(one.by), f" by Flotilla: {one.kind}, {units.clock_time(one.at, zone, now)}, {one.outcome}"])
        for one in found.deeds
    ]
    told = html.Ul(lines) if lines else html.P("Nobody's deed is known.", className="muted")
    return [html.Div([html.H3("Who did what in between"), told], className="done-between")]


def _rows(pairs: Sequence[Pair]) -> Iterator[Component]:
    """Lay out the lines that differ, with some around them."""
    for place, group in enumerate(comparing.around(pairs)):
        if place:
            yield html.Tr(html.Td("⋯", colSpan=5), className="gap")
        for pair in group:
            cells = [
                html.Td(pair.before_number, className="number"),
                html.Td(shown(pair.before or ""), className="before"),
                html.Td(SIGNS[pair.mark], className="mark-of", title=TOLD[pair.mark] or None),
                html.Td(pair.after_number, className="number"),
                html.Td(shown(pair.after or ""), className="after"),
            ]
            yield html.Tr(cells, **marks(data_mark=pair.mark.value))


def _return(version: Version) -> Component:
    """Offer to push a version; the browser puts its plan where a push is planned."""
    told = marks(data_push_version=str(version.number))
    return html.Button("Plan the way back to it", type="button", className="button small", **told)


def _pin(visit: Visit, version: Version) -> Component:
    """Offer to keep a version for good, as what is intended of the device, or to let it go again."""
    path = admin.rest(visit, f"configversions/{version.id}/pin")
    if version.pinned_at:
        text = "It is no longer what is intended of the device, and goes when its time has come."
        form = Form(title="Let the version go", method="DELETE", path=path, text=text, submit="Unpin")
        return forms.button("Unpin", form, kind="small")
    form = Form(
        title=f"Pin version {version.number}",
        method="PUT",
        path=path,
        fields=[Field(name="name", label="What it is called", hint="Such as: as accepted in spring.")],
        submit="Pin",
        text="It is kept for good, and is what is intended of the device where no template speaks: what differs from "
        "it is told as drift.",
        done="Pinned.",
    )
    return forms.button("Pin", form, kind="small")


def _about(sheet: Sheet, version: Version) -> str:
    at = units.clock_time(version.first_seen, sheet.visit.look.zone, sheet.visit.now)
    by = configparts.who(version)
    who = f", {by} was on the device" if by != units.NOTHING else ""
    return f"RouterOS {version.ros_version}, since {at}{who}."


def _framed(sheet: Sheet, title: str, about: str, shown_of: tuple[Sequence[Component], Component, int]) -> Component:
    """Put a text under its title, with the way to close it; ``shown_of`` ends with how many lines are left out."""
    links, body, left = shown_of
    close = controls.link("Close", asking.changed(sheet.visit.asked, version="", against=""))
    return html.Section(
        [
            html.Header(
                [html.H2(title), html.Span(about, className="muted"), html.Span([*links, close], className="beside")]
            ),
            html.Div(body, className="scroll tall", tabIndex="0", role="region", **marks(aria_label=title)),
            html.P(f"{left:,} lines more are not shown; flotilla config show has all.", className="muted")
            if left > 0
            else None,
        ],
        className="panel wide sheet-of",
        **marks(aria_label=title),
    )
