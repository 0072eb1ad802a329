"""What happened to the device: operations, changes of what it has, its state, the newest first."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import happenings, tables
from dashboard.tab import Sheet, Tab


def _tables(sheet: Sheet) -> list[Component]:
    visit = sheet.visit
    found = visit.data.beside.happenings(visit.principal, sheet.row)
    return [tables.framed("What happened", happenings.table(found, visit), len(found))] if found else []


tab = Tab(
    name="events",
    title="Events",
    order=40,
    bare="Nothing is recorded of this device yet: what people do to it and what differs in what it has stands here.",
    tables=_tables,
)
