"""The board of a tab of a device: tables and panels, drawn anew when there is something new to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
from dash import Output, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from api.telemetry import request_id
from dashboard import around, charts, controls, overlays, stateband
from dashboard.charts import Shown
from dashboard.controls import marks
from dashboard.door import Visit
from dashboard.figures import HEIGHT
from dashboard.page import identify
from dashboard.panels import Panel
from dashboard.question import Question
from dashboard.tab import Sheet, Tab
from db.inventory import DeviceRow
from db.latest import Latest
from fleet.errors import BadInput
from fleet.identity import DeviceId

HIDDEN = "panel absent"
PARTS = ("drawn", "note", "absent", "marks", "states", "tables")
LEAST_STEP = 5.0
"""A chart moves on at most once in so many seconds unless there is something new."""

PLOT: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False, "showTips": False}


def its_id(visit: Visit) -> DeviceId:
    """Tell the device of the address; while the address already is another page's, there is nothing to do."""
    found = identify([*visit.path.split("/"), ""][1])
    if found is None:
        raise PreventUpdate
    return found


def device(visit: Visit) -> DeviceRow:
    """Read the device of the address; raises NotFound for one that is not the tenant's."""
    return visit.data.device(visit.principal, its_id(visit))


def outputs(tab: Tab) -> dict[str, Any]:
    """Name what a tab's callback fills."""
    filled: dict[str, Any] = {name: Output(f"{tab.name}-{name}", "children") for name in PARTS[1:]}
    filled |= {"drawn": Output(f"{tab.name}-drawn", "data"), "panels": {p.name: _outputs(p) for p in tab.panels}}
    if tab.listed:
        filled |= {"interfaces": Output("interface", "data"), "interface": Output("interface", "value")}
    return filled


def layout(tab: Tab, shown: Mapping[str, Any]) -> list[Component]:
    """Lay a board out with what it shows now."""
    return [
        dcc.Store(id=f"{tab.name}-drawn", data=shown["drawn"]),
        html.Div(shown["marks"], id=f"{tab.name}-marks", className="marks-of"),
        html.Div(shown["note"], id=f"{tab.name}-note", className="note-of"),
        html.Div(shown["tables"], id=f"{tab.name}-tables", className="tables-of"),
        html.Div([_frame(panel, shown) for panel in tab.panels], className="panels"),
        html.Div(shown["states"], id=f"{tab.name}-states", className="states-of"),
        html.P(shown["absent"], id=f"{tab.name}-absent", className="muted note-of"),
    ]


