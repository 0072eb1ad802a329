"""The fleet: how many devices are of which kind, and a row for each that the filters let in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard import controls, exporting, facets, fleetgrid, fleetparts, listing, preview, roster
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.facets import Sifted
from dashboard.fleetgrid import BLOCK, GRID
from dashboard.listing import Listing
from dashboard.page import SETUP, Page, identify
from dashboard.roster import Entry, Roster
from fleet.identity import Scope

MOST = 500
"""Rows of one answer."""

STORES = ("fleet-seen", "fleet-fresh", "fleet-drawn", "fleet-ask", "fleet-meant", "fleet-export-ask")
PEEK = "peek"
"""The word of the address that names the device of the drawer."""


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now; the grid asks for its rows itself."""
    fleet = visit.data.fleet(visit.principal)
    wanted = listing.read(visit.asked, visit.view)
    found = facets.sift(fleet, wanted)
    shown, drawer = _shown(fleet, found, wanted, visit), _drawer(fleet, wanted, visit)
    return html.Div(
        [
            html.H1("Fleet", className="visually-hidden"),
            html.Div(shown["tiles"], id="fleet-tiles"),
            *(controls.store(name) for name in STORES),
            dcc.Download(id="fleet-file"),
            html.Div(
                [html.Div(shown["chips"], id="fleet-chips", className="filters"), fleetparts.tools()],
                className="fleet-bar",
            ),
            fleetparts.region("fleet-bulk", "Chosen", None, kind="bulk"),
            html.Div(
                [
                    fleetparts.region("fleet-facets", "Filters", shown["facets"], kind="facets", hidden=False),
                    _sheet(visit, wanted, found, shown["note"]),
                    fleetparts.region("fleet-drawer", "Preview", drawer, kind="drawer", hidden=drawer is None),
                ],
                className="fleet-body",
            ),
        ],
        className="fleet",
        id="fleet",
        **marks(data_tenant=str(visit.principal.tenant_id), data_empty=not fleet.entries),
    )


def _sheet(visit: Visit, wanted: Listing, found: Sifted, note: Component | None) -> Component:
    works = visit.principal.may(Scope.DEVICES_WRITE)
    grid = fleetgrid.grid(wanted.sort, works=works)
    return html.Div(
        [
            html.Div(note, id="fleet-note"),
            html.Div(grid, className="sheet", id="fleet-sheet", hidden=not found.entries),
        ],
        className="fleet-rows",
    )


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    door.browser("seen", Output("fleet-seen", "data"), Input("tick", "n_intervals"))
    door.browser("freshen", Output("sink", "data", allow_duplicate=True), Input("fleet-fresh", "data"),
            prevent_initial_call=True)  # fmt: skip
    door.browser("refilter", Output("sink", "data", allow_duplicate=True), Input("url", "search"),
            prevent_initial_call=True)  # fmt: skip
    door.browser("meant", Output("sink", "data", allow_duplicate=True), Input("fleet-meant", "data"),
            prevent_initial_call=True)  # fmt: skip
    asked = {"asked": Input("fleet-ask", "data")}
    door.callback(Output("fleet-meant", "data"), asked, prevent_initial_call=True)(meant)
    wish = {"wish": Input("fleet-export-ask", "data")}
    door.callback(Output("fleet-file", "data"), wish, prevent_initial_call=True)(export)
    rows = Output(GRID, "getRowsResponse")
    door.callback(rows, {"asked": Input(GRID, "getRowsRequest")}, prevent_initial_call=True)(block)
    shown = {
        "tiles": Output("fleet-tiles", "children"),
        "chips": Output("fleet-chips", "children"),
        "facets": Output("fleet-facets", "children"),
        "note": Output("fleet-note", "children"),
        "drawn": Output("fleet-drawn", "data"),
        "fresh": Output("fleet-fresh", "data"),
        "hidden": Output("fleet-sheet", "hidden"),
        "drawer": Output("fleet-drawer", "children"),
        "closed": Output("fleet-drawer", "hidden"),
    }
    given = {
        "seen": Input("fleet-seen", "data"),
        "search": Input("url", "search"),
        "look": Input("look", "data"),
        "drawn": State("fleet-drawn", "data"),
    }
    door.callback(shown, given)(refresh)


