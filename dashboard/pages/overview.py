"""How the whole fleet is: what a NOC keeps on its wall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from api import context
from api.telemetry import request_id
from dashboard import controls, feed, figures, honeycomb, rankings, rhythm, units, wall
from dashboard.controls import marks
from dashboard.door import Door, Share, Visit
from dashboard.figures import HEIGHT, Curve, Scale, Window
from dashboard.page import Page
from dashboard.rankings import Choice, Values
from dashboard.roster import Roster
from dashboard.whole import Traffic
from fleet.errors import FleetError
from fleet.identity import Scope

PLOT: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False, "showTips": False}
MOMENT = 10
"""The chart moves on at most once in so many seconds."""

ONCE = (
    "What ports, radios and modems received and sent. Bridges, bonds, VLANs and tunnels are left out: what they carry"
    " goes through one of these as well, and would count twice. The page of a device has each by itself."
)
KEYS = "Arrow keys go from device to device, Page Down to the next one that is not up, Enter opens it."


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now; what takes longer to read follows."""
    return html.Div([html.H1("Overview", className="visually-hidden"), *_body(visit)])


def _body(visit: Visit) -> list[Component]:
    if not visit.data.fleet(visit.principal).entries:
        return [html.Div(_nothing(visit), id="overview-empty")]
    shown = refresh(visit)
    left = [
        wall.pane("Fleet", "comb", *_comb(shown), beside=html.Div(shown["colouring"], id="overview-colouring")),
        wall.pane("Traffic", "flow", *_flow(), beside=wall.remark("Each byte once", ONCE)),
        wall.pane("The system itself", "system", html.Div(shown["system"], id="overview-system")),
    ]
    right = [
        wall.pane("The worst", "worst", html.Div(id="overview-metrics"), wall.waiting("overview-worst")),
        wall.pane(
            "Latest",
            "feed",
            wall.waiting("overview-feed"),
            beside=controls.link("All events", visit.address("events"), kind="beside"),
        ),
    ]
    parts = [
        html.Div(shown["tiles"], id="overview-tiles", className="tiles", role="group"),
        html.Div(left, className="stack"),
        html.Div(right, className="stack"),
    ]
    return [html.Div(parts, className="overview")]


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    tick, search = Input("tick", "n_intervals"), Input("url", "search")
    door.callback(Output("overview-empty", "children"), {"ticks": tick}, prevent_initial_call=True)(begin)
    sink = Output("sink", "data", allow_duplicate=True)
    door.browser("honeycomb", sink, Input("overview-cells", "data"), prevent_initial_call="initial_duplicate")
    door.browser("cell", sink, Input("honeycomb-cell", "data"), prevent_initial_call=True)
    shown = {
        "tiles": Output("overview-tiles", "children"),
        "cells": Output("overview-cells", "data"),
        "drawn": Output("overview-drawn", "data"),
        "legend": Output("overview-legend", "children"),
        "colouring": Output("overview-colouring", "children"),
        "system": Output("overview-system", "children"),
    }
    door.callback(shown, {"ticks": tick, "search": search, "drawn": State("overview-drawn", "data")}, Share.FLEET)(
        refresh
    )
    told = {"said": Output("honeycomb-said", "children"), "cell": Output("honeycomb-cell", "data")}
    door.callback(told, {"at": Input("honeycomb-at", "data")}, prevent_initial_call=True)(cell)
    listed = {"metrics": Output("overview-metrics", "children"), "worst": Output("overview-worst", "children")}
    door.callback(listed, {"ticks": tick, "search": search}, Share.MOMENT)(worst)
    door.callback(Output("overview-feed", "children"), {"ticks": tick}, Share.FLEET)(latest)
    flow = {
        "figure": Output("overview-flow", "figure"),
        "said": Output("overview-flow-now", "children"),
        "drawn": Output("overview-flow-drawn", "data"),
    }
    look, before = Input("look", "data"), State("overview-flow-drawn", "data")
    door.callback(flow, {"ticks": tick, "search": search, "look": look, "drawn": before}, Share.MOMENT)(traffic)


