"""The frame of the pages of administration: their tabs, who may see which, and a body that follows what is new."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from api.telemetry import request_id
from dashboard import controls, page
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.page import Page
from fleet.errors import FleetError
from fleet.identity import Permission

ROOT = "admin"
CHAPTERS = {ROOT: "Admin", "alerts": "Alerts", "config": "Config", "firmware": "Firmware"}
"""The first words of the paths of pages that have sections, and what they are called."""

Body: TypeAlias = Callable[[Visit], Sequence[Component | None]]
"""What draws a page as it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Page):
    """A page of a chapter, such as administration: a tab beside the others, for those who have its permission."""

    tab: str
    scope: Permission
    rank: int

    @property
    def chapter(self) -> str:
        return self.path.split("/")[0]


def section(body: Body, *, tab: str, path: str, scope: Permission, rank: int, **more: Any) -> Section:
    """Make a section; ``rank`` is its place among the tabs. Its parts are named by its path, or by ``name``."""
    name = more.pop("name", path.replace("/", "-"))

    def layout(visit: Visit) -> Component:
        drawn = draw(visit, scope, body)
        return html.Div(
            [
                html.H1(tab, className="visually-hidden"),
                html.Div(tabs(visit, path), id=f"{name}-tabs"),
                html.Div(drawn, id=f"{name}-body", className="admin-body"),
                dcc.Store(id=f"{name}-drawn", data=mark(drawn)),
            ],
            className="admin",
        )

    def connect(door: Door) -> None:
        follow(door, name, lambda visit: draw(visit, scope, body))
        opens(door, f"{name}-drawn")

    titled = {"title": tab, "order": 90 + rank, **more}
    return Section(
        name=name.replace("-", "_"),
        path=path,
        layout=layout,
        connect=connect,
        tab=tab,
        scope=scope,
        rank=rank,
        **titled,
    )


def follow(door: Door, name: str, drawing: Callable[[Visit], Sequence[Component | None]]) -> None:
    """Draw a body anew when there may be something new or the address asks otherwise, and only what is different."""
    outputs = Output(f"{name}-body", "children"), Output(f"{name}-drawn", "data")
    given = {
        "ticks": Input("tick", "n_intervals"),
        "search": Input("url", "search"),
        "drawn": State(f"{name}-drawn", "data"),
    }

    @door.callback(outputs, given, prevent_initial_call=True)
    def refresh(visit: Visit, drawn: str | None, **_: Any) -> tuple[Sequence[Component | None], str]:
        children = drawing(visit)
        if (now := mark(children)) == drawn:
            raise PreventUpdate
        return children, now


def opens(door: Door, drawn: str) -> None:
    """Press the button that the address names, once a body is drawn that has it; ``drawn`` keeps the body's mark."""
    sink = Output("sink", "data", allow_duplicate=True)
    door.browser("opened", sink, Input(drawn, "data"), prevent_initial_call="initial_duplicate")


def draw(visit: Visit, scope: Permission, body: Body) -> Sequence[Component | None]:
    """Draw a body, or say that it may not be seen, or why it cannot be shown."""
    if not visit.principal.may(scope):
        return [forbidden(visit, scope)]
    try:
        return body(visit)
    except FleetError as error:
        return [controls.refusal(error, request_id())]


def forbidden(visit: Visit, scope: Permission) -> Component:
    """Say that a page is not for this person, and who may change that."""
    role = visit.principal.role.value.replace("_", " ")
    return controls.notice(
        "This page is not for your role",
        f"You are {_article(role)} here, and this needs “{scope.value}”. A tenant admin can give you another role.",
        controls.link("Your sessions", visit.address(f"{ROOT}/sessions")),
        controls.link("Go to the overview", visit.address()),
    )


def tabs(visit: Visit, here: str) -> Component:
    """Offer the sections that this person may see."""
    chapter = here.split("/")[0]
    offered = [one for one in sections(chapter) if visit.principal.may(one.scope)]
    links = [
        controls.link(one.tab, visit.address(one.path), kind="tab", **marks(aria_current=one.path == here and "page"))
        for one in offered
    ]
    return html.Nav(links, className="tabs", **marks(aria_label=f"{CHAPTERS[chapter]}, its sections"))


def sections(chapter: str = ROOT) -> Sequence[Section]:
    """Find the sections of a chapter by their rank."""
    found = (one for one in page.every() if isinstance(one, Section) and one.chapter == chapter)
    return sorted(found, key=lambda one: one.rank)


def mark(children: Sequence[Component | None]) -> str:
    """Name what is drawn, so that the same is not drawn twice."""
    text = json.dumps(children, default=lambda part: part.to_plotly_json(), sort_keys=True)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def head(title: str, text: str, *actions: Component | None) -> Component:
    """Say what a page is for, with what one may do there."""
    offered = [action for action in actions if action is not None]
    words = html.Div([html.H2(title), html.P(text, className="muted")])
    return html.Div([words, html.Div(offered, className="actions")], className="admin-head")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, label: str) -> Component:
    """Draw a small table. A column without a name holds what can be done with a row."""
    heads = [html.Th(column or html.Span("Actions", className="visually-hidden"), scope="col") for column in columns]
    body = [
        html.Tr(
            [
                html.Td(cell, className="" if column else "row-actions", **marks(data_label=column))
                for column, cell in zip(columns, cells, strict=True)
            ]
        )
        for cells in rows
    ]
    drawn = html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="table", **marks(aria_label=label))
    return html.Div(drawn, className="table-frame")


def may(visit: Visit, scope: Permission, part: Callable[[], Component]) -> Component | None:
    """Offer something to those alone who may do it."""
    return part() if visit.principal.may(scope) else None


def rest(visit: Visit, path: str) -> str:
    """Tell where REST has something of this tenant."""
    return f"/api/tenants/{visit.principal.tenant_id}/{path}"


def _article(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