def block(visit: Visit, asked: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the grid a block of rows."""
    wanted = listing.read(visit.asked, visit.view)
    return _rows(visit, visit.data.fleet(visit.principal), wanted, asked or {})


def meant(visit: Visit, asked: object) -> dict[str, Any]:
    """Name the devices that the filters of the address let in, for whoever ``asked``."""
    fleet = visit.data.fleet(visit.principal)
    found = facets.sift(fleet, listing.read(visit.asked, visit.view))
    return {"at": asked, "devices": [(str(entry.row.id), entry.row.name) for entry in found.entries]}


def export(visit: Visit, wish: Mapping[str, Any] | None) -> dict[str, Any]:
    """Write the list of the address, in its order, as a file of the format and with the columns that are wished."""
    kind, columns = (wish or {}).get("kind"), (wish or {}).get("columns")
    if kind not in exporting.OFFERED:
        raise PreventUpdate
    entries = facets.ordered(visit.data.fleet(visit.principal), listing.read(visit.asked, visit.view))
    shown = [name for name in columns if isinstance(name, str)] if isinstance(columns, list) else []
    name, data = exporting.file(kind, entries, list(dict.fromkeys(shown)), visit.now)
    return {"filename": name, "content": b64encode(data).decode(), "base64": True}


def refresh(visit: Visit, seen: Mapping[str, Any] | None, drawn: str | None = None, **_: Any) -> dict[str, Any]:
    """Count anew, and give the rows that stand on the screen as they are now; what is the same is not drawn."""
    fleet = visit.data.fleet(visit.principal)
    wanted = listing.read(visit.asked, visit.view)
    found = facets.sift(fleet, wanted)
    key = _key(found, wanted)
    same = dict.fromkeys(("tiles", "chips", "facets", "note"), no_update)
    rows = _rows(visit, fleet, wanted, seen or {"endRow": 0})
    drawer = _drawer(fleet, wanted, visit)
    return {
        **(same if key == drawn else _shown(fleet, found, wanted, visit)),
        "drawn": key,
        "fresh": {"rows": rows["rowData"], "count": rows["rowCount"], "first": _whole(seen, "startRow", 0)},
        "hidden": not found.entries,
        "drawer": drawer,
        "closed": drawer is None,
    }


def _shown(fleet: Roster, found: Sifted, wanted: Listing, visit: Visit) -> dict[str, Any]:
    if not fleet.entries:
        nobody = fleetparts.empty(visit.person.tenant_name, visit.address(SETUP))
        return {"tiles": nobody, "chips": None, "facets": None, "note": None}
    return {
        "tiles": fleetparts.tiles(found, wanted),
        "chips": fleetparts.chips(found, wanted, len(fleet.entries)),
        "facets": fleetparts.facets(found, wanted),
        "note": None if found.entries else fleetparts.unmatched(wanted),
    }


def _key(found: Sifted, wanted: Listing) -> str:
    """Name what is drawn around the grid."""
    counted = crc32(repr([sorted(counts.items()) for counts in found.counts.values()]).encode())
    return f"{wanted.href} {len(found.entries)} {counted}"


def _rows(visit: Visit, fleet: Roster, wanted: Listing, asked: Mapping[str, Any]) -> dict[str, Any]:
    entries = facets.ordered(fleet, replace(wanted, sort=_sort(asked)))
    first = _whole(asked, "startRow", 0)
    shown = entries[first : min(_whole(asked, "endRow", BLOCK), first + MOST)]
    home = visit.address()
    return {"rowData": [roster.cells(entry, home, visit.now) for entry in shown], "rowCount": len(entries)}


def _sort(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """Read the order that the grid asks for, as a listing names it."""
    given = asked.get("sortModel")
    columns = [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    named = [(str(one.get("colId")), one.get("sort") == "desc") for one in columns[: listing.LONGEST_SORT]]
    return tuple(f"{'-' if descending else ''}{name}" for name, descending in named if name in roster.KEYS)


def _whole(asked: Mapping[str, Any] | None, name: str, usual: int) -> int:
    value = (asked or {}).get(name)
    return max(0, value) if isinstance(value, int) else usual


def _drawer(fleet: Roster, wanted: Listing, visit: Visit) -> Component | None:
    peeked = visit.asked.get(PEEK)
    if peeked is None:
        return None
    by_id = fleet.once("by id", lambda: {entry.row.id: entry for entry in fleet.entries})
    device_id = identify(peeked)
    entry: Entry | None = None if device_id is None else by_id.get(device_id)
    return preview.missing(wanted) if entry is None else preview.drawer(entry, wanted, visit)


page = Page(
    name="fleet",
    title="Fleet",
    path="fleet",
    layout=layout,
    connect=connect,
    order=10,
    icon="fleet",
    key="f",
    needs=("dash_ag_grid",),
    later=("dash_ag_grid/async-community.js",),
)