def begin(visit: Visit, **_: Any) -> Any:
    """Lay the page out in place of the notice, once there is a device."""
    return _body(visit) if visit.data.fleet(visit.principal).entries else no_update


def refresh(visit: Visit, drawn: str | None = None, **_: Any) -> dict[str, Any]:
    """Count anew, and tell the cells when they are others than those that are drawn."""
    fleet = visit.data.fleet(visit.principal)
    chosen = rankings.choice(visit.asked.get("metric"))
    by_state, values = visit.asked.get("colour") != "metric", {}
    note: list[Component] = []
    if not by_state:
        try:
            values = dict(_values(visit, chosen))
        except FleetError as error:
            by_state, note = True, [controls.refusal(error, request_id())]
    cells = _cells(fleet, None if by_state else chosen, values)
    behind = visit.data.whole.machinery(visit.principal, context.current().collectors)
    name = blake2b(f"{cells}".encode(), digest_size=8).hexdigest()
    return {
        "tiles": wall.tiles(fleet, visit.address("fleet")) + _alerts(visit),
        "cells": no_update if name == drawn else cells,
        "drawn": name,
        "legend": wall.legend(None if by_state else chosen, values) + note,
        "colouring": wall.colouring(visit.asked, chosen, by_state),
        "system": wall.system(rhythm.of(fleet.entries, visit.now), behind, visit.address(), visit.now),
    }


def _alerts(visit: Visit) -> list[Component]:
    """Count the open alerts, for those who may see them."""
    if not visit.principal.may(Scope.ALERTS_READ):
        return []
    return wall.alerts(visit.data.alerts.counts(visit.principal), visit.address("alerts"))


def cell(visit: Visit, at: Mapping[str, Any] | None) -> dict[str, Any]:
    """Tell who the cell is that the pointer or the keyboard is at."""
    entries = honeycomb.ordered(visit.data.fleet(visit.principal).entries)
    entry = honeycomb.chosen(entries, at)
    if entry is None or at is None:
        return {"said": _hint(), "cell": None}
    place = f"{at['at'] + 1:,} of {len(entries):,}"
    return {"said": wall.cell(entry, visit, place), "cell": {"at": at["at"], "key": at["key"]}}


def worst(visit: Visit, **_: Any) -> dict[str, Any]:
    """List the worst devices by what the address names."""
    chosen = rankings.choice(visit.asked.get("metric"))

    def read() -> Component:
        names = {entry.row.id: entry.row.name for entry in visit.data.fleet(visit.principal).entries}
        return wall.worst(chosen, rankings.worst(chosen, _values(visit, chosen)), names, visit.address())

    return {"metrics": wall.metrics(visit.asked, chosen), "worst": _told(read)}


def latest(visit: Visit, **_: Any) -> Component:
    """List what happened last."""

    def read() -> Component:
        news, fleet = visit.data.whole.news(visit.principal), visit.data.fleet(visit.principal)
        known = {entry.row.id for entry in fleet.entries}
        return wall.feed(feed.lines(fleet.entries, news.operations, news.changes), known, visit)

    return _told(read)


