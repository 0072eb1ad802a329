"""One device: what it is, how it is, and its measurements over time, tab by tab, which move while one looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from api.telemetry import request_id
from dashboard import around, boards, controls, headline, overlays, tab, units
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.page import ID, TAB, Page, match
from dashboard.tab import Sheet, Tab
from db.inventory import DeviceRow
from fleet.errors import BadInput, FleetError, NotFound

GRID = "dash_ag_grid"
"""What the fleet's page needs; a link to it says so."""

POLLS = 30
"""How many polls the live tail shows."""

TICK, SEARCH, LOOK = Input("tick", "n_intervals"), Input("url", "search"), Input("look", "data")


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now."""
    try:
        row = boards.device(visit)
    except NotFound:
        return controls.notice(
            "There is no such device",
            f"{visit.person.tenant_name} has no device of this address. It may have been removed.",
            controls.link("Go to the fleet", visit.address("fleet"), **marks(data_needs=GRID)),
        )
    here, shown = _here(visit), _head(visit, row)
    bar = [html.Div(shown[name], id=f"device-{name}") for name in ("live", "tools")]
    return html.Div(
        [
            html.Div(controls.link("← Fleet", visit.address("fleet"), **marks(data_needs=GRID)), className="crumbs"),
            html.Div(shown["head"], id="device-head", className="head"),
            _tabs(visit, here),
            html.Div(bar, className="bar" if here.panels else "bar absent"),
            html.Div(changed(visit), id="device-changed"),
            html.Div(viewed(visit), id="device-view", className="tables-of"),
            html.Div(here.bench(Sheet(visit, row)), id="device-bench"),
            *boards.layout(here, boards.refresh(visit, here, row)),
        ],
        className="device",
    )


def connect(door: Door) -> None:
    """Register the callbacks of the page: one for its head, one for what changed, and one for each tab."""
    parts = {name: Output(f"device-{name}", "children") for name in ("head", "live", "tools")}
    given = {"ticks": TICK, "search": SEARCH, "look": LOOK}
    door.callback(parts, given, prevent_initial_call=True)(head)
    looked = {"search": SEARCH, "look": LOOK}
    door.callback(Output("device-changed", "children"), looked, prevent_initial_call=True)(changed)
    door.callback(Output("device-view", "children"), looked, prevent_initial_call=True)(viewed)
    for one in tab.every():
        _connect(door, one)


def _connect(door: Door, one: Tab) -> None:
    given = {"ticks": TICK, "search": SEARCH, "look": LOOK, "drawn": State(f"{one.name}-drawn", "data")}

    def refresh(visit: Visit, drawn: Mapping[str, Any] | None = None, **_: Any) -> dict[str, Any]:
        if _here(visit) is not one:
            raise PreventUpdate
        return boards.refresh(visit, one, boards.device(visit), drawn)

    door.callback(boards.outputs(one), given, prevent_initial_call=True)(refresh)
    if one.listed:
        chosen = Output("sink", "data", allow_duplicate=True), Input("interface", "value")
        door.browser("choose", *chosen, State(f"{one.name}-drawn", "data"), prevent_initial_call=True)


def head(visit: Visit, **_: Any) -> dict[str, Any]:
    """Tell the head and the bar anew."""
    return _head(visit, boards.device(visit))


def _head(visit: Visit, row: DeviceRow) -> dict[str, Any]:
    return {
        "head": headline.head(row, visit),
        "live": _live(visit),
        "tools": [overlays.switches(visit), _tail(visit, row)],
    }


def changed(visit: Visit, **_: Any) -> list[Component]:
    """Tell what changed around the instant of the address."""
    if not visit.asked.get(around.WORD):
        return []
    return around.panel(visit, boards.device(visit), request_id())


def viewed(visit: Visit, **_: Any) -> list[Component]:
    """Draw what the address chooses of a tab, or say why it cannot be shown."""
    try:
        return _here(visit).view(Sheet(visit, boards.device(visit)))
    except FleetError as error:
        return [controls.refusal(error, request_id())]


def _tabs(visit: Visit, here: Tab) -> Component:
    """Lead from tab to tab; the range and what is behind the lines stay, what was pointed at does, too."""
    home, first = f"device/{boards.its_id(visit)}", tab.every()[0]
    links = [
        controls.link(
            one.title,
            visit.address(home if one is first else f"{home}/{one.name}") + tab.query(visit, before=""),
            kind="tab",
            **marks(aria_current=one is here and "page"),
        )
        for one in tab.every()
    ]
    return html.Nav(links, className="tabs", **marks(aria_label="Tabs of the device"))


def _tail(visit: Visit, row: DeviceRow) -> Component:
    """Offer the last polls, each to be seen for itself as it comes in."""
    seconds = int(POLLS * row.interval.total_seconds())
    start = f"now-{seconds}s" if seconds <= 9999 else f"now-{seconds // 60}m"
    on = visit.view.start == start and visit.view.live
    return controls.link(
        "Live tail",
        tab.query(visit, **{"from": "" if on else start, "to": ""}),
        kind="toggle",
        title=f"The last {POLLS} polls, a point for each as it comes in",
        **marks(aria_current=on and "true"),
    )


def _live(visit: Visit) -> Component:
    zone = visit.look.zone
    if visit.view.live:
        return html.Span(f"Times in {zone}", className="muted")
    try:
        spanned = visit.view.range(visit.now)
        told = " – ".join(units.clock_time(at, zone, visit.now) for at in (spanned.start, spanned.end))
    except BadInput:
        told = "No range"
    back = controls.link("Back to now", tab.query(visit, **{"from": "", "to": ""}))
    out = html.Button("Zoom out", type="button", className="zoom-out", title="To the range before (Backspace)")
    return html.Span([html.Span(told), out, back], className="chip wide-chip")


def _here(visit: Visit) -> Tab:
    """Tell the tab of the address; while it already is another page's, there is nothing to do."""
    found = match((page,), visit.path)
    if found is None:
        raise PreventUpdate
    return tab.named(found.tab)


page = Page(
    name="device",
    title="Device",
    path=f"device/{ID}/{TAB}",
    layout=layout,
    connect=connect,
    order=20,
    later=("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js"),
    tabs=tuple(one.name for one in tab.every()),
)
