"""One device: what it is, how it is, and its measurements over time, which move while one looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from api.telemetry import request_id
from dashboard import charts, controls, headline, units
from dashboard.charts import Question, Shown
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.figures import HEIGHT
from dashboard.page import Page, identify
from dashboard.panels import PANELS, Panel
from dashboard.state import END, START
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId

GRID = "dash_ag_grid"
"""What the fleet's page needs; a link to it says so."""
HIDDEN = "panel absent"
BLANK = {panel.name: {"figure": no_update, "said": [], "kind": HIDDEN} for panel in PANELS}
SAME: dict[str, Any] = {
    **dict.fromkeys(("drawn", "note", "absent", "interfaces", "interface"), no_update),
    "panels": {panel.name: dict.fromkeys(("figure", "said", "kind"), no_update) for panel in PANELS},
}
"""What leaves the panels as they are."""

LEAST_STEP = 5.0
"""A chart moves on at most once in so many seconds unless there is something new."""

PLOT: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False, "showTips": False}


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now."""
    try:
        shown = refresh(visit)
    except NotFound:
        return controls.notice(
            "There is no such device",
            f"{visit.person.tenant_name} has no device of this address. It may have been removed.",
            controls.link("Go to the fleet", visit.address(), **marks(data_needs=GRID)),
        )
    return html.Div(
        [
            html.Div(controls.link("← Fleet", visit.address(), **marks(data_needs=GRID)), className="crumbs"),
            html.Div(shown["head"], id="device-head", className="head"),
            html.Div(
                [html.Div(shown["ranges"], id="device-ranges"), html.Div(shown["live"], id="device-live")],
                className="bar",
            ),
            dcc.Store(id="device-drawn", data=shown["drawn"]),
            html.Div(shown["note"], id="device-note"),
            html.Div([_frame(panel, shown) for panel in PANELS], className="panels"),
            html.P(shown["absent"], id="device-absent", className="muted"),
        ],
        className="device",
    )


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    door.browser(
        "choose",
        Output("sink", "data", allow_duplicate=True),
        Input("interface", "value"),
        State("device-drawn", "data"),
        prevent_initial_call=True,
    )
    shown = {
        "head": Output("device-head", "children"),
        "ranges": Output("device-ranges", "children"),
        "live": Output("device-live", "children"),
        "drawn": Output("device-drawn", "data"),
        "note": Output("device-note", "children"),
        "absent": Output("device-absent", "children"),
        "interfaces": Output("interface", "data"),
        "interface": Output("interface", "value"),
        "panels": {panel.name: _outputs(panel) for panel in PANELS},
    }
    given = {
        "ticks": Input("tick", "n_intervals"),
        "search": Input("url", "search"),
        "look": Input("look", "data"),
        "drawn": State("device-drawn", "data"),
    }
    door.callback(shown, given, prevent_initial_call=True)(refresh)


def refresh(visit: Visit, drawn: Mapping[str, Any] | None = None, **_: Any) -> dict[str, Any]:
    """Tell the head anew, and draw the panels anew when there is something new to see."""
    row = visit.data.device(visit.principal, _id(visit))
    head = {
        "head": headline.head(row, visit.now, visit.look.zone),
        "ranges": controls.ranges(visit.view),
        "live": _live(visit),
    }
    try:
        asked = Question(visit.principal, row, visit.view.range(visit.now), "", visit.now, request_id())
    except BadInput as error:
        note = controls.refusal(error, request_id())
        return SAME | head | {"drawn": None, "note": note, "absent": "", "panels": BLANK}
    key, before = _key(visit, asked), drawn or {}
    if before.get("key") == key:
        return SAME | head
    return head | _drawn(visit, asked, {"key": key, "interface": before.get("interface", "")})


def _drawn(visit: Visit, asked: Question, drawn: dict[str, str]) -> dict[str, Any]:
    latest = charts.read(visit.data, asked)
    rows = latest["interfaces"]
    interface = charts.chosen(rows, visit.view.interface, drawn["interface"])
    shown = charts.draw(visit.data, replace(asked, chosen=interface), visit.look.palette, latest)
    empty = all(shown[panel.name].figure is None for panel in PANELS)
    missing = [panel.title.lower() for panel in PANELS if shown[panel.name] == Shown()]
    return {
        "drawn": {**drawn, "interface": interface},
        "note": controls.nothing("Nothing was measured in this range") if empty else None,
        "absent": f"Not reported by this device: {', '.join(missing)}." if missing and not empty else "",
        "interfaces": charts.interfaces(rows),
        "interface": interface,
        "panels": BLANK if empty else {panel.name: _parts(panel, shown[panel.name]) for panel in PANELS},
    }


def _key(visit: Visit, asked: Question) -> str:
    """Name what the panels show, so that the same is not drawn twice."""
    step = max(LEAST_STEP, asked.window.step.total_seconds() / 2)
    moment = int(visit.now.timestamp() // step) if visit.view.live else 0
    scheme = visit.look.palette.page
    return f"{asked.row.id} {asked.row.heard_at} {visit.view} {scheme} {moment}"


def _outputs(panel: Panel) -> dict[str, Output]:
    return {
        "figure": Output(f"{panel.name}-graph", "figure"),
        "said": Output(f"{panel.name}-now", "children"),
        "kind": Output(f"{panel.name}-panel", "className"),
    }


def _parts(panel: Panel, shown: Shown) -> dict[str, Any]:
    kind = f"panel{' wide' if panel.wide else ''}"
    if shown.figure is None:
        said = [shown.note] if shown.note else []
        return {"figure": no_update, "said": said, "kind": f"{kind} bare" if said else HIDDEN}
    return {"figure": shown.figure, "said": shown.now, "kind": kind}


def _frame(panel: Panel, shown: Mapping[str, Any]) -> Component:
    """Lay out a panel with what it shows now."""
    now, name = shown["panels"][panel.name], f"{panel.name}-now"
    figure = {} if now["figure"] is no_update else {"figure": now["figure"]}
    graph = dcc.Graph(id=f"{panel.name}-graph", config=PLOT, style={"height": HEIGHT}, **figure)
    return html.Section(
        [
            html.Header([html.H2(panel.title), _choice(shown) if panel.selects else None]),
            html.Div(now["said"], id=name, className="values", **marks(data_testid=name)),
            html.Div(graph, className="graph"),
        ],
        id=f"{panel.name}-panel",
        className=now["kind"],
        **marks(aria_label=panel.title),
    )


def _choice(shown: Mapping[str, Any]) -> Component:
    known = {} if shown["interface"] is no_update else {"data": shown["interfaces"], "value": shown["interface"]}
    select: Component = dmc.Select(
        id="interface",
        size="xs",
        allowDeselect=False,
        searchable=True,
        className="choice",
        comboboxProps={"transitionProps": {"duration": 0}},
        **known,
        **marks(aria_label="Interface"),
    )
    return select


def _live(visit: Visit) -> Component:
    zone = visit.look.zone
    if visit.view.live:
        return html.Span(f"Times in {zone}", className="muted")
    try:
        spanned = visit.view.range(visit.now)
        told = " – ".join(units.clock_time(at, zone, visit.now) for at in (spanned.start, spanned.end))
    except BadInput:
        told = "No range"
    back = controls.link("Back to now", visit.view.changed(start=START, end=END))
    return html.Span([html.Span(told), back], className="chip wide-chip")


def _id(visit: Visit) -> DeviceId:
    """Tell the device of the address; while the address already is another page's, there is nothing to do."""
    found = identify(visit.path.removeprefix("device/"))
    if found is None:
        raise PreventUpdate
    return found


page = Page(
    name="device",
    title="Device",
    path="device/{id}",
    layout=layout,
    connect=connect,
    order=20,
    later=("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js"),
)
