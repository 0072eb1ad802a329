"""What happened to the device, a page at a time: operations, changes of what it has, its states, the newest first."""

from __future__ import annotations

from dash.development.base_component import Component

from api.telemetry import request_id
from dashboard import controls, happenings, logbook, tables
from dashboard.tab import Sheet, Tab
from fleet.errors import BadInput


def _tables(sheet: Sheet) -> list[Component]:
    visit = sheet.visit
    try:
        found, following = visit.data.beside.events(visit.principal, sheet.row.id, visit.asked.get("before"))
    except BadInput as error:
        return [controls.refusal(error, request_id())]
    if not found:
        return []
    pager = logbook.pager(visit, following)
    return [tables.framed("What happened", happenings.table(found, visit), len(found)), *([pager] if pager else [])]


tab = Tab(
    name="events",
    title="Events",
    order=40,
    bare="Nothing is recorded of this device yet: what people do to it and what differs in what it has stands here.",
    tables=_tables,
)
