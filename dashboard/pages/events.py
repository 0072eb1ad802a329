"""What happened to all devices, a page at a time: who did what, what differs in what they have, who went down."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import admin, controls, happenings, logbook, tables
from dashboard.door import Door, Visit
from dashboard.page import Page
from fleet.identity import Scope


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now."""
    drawn = admin.draw(visit, Scope.EVENTS_READ, body)
    return html.Div(
        [
            html.H1("Events", className="visually-hidden"),
            html.Div(drawn, id="happened-body", className="admin-body device"),
            dcc.Store(id="happened-drawn", data=admin.mark(drawn)),
        ],
        className="admin",
    )


def connect(door: Door) -> None:
    """Register the callback of the page."""
    admin.follow(door, "happened", lambda visit: admin.draw(visit, Scope.EVENTS_READ, body))


def body(visit: Visit) -> Sequence[Component | None]:
    """List what happened, the newest first, or from where the address says."""
    found, following = visit.data.beside.events(visit.principal, None, visit.asked.get("before"))
    head = admin.head(
        "Events", "What people and jobs did to devices, what these have that differs, and their states."
    )
    if not found:
        return [head, _nothing(visit)]
    names = {entry.row.id: entry.row.name for entry in visit.data.listed(visit.principal).entries}
    laid = happenings.table(found, visit, names)
    return [head, tables.framed("What happened", laid, len(found)), logbook.pager(visit, following)]


def _nothing(visit: Visit) -> Component:
    if visit.asked.get("before"):
        return controls.notice("Nothing is older", "This was the last page.", controls.link("The newest", "?"))
    return controls.notice(
        "Nothing happened yet",
        "The first poll of a device, and the first change of one, will stand here.",
        controls.link("Add a device", visit.address("admin")),
    )


page = Page(
    name="events",
    title="Events",
    path="events",
    layout=layout,
    connect=connect,
    order=60,
    icon="events",
    key="v",
)
