"""The fleet: how many devices are in which state, and a row for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_ag_grid as dag
from dash import Input, Output, html
from dash.development.base_component import Component

from dashboard import controls, roster, units
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.page import Page
from dashboard.roster import Roster
from dashboard.state import View
from dashboard.theme import SIGNS, Sign

GRID = "fleet-grid"
BLOCK = 100
MOST = 500

COLUMNS = (
    {"field": "state", "headerName": "State", "width": 118, "cellRenderer": "StateCell"},
    {"field": "name", "headerName": "Name", "flex": 3, "minWidth": 150, "cellRenderer": "NameCell"},
    {"field": "identity", "headerName": "Identity", "flex": 2, "minWidth": 120},
    {"field": "address", "headerName": "Address", "flex": 2, "minWidth": 168, "cellRenderer": "AddressCell"},
    {"field": "model", "headerName": "Model", "flex": 2, "minWidth": 130},
    {"field": "version", "headerName": "RouterOS", "width": 90},
    {"field": "cpu", "headerName": "CPU, 30 min", "width": 142, "cellRenderer": "CpuCell"},
    {"field": "uptime", "headerName": "Uptime", "width": 96},
    {"field": "heard", "headerName": "Polled", "width": 104},
    {
        "field": "problem",
        "headerName": "Problem",
        "flex": 6,
        "minWidth": 220,
        "cellClass": "problem",
        "tooltipField": "problem",
    },
)


def layout(visit: Visit) -> Component:
    """Lay the page out, with the counts of this moment."""
    fleet = visit.data.fleet(visit.principal)
    return html.Div(
        [
            html.H1("Fleet", className="visually-hidden"),
            html.Div(_summary(fleet, visit), id="fleet-summary"),
            controls.store("fleet-seen"),
            controls.store("fleet-fresh"),
            html.Div(_grid(), className="sheet", id="fleet-sheet"),
        ],
        className="fleet",
    )


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    door.browser("seen", Output("fleet-seen", "data"), Input("tick", "n_intervals"))
    door.browser("freshen", Output("sink", "data", allow_duplicate=True), Input("fleet-fresh", "data"),
            prevent_initial_call=True)  # fmt: skip
    door.browser("refilter", Output("sink", "data", allow_duplicate=True), Input("url", "search"),
            prevent_initial_call=True)  # fmt: skip
    rows = Output(GRID, "getRowsResponse")
    door.callback(rows, {"asked": Input(GRID, "getRowsRequest")}, prevent_initial_call=True)(block)
    shown = {
        "summary": Output("fleet-summary", "children"),
        "fresh": Output("fleet-fresh", "data"),
        "hidden": Output("fleet-sheet", "hidden"),
    }
    door.callback(shown, {"seen": Input("fleet-seen", "data"), "search": Input("url", "search")})(refresh)


def block(visit: Visit, asked: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the grid a block of rows."""
    return _rows(visit, visit.data.fleet(visit.principal), asked or {})


def refresh(visit: Visit, seen: Mapping[str, Any] | None, search: str) -> dict[str, Any]:
    """Count anew, and give the rows that stand on the screen as they are now."""
    fleet = visit.data.fleet(visit.principal)
    found = _rows(visit, fleet, seen or {"endRow": 0})
    fresh = {"rows": found["rowData"], "count": found["rowCount"], "first": _whole(seen, "startRow", 0)}
    return {"summary": _summary(fleet, visit), "fresh": fresh, "hidden": not found["rowCount"]}


def _rows(visit: Visit, fleet: Roster, asked: Mapping[str, Any]) -> dict[str, Any]:
    entries = roster.ordered(fleet.matching(visit.view), asked.get("sortModel") or ())
    first = _whole(asked, "startRow", 0)
    shown = entries[first : min(_whole(asked, "endRow", BLOCK), first + MOST)]
    home = visit.address()
    return {"rowData": [roster.cells(entry, home, visit.now) for entry in shown], "rowCount": len(entries)}


