"""Any metric of any devices, as asked for: the question stands in the address, the answer can be taken along."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import request

from api.telemetry import request_id
from dashboard import controls, explore, explorecode, exploreform, exploremarks, exploreshown
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.exploredata import Found
from dashboard.exploreshown import Question
from dashboard.page import Page
from dashboard.state import MOST_TEXT, View
from fleet.errors import FleetError

PATH = "explore"
FILES = {"csv": "CSV", "parquet": "Parquet"}
PLOT: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False, "showTips": False}
PARTS = {
    "kind": Output("explore", "className"),
    "drawn": Output("explore-drawn", "data"),
    "segments": Output("explore-segments", "children"),
    "caption": Output("explore-caption", "children"),
    "note": Output("explore-note", "children"),
    "figure": Output("explore-graph", "figure"),
    "table": Output("explore-table", "children"),
    "code": Output("explore-code", "children"),
}
SAME = {name: dict.fromkeys(props, no_update) for name, props in exploreform.PROPERTIES.items()}
"""What leaves the controls as they are: somebody may be writing into one."""
EMPTY: dict[str, Any] = {"kind": "explore bare", "caption": [], "figure": no_update, "table": None, "code": ""}


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now."""
    shown = refresh(visit)
    figure = {} if shown["figure"] is no_update else {"figure": shown["figure"]}
    return html.Div(
        [
            html.Header([html.Div(html.H1("Explore"), className="title"), _actions()], className="explore-head"),
            exploreform.layout(visit.data.families, shown["form"]),
            html.Div(shown["segments"], id="explore-segments", className="bar"),
            html.Section(
                [
                    html.Header(shown["caption"], id="explore-caption", className="explore-caption"),
                    html.Div(shown["note"], id="explore-note", role="status"),
                    html.Div(dcc.Graph(id="explore-graph", config=PLOT, **figure), className="explore-graph"),
                    html.Div(shown["table"], id="explore-table"),
                ],
                className="panel",
                **marks(aria_label="The answer"),
            ),
            _program(shown["code"]),
            dcc.Store(id="explore-drawn", data=shown["drawn"]),
            *(dcc.Download(id=f"explore-{kind}-file") for kind in FILES),
        ],
        id="explore",
        className=shown["kind"],
    )


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    form = {name: {p: Output(f"ask-{name}", p) for p in props} for name, props in exploreform.PROPERTIES.items()}
    given = {
        "ticks": Input("tick", "n_intervals"),
        "search": Input("url", "search"),
        "look": Input("look", "data"),
        "drawn": State("explore-drawn", "data"),
    }
    door.callback({**PARTS, "form": form}, given, prevent_initial_call=True)(refresh)
    door.browser(
        "ask",
        Output("sink", "data", allow_duplicate=True),
        *(Input(f"ask-{name}", "value") for name in exploreform.NAMES),
        State("explore-drawn", "data"),
        prevent_initial_call=True,
    )
    offers = {"search": Input("ask-devices", "searchValue"), "chosen": State("ask-devices", "value")}
    door.callback(Output("ask-devices", "data", allow_duplicate=True), offers, prevent_initial_call=True)(offer)
    for kind in FILES:
        clicks = {"clicks": Input(f"explore-{kind}", "n_clicks"), "drawn": State("explore-drawn", "data")}
        save = door.callback(Output(f"explore-{kind}-file", "data"), clicks, prevent_initial_call=True)
        save(_saver(kind))


def refresh(visit: Visit, drawn: Mapping[str, Any] | None = None, **_: Any) -> dict[str, Any]:
    """Answer the question of the address anew where it is another, or where time went on."""
    if visit.path.strip("/") != PATH:
        raise PreventUpdate
    before = drawn or {}
    try:
        question = Question.of(visit)
    except FleetError as error:
        return _refused(visit, error, before)
    if before.get("key") == question.key:
        raise PreventUpdate
    laid = _laid(visit, question, before)
    try:
        found = visit.data.explorer.ask(visit.principal, question.asked, question.range)
    except FleetError as error:
        return laid | EMPTY | {"note": controls.refusal(error, request_id())}
    place = visit.address(), request.host_url, question.key
    return laid | visit.data.explorer.shown(visit.principal, place, found, lambda: _answered(question, found))


