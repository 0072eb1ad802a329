"""The fleet's grid: its columns, and how it asks for its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import dash_ag_grid as dag
from dash.development.base_component import Component

GRID: Final = "fleet-grid"
BLOCK: Final = 100
"""Rows that the grid asks for at once."""

OFTEN: Final = 100_000
"""Columns that begin here are shown to those alone who choose them."""


def _column(field: str, name: str, begins: int = 0, **more: Any) -> dict[str, Any]:
    """Describe a column that is shown by itself where the grid has ``begins`` pixels."""
    return {"field": field, "colId": field, "headerName": name, "context": {"from": begins}, **more}


PICK: Final = {
    "field": "pick",
    "colId": "pick",
    "headerName": "",
    "width": 38,
    "minWidth": 38,
    "sortable": False,
    "resizable": False,
    "suppressMovable": True,
    "lockPosition": "left",
    "cellRenderer": "PickCell",
    "cellClass": "pick",
}
COLUMNS: Final = (
    _column("state", "State", width=118, cellRenderer="StateCell"),
    _column("name", "Name", flex=3, minWidth=140, cellRenderer="NameCell"),
    _column("identity", "Identity", 1640, flex=2, minWidth=120),
    _column("address", "Address", 560, flex=2, minWidth=160, cellRenderer="AddressCell"),
    _column("site", "Site", 1180, flex=2, minWidth=110),
    _column("tags", "Tags", 1360, flex=3, minWidth=150, cellRenderer="TagsCell"),
    _column("model", "Model", 1060, flex=2, minWidth=120),
    _column("version", "RouterOS", 900, width=92),
    _column("cpu", "CPU, 30 min", width=142, cellRenderer="CpuCell"),
    _column("uptime", "Uptime", 1500, width=100),
    _column("heard", "Polled", 460, width=100),
    _column("since", "In this state for", OFTEN, width=130),
    _column("took", "Poll took", OFTEN, width=96),
    _column("every", "Polled every", OFTEN, width=112),
    _column("serial", "Serial", OFTEN, width=130),
    _column("problem", "Problem", 760, flex=6, minWidth=200, cellClass="problem", tooltipField="problem"),
)


def grid(sort: Sequence[str], *, works: bool) -> Component:
    """Lay the grid out in an order; who ``works`` on devices can choose rows."""
    places = {word.removeprefix("-"): (place, word.startswith("-")) for place, word in enumerate(sort)}
    columns = [_sorted(column, places.get(column["field"])) for column in COLUMNS]
    made: Component = dag.AgGrid(
        id=GRID,
        columnDefs=[PICK, *columns] if works else columns,
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
    return made


def _sorted(column: dict[str, Any], place: tuple[int, bool] | None) -> dict[str, Any]:
    if place is None:
        return column
    return {**column, "sort": "desc" if place[1] else "asc", "sortIndex": place[0]}
