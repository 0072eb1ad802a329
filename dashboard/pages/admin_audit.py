"""The audit log: who did what, and who was refused what."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import admin, controls, logbook, units
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.forms import Field
from dashboard.office import PAGE, number
from db.audit import Narrow
from fleet.audit import Ending, Entry
from fleet.identity import Scope

FIELDS = (
    Field(name="who", label="Who", hint="The address of a person, or the beginning of a key."),
    Field(
        name="action",
        label="Action",
        pattern="[a-z][a-z_.]*",
        hint="The beginning of its name, such as devices. or users.invite.",
    ),
    Field(name="object_type", label="Type", pattern="[a-z_-]+", hint="Such as device, site, user."),
    Field(name="object_id", label="Object", hint="Its id."),
)


def body(visit: Visit) -> Sequence[Component | None]:
    """List the entries that the address asks for, the newest first."""
    span = logbook.spanned(visit)
    words = {field.name: visit.asked.get(field.name) or None for field in FIELDS}
    narrow = Narrow(**words, start=span.start, end=span.end)
    found = visit.data.office.audit(visit.principal, number(visit.asked.get("before", "")), narrow)
    shown = found[:PAGE]
    head = admin.head(
        "Audit log",
        "Who did what, and who was refused what. Each entry is bound to the one before.",
        html.A("Download as CSV", href=_csv(visit), className="button", download=""),
    )
    filters = logbook.filters(visit, "Entries of the audit log", FIELDS)
    if not shown:
        return [head, filters, logbook.nothing(visit, "The first change will stand here.")]
    columns = ("No.", "When", "Who", "Action", "Object", "Outcome", "From")
    rows = [_row(visit, entry) for entry in shown]
    following = str(shown[-1].number) if len(found) > PAGE else None
    return [head, filters, admin.table(columns, rows, label="Audit log"), logbook.pager(visit, following)]


def _csv(visit: Visit) -> str:
    names = [*(field.name for field in FIELDS), *logbook.RANGE]
    return admin.rest(visit, "audit/csv") + logbook.query({name: visit.asked.get(name, "") for name in names}).rstrip(
        "?"
    )


def _row(visit: Visit, entry: Entry) -> list[object]:
    act = entry.act
    role = html.Span(act.role.replace("_", " "), className="pill") if act.role else None
    refused = act.outcome is Ending.REFUSED
    outcome = html.Span(
        [html.Span("■", className="glyph", **marks(aria_hidden="true")), "refused"] if refused else "done",
        className="state",
        title=act.detail or "",
        **marks(data_state="down" if refused else "other"),
    )
    why = html.Div(act.detail, className="muted") if act.detail else None
    return [
        f"{entry.number:,}",
        units.clock_time(act.at, visit.look.zone, visit.now),
        html.Span([controls.link(act.who, logbook.other(visit, who=act.who)), role], className="with-pill"),
        controls.link(act.action, logbook.other(visit, action=act.action), kind="mono"),
        _object(visit, entry),
        html.Div([outcome, why]),
        html.Code(act.address) if act.address else units.NOTHING,
    ]


def _object(visit: Visit, entry: Entry) -> Component | str:
    kind, name = entry.act.object_type, entry.act.object_id
    if name is None:
        return kind or units.NOTHING
    href = logbook.other(visit, object_id=name)
    return html.Span(
        [f"{kind} ", controls.link(f"{name[:8]}…" if len(name) > 12 else name, href, kind="mono", title=name)]
    )


page = admin.section(body, tab="Audit log", path="admin/audit", scope=Scope.AUDIT_READ, rank=9)