def _refused(visit: Visit, error: FleetError, before: Mapping[str, Any]) -> dict[str, Any]:
    """Say why there is no such question, once, beside the controls of the usual one."""
    key = f"refused {sorted(visit.asked.items())}"
    if before.get("key") == key:
        raise PreventUpdate
    usual = Question.of(replace(visit, view=View(), asked={}))
    step = controls.link("Begin with the load of the CPUs", visit.address(PATH))
    note = [controls.refusal(error, request_id()), html.Div(step, className="steps")]
    return _laid(visit, usual, {}) | EMPTY | {"drawn": {**usual.drawn, "key": key}, "note": note}


def _answered(question: Question, found: Found) -> dict[str, Any]:
    if not found.answer.lines:
        return EMPTY | {"note": exploreshown.nothing(question.visit.asked, found), "code": _code(question, found)}
    figure, happened = exploreshown.figure(question, found), exploremarks.read(question, found)
    return {
        "kind": "explore" if figure else "explore plain",
        "caption": exploreshown.caption(question, found),
        "note": [*exploreshown.notes(question, found), *exploremarks.listed(question, happened)],
        "figure": exploremarks.drawn(question, figure, happened) if figure else no_update,
        "table": exploreshown.table(question, found),
        "code": _code(question, found),
    }


def offer(visit: Visit, search: str | None, chosen: list[str] | None) -> list[dict[str, Any]]:
    """Offer the devices whose names a text is part of, beside those that are chosen."""
    devices = explore.named(chosen or [])
    return exploreform.offered(visit.data.listed(visit.principal).entries, devices, (search or "")[:MOST_TEXT])


def _saver(kind: str) -> Any:
    def save(visit: Visit, clicks: int | None, drawn: Mapping[str, Any] | None) -> dict[str, Any]:
        """Give what is on the screen as a file: the question of the address, of the range that was drawn."""
        if not clicks or not drawn:
            raise PreventUpdate
        span = View(start=str(drawn.get("from"))[:40], end=str(drawn.get("to"))[:40])
        question = Question.of(replace(visit, view=span))
        found = visit.data.explorer.ask(visit.principal, question.asked, question.range)
        name, content = exploreshown.file(question, found, kind)
        return {"filename": name, "content": b64encode(content).decode(), "base64": True}

    return save


def _laid(visit: Visit, question: Question, before: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what the controls are like; those that show the same as before are left alone."""
    same = before.get("words") == question.drawn["words"]
    return {
        "drawn": question.drawn,
        "segments": exploreform.segments(question.asked, question.visit.asked),
        "form": SAME if same else exploreform.properties(question.asked, visit.data.listed(visit.principal).entries),
    }


def _code(question: Question, found: Found) -> str:
    view, asked = question.visit.view, question.asked
    url = request.host_url.rstrip("/")
    return explorecode.write(asked, url, (view.start, view.end), found.points, found.devices)


def _actions() -> Component:
    saved = [_button(f"explore-{kind}", word, f"Save what is shown as {word}") for kind, word in FILES.items()]
    return html.Div(
        [
            _button("explore-link", "Copy link", "Copy the address: it shows the same to a colleague"),
            _button("explore-pandas", "Copy pandas code", "Copy a program that reads the same"),
            *saved,
            _button("explore-png", "PNG", "Save the picture"),
        ],
        className="actions",
    )


def _button(name: str, word: str, title: str) -> Component:
    return html.Button(word, id=name, className="action", title=title, type="button")


def _program(code: str) -> Component:
    text: list[Any] = ["It takes an API key from ", html.Code(explorecode.KEY), " and the client is one file, "]
    text += [html.Code("flotilla.py"), ", that needs httpx, pandas and pyarrow."]
    return html.Details(
        [
            html.Summary("As pandas code"),
            html.P(text, className="muted"),
            html.Pre(code, id="explore-code", tabIndex="0", **marks(aria_label="Program")),
        ],
        className="program",
    )


page = Page(
    name="explore",
    title="Explore",
    path=PATH,
    layout=layout,
    connect=connect,
    order=40,
    icon="explore",
    key="e",
    later=("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js"),
)