def _whole(asked: Mapping[str, Any] | None, name: str, usual: int) -> int:
    value = (asked or {}).get(name)
    return max(0, value) if isinstance(value, int) else usual


def _summary(fleet: Roster, visit: Visit) -> list[Component]:
    total = len(fleet.entries)
    if not total:
        return [controls.notice(
            "No devices yet",
            f"{visit.person.tenant_name} has no devices. They appear here by themselves as soon as some are added.",
        )]  # fmt: skip
    parts = [_tiles(fleet, visit.view), _strip(fleet), _filters(fleet, visit.view)]
    if not fleet.matching(visit.view):
        parts.append(controls.notice(
            "No device matches", "Nothing in this fleet fits the filters.", controls.link("Show all devices", "?")
        ))  # fmt: skip
    return parts


def _tiles(fleet: Roster, view: View) -> Component:
    everything = Sign("", "All devices", "")
    tiles = [_tile(everything, len(fleet.entries), "all", view.changed(status=None), view.status is None)]
    for shown, sign in SIGNS.items():
        chosen = view.status is shown
        href = view.changed(status=None if chosen else shown)
        tiles.append(_tile(sign, fleet.counts.get(shown, 0), shown.value, href, chosen))
    return html.Div(tiles, className="tiles", role="group", **marks(aria_label="Devices by state"))


def _tile(sign: Sign, count: int, kind: str, href: str, chosen: bool) -> Component:
    glyph = html.Span(sign.glyph, className="glyph", **marks(aria_hidden="true")) if sign.glyph else None
    return controls.link(
        [html.Span([glyph, sign.word], className="tile-name"), html.Span(f"{count:,}", className="tile-count")],
        href,
        kind="tile" if count else "tile none",
        **marks(data_state=kind, data_testid=f"count-{kind}", aria_current=chosen and "true"),
    )


def _strip(fleet: Roster) -> Component:
    """Show the shares of the states as one thin bar."""
    parts = [
        html.Span(style={"flexGrow": count}, title=f"{SIGNS[shown].word}: {count:,}", **marks(data_state=shown.value))
        for shown in SIGNS
        if (count := fleet.counts.get(shown, 0))
    ]
    return html.Div(parts, className="strip", **marks(aria_hidden="true"))


def _filters(fleet: Roster, view: View) -> Component:
    found = len(fleet.matching(view))
    filtered = bool(view.q or view.status)
    said = f"{found:,} of {units.plural(len(fleet.entries), 'device')}" if filtered else units.plural(found, "device")
    chips = [
        controls.chip(f"“{view.q}”", view.changed(q="")) if view.q else None,
        controls.chip(SIGNS[view.status].word, view.changed(status=None)) if view.status else None,
    ]
    return html.Div([html.Span(said, className="muted", **marks(data_testid="matched")), *chips], className="filters")


def _grid() -> Component:
    grid: Component = dag.AgGrid(
        id=GRID,
        columnDefs=list(COLUMNS),
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True, "filter": False},
        rowModelType="infinite",
        getRowId="params.data.id",
        dashGridOptions={
            "theme": {"function": "flotillaTheme(agGrid)"},
            "cacheBlockSize": BLOCK,
            "maxConcurrentDatasourceRequests": 1,
            "maxBlocksInCache": 20,
            "infiniteInitialRowCount": 20,
            "rowBuffer": 8,
            "enableCellTextSelection": True,
            "suppressDragLeaveHidesColumns": True,
            "animateRows": False,
        },
        className="grid",
        style={"height": "100%", "width": "100%"},
    )
    return grid


page = Page(
    name="fleet",
    title="Fleet",
    path="",
    layout=layout,
    connect=connect,
    order=10,
    icon="fleet",
    key="f",
    needs=("dash_ag_grid",),
    later=("dash_ag_grid/async-community.js",),
)