def traffic(visit: Visit, drawn: str | None = None, **_: Any) -> dict[str, Any]:
    """Draw what all devices received and sent, unless that is drawn already."""
    moment = int(visit.now.timestamp() // MOMENT) if visit.view.live else 0
    key = f"{visit.view} {visit.look.palette.page} {moment}"
    if key == drawn:
        return dict.fromkeys(("figure", "said", "drawn"), no_update)
    try:
        spanned = visit.view.range(visit.now)
        flows = visit.data.whole.traffic(visit.principal, spanned, visit.data.fleet(visit.principal))
    except FleetError as error:
        return {"figure": {"data": [], "layout": _BARE}, "said": controls.refusal(error, request_id()), "drawn": key}
    window = Window(spanned.start, spanned.end, flows.step)
    if flows.received.empty and flows.sent.empty:
        said: Any = controls.notice("Nothing was measured in this range", "Choose a longer one, or one that is over.")
        return {"figure": {"data": [], "layout": _BARE}, "said": said, "drawn": key}
    curves = [
        Curve("Received", flows.received, fill=True),
        Curve("Sent", flows.sent, series=1, below=True, fill=True),
    ]
    figure = figures.chart(curves, Scale(units.BITS), window, visit.look.palette)
    return {"figure": figure, "said": _now(flows), "drawn": key}


_BARE: dict[str, Any] = {"height": HEIGHT, "xaxis": {"visible": False}, "yaxis": {"visible": False},
                         "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}  # fmt: skip


def _values(visit: Visit, chosen: Choice) -> Values:
    return visit.data.whole.values(visit.principal, chosen, visit.view.range(visit.now))


def _cells(fleet: Roster, chosen: Choice | None, values: Values) -> dict[str, str]:
    entries = honeycomb.ordered(fleet.entries)
    if chosen is None:
        return {"key": honeycomb.key(entries), "cells": honeycomb.states(entries)}
    return {"key": honeycomb.key(entries), "cells": honeycomb.colours(entries, rankings.bins(chosen, values))}


def _told(read: Callable[[], Component]) -> Component:
    """Give a part, or what stands in its place where it cannot be read."""
    try:
        return read()
    except FleetError as error:
        return controls.refusal(error, request_id())


def _comb(shown: Mapping[str, Any]) -> list[Component]:
    """Lay the honeycomb out. Its cells come with the first refresh: a value laid out may be drawn by nobody."""
    return [
        controls.store("overview-cells"),
        controls.store("overview-drawn"),
        controls.store("honeycomb-at"),
        controls.store("honeycomb-cell"),
        html.Div(
            id="honeycomb",
            tabIndex="0",
            role="application",
            **marks(aria_label="Honeycomb: a cell for each device", aria_describedby="honeycomb-keys"),
        ),
        html.Div(_hint(), id="honeycomb-said", className="said", role="status", **marks(aria_live="polite")),
        html.Span(KEYS, id="honeycomb-keys", className="visually-hidden"),
        html.Div(shown["legend"], id="overview-legend", className="legend"),
    ]


def _hint() -> list[Component]:
    return [html.Span("A cell a device, site by site. Point at one, or use the arrow keys.", className="muted")]


def _flow() -> list[Component]:
    graph = dcc.Graph(id="overview-flow", config=PLOT, style={"height": HEIGHT}, figure={"data": [], "layout": _BARE})
    return [
        controls.store("overview-flow-drawn"),
        html.Div(id="overview-flow-now", className="values"),
        controls.chart(graph, "Traffic"),
    ]


def _now(flows: Traffic) -> list[Component]:
    told: list[Component] = []
    for place, (word, frame) in enumerate((("received", flows.received), ("sent", flows.sent)), 1):
        number, unit = units.BITS.parts(float(frame["avg"].iloc[-1]) if len(frame) else None)
        key = html.Span(className=f"key series-{place}")
        told.append(
            html.Span([key, html.B(number), html.Span(f"{unit} {word}", className="unit")], className="value")
        )
    return told


def _nothing(visit: Visit) -> Component:
    return controls.notice(
        "No devices yet",
        f"{visit.person.tenant_name} has no devices. They appear here by themselves as soon as some are added.",
        controls.link("Go to the fleet", visit.address("fleet"), **marks(data_needs=wall.GRID)),
    )


page = Page(
    name="overview",
    title="Overview",
    path="",
    layout=layout,
    connect=connect,
    order=5,
    icon="overview",
    key="o",
    later=("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js"),
)