def refresh(visit: Visit, tab: Tab, row: DeviceRow, drawn: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Draw a board anew when there is something new to see."""
    try:
        asked = Question(visit.principal, row, visit.view.range(visit.now), "", visit.now, request_id())
    except BadInput as error:
        note = controls.refusal(error, request_id())
        blank: dict[str, Any] = {name: [] for name in PARTS} | {"drawn": None, "note": note, "panels": _blank(tab)}
        return _same(tab) | blank
    asked = replace(
        asked, over=overlays.chosen(visit.asked), zone=visit.look.zone, at=around.pointed(visit), home=visit.address()
    )
    key, before = _key(visit, asked), drawn or {}
    if before.get("key") == key:
        return _same(tab)
    return _drawn(visit, tab, asked, {"key": key, "interface": before.get("interface", "")})


def _drawn(visit: Visit, tab: Tab, asked: Question, drawn: dict[str, str]) -> dict[str, Any]:
    families = {*(panel.family for panel in tab.panels), *tab.families}
    latest = charts.read(visit.data, asked, sorted(families)) if families else {}
    rows = latest.get("interfaces", [])
    asked = replace(asked, chosen=charts.chosen(rows, visit.view.interface, drawn["interface"]))
    tables = tab.tables(_sheet(visit, tab, asked, latest))
    if not tab.panels:
        bare: dict[str, Any] = {name: [] for name in PARTS} | {"absent": "", "panels": {}, "drawn": drawn}
        return bare | {"tables": tables, "note": None if tables else _bare(tab)}
    marked = around.marked(visit, asked.row, charts.uptime(visit.data, asked), asked.window)
    asked = replace(asked, marks=tuple(marked))
    shown = charts.draw(visit.data, asked, visit.look.palette, latest, tab.panels)
    empty = all(shown[panel.name].figure is None for panel in tab.panels)
    found: dict[str, Any] = {
        "drawn": {**drawn, "interface": asked.chosen},
        "marks": around.strip(visit, marked),
        "states": _states(visit, asked),
        "note": _note(tab, asked, shown, bool(tables)),
        "tables": tables,
        "absent": _absent(tab, shown, empty),
        "panels": _blank(tab) if empty else {p.name: _parts(p, shown[p.name]) for p in tab.panels},
    }
    if tab.listed:
        found |= {"interfaces": charts.interfaces(rows), "interface": asked.chosen}
    return found


def _states(visit: Visit, asked: Question) -> list[Component]:
    """Draw the states that the device had within the range."""
    found = visit.data.beside.spells(visit.principal, asked.row.id, asked.aligned())
    parts = stateband.stretches(found, asked.row, asked.window, visit.now)
    return stateband.band(parts, visit.look.zone, visit.now, lambda at: around.towards(visit, at))


def _sheet(visit: Visit, tab: Tab, asked: Question, latest: Mapping[str, list[Latest]]) -> Sheet:
    stock = visit.data.beside.stock(visit.principal, asked.row.id) if tab.stocked else {}
    return Sheet(visit, asked.row, latest, stock, asked.chosen)


def _note(tab: Tab, asked: Question, shown: Mapping[str, Shown], tabled: bool) -> Component | list[Component] | None:
    """Say what is not there: nothing at all in the range, or nothing of what is switched on behind the lines."""
    if all(one.figure is None for one in shown.values()):
        if any(panel.usual for panel in tab.panels):
            return controls.nothing("Nothing was measured in this range")
        return None if tabled else _bare(tab)
    missing = overlays.missing(asked.over, (over for one in shown.values() for over in one.over))
    return [html.P(said, className="muted") for said in missing]


def _absent(tab: Tab, shown: Mapping[str, Shown], empty: bool) -> str:
    missing = [panel.title.lower() for panel in tab.panels if shown[panel.name] == Shown()]
    return f"Not reported by this device: {', '.join(missing)}." if missing and not empty else ""


def _bare(tab: Tab) -> Component:
    return controls.notice(f"No {tab.title.lower()} to show", tab.bare)


def _key(visit: Visit, asked: Question) -> str:
    """Name what the board shows, so that the same is not drawn twice."""
    step = max(LEAST_STEP, asked.window.step.total_seconds() / 2)
    moment = int(visit.now.timestamp() // step) if visit.view.live else 0
    scheme = visit.look.palette.page
    said = sorted(visit.asked.items())
    return f"{asked.row.id} {asked.row.heard_at} {said} {scheme} {moment}"


def _same(tab: Tab) -> dict[str, Any]:
    """Leave everything as it is."""
    kept: dict[str, Any] = dict.fromkeys(PARTS, no_update)
    kept["panels"] = {panel.name: dict.fromkeys(("figure", "said", "kind"), no_update) for panel in tab.panels}
    return kept | (dict.fromkeys(("interfaces", "interface"), no_update) if tab.listed else {})


def _blank(tab: Tab) -> dict[str, Any]:
    return {panel.name: {"figure": no_update, "said": [], "kind": HIDDEN} for panel in tab.panels}


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
    title: list[Component | None] = [html.H2(panel.title)]
    if panel.selects and "interface" in shown:
        title.append(_choice(shown))
    elif panel.selects:
        title.append(html.Span(shown["drawn"]["interface"] if shown["drawn"] else "", className="mono muted"))
    return html.Section(
        [
            html.Header(title),
            html.Div(now["said"], id=name, className="values", **marks(data_testid=name)),
            controls.chart(graph, panel.title),
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
