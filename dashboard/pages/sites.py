"""Where the devices stand: a map or a plan of the sites that needs no internet, and a table beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any
from urllib.parse import urlencode

from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from api.telemetry import request_id
from dashboard import asking, atlas, controls, places, units
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.page import Page
from dashboard.places import Site
from dashboard.theme import SIGNS
from dashboard.wall import GRID
from fleet.belonging import NO_SITE
from fleet.device import State as Shown
from fleet.errors import FleetError
from fleet.identity import Scope

MOST = 500
"""Rows of the table."""

PLOT: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False, "showTips": False}
KEY = (
    "The shape and colour of a site are those of its worst device, its size tells how many there are; lines join "
    "sites whose devices hear each other."
)
PLAN = "A plan, not to scale: no site has coordinates. "
STATES = (Shown.DOWN, Shown.DEGRADED, Shown.STALE, Shown.MAINTENANCE, Shown.UP)


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now."""
    shown = refresh(visit)
    figure = {} if shown["figure"] is no_update else {"figure": shown["figure"]}
    graph = dcc.Graph(id="sites-graph", config=PLOT, **figure)
    label = {"role": "region", "tabIndex": "0"} | marks(
        aria_label="A map of the sites; the table beside it tells the same"
    )
    plan = html.Section(
        [
            html.Header(html.H2("Sites", id="sites-title")),
            html.Div(html.Div(graph), className="wide", id="sites-wide", hidden=shown["bare"], **label),
            html.Div(shown["note"], id="sites-note"),
            html.P(shown["legend"], id="sites-legend", className="legend"),
        ],
        className="pane",
        **marks(aria_labelledby="sites-title"),
    )
    table = html.Section(
        html.Div(shown["table"], id="sites-table"), className="pane", **marks(aria_label="All sites")
    )
    return html.Div(
        [
            html.H1("Sites", className="visually-hidden"),
            dcc.Store(id="sites-drawn", data=shown["drawn"]),
            html.Div(shown["tiles"], id="sites-tiles", className="tiles", role="group"),
            html.Div([plan, table], className="split even"),
        ],
        className="network",
    )


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    sink = Output("sink", "data", allow_duplicate=True)
    door.browser("place", sink, Input("sites-graph", "clickData"), prevent_initial_call=True)
    shown = {
        "tiles": Output("sites-tiles", "children"),
        "figure": Output("sites-graph", "figure"),
        "bare": Output("sites-wide", "hidden"),
        "note": Output("sites-note", "children"),
        "legend": Output("sites-legend", "children"),
        "table": Output("sites-table", "children"),
        "drawn": Output("sites-drawn", "data"),
    }
    given = {
        "ticks": Input("tick", "n_intervals"),
        "search": Input("url", "search"),
        "look": Input("look", "data"),
        "drawn": State("sites-drawn", "data"),
    }
    door.callback(shown, given, prevent_initial_call=True)(refresh)


def refresh(visit: Visit, drawn: str | None = None, **_: Any) -> dict[str, Any]:
    """Draw the sites anew when something is otherwise than it is drawn."""
    try:
        fleet = visit.data.fleet(visit.principal)
        network = visit.data.whole.network(visit.principal, fleet)
        sites = places.of(fleet.entries, visit.data.whole.sites(visit.principal), network)
    except FleetError as error:
        return SAME | {"note": controls.refusal(error, request_id()), "bare": True, "drawn": None}
    told = f"{[(site.name, site.spot, sorted(site.counts.items()), sorted(site.near)) for site in sites]}"
    key = (
        f"{blake2b(told.encode(), digest_size=8).hexdigest()} {sorted(visit.asked.items())} {visit.look.palette.page}"
    )
    return SAME if key == drawn else _drawn(visit, sites) | {"drawn": key}


SAME: dict[str, Any] = dict.fromkeys(("tiles", "figure", "bare", "note", "legend", "table", "drawn"), no_update)
"""What leaves the page as it is."""


def _drawn(visit: Visit, sites: Sequence[Site]) -> dict[str, Any]:
    words, only = visit.view.q.lower(), visit.asked.get("list", "")
    fitting = [site for site in sites if words in site.name.lower() and _fits(site, only)]
    placed, chosen = [site for site in fitting if site.spot], visit.asked.get("site", "")
    figure = (atlas if placed else places).draw(placed or fitting, visit.look.palette, chosen)
    return {
        "tiles": _tiles(sites, visit.asked),
        "figure": figure,
        "bare": not fitting,
        "note": [_card(site, visit) for site in fitting if site.name == chosen] + _note(sites, fitting, visit),
        "legend": KEY if placed else PLAN + KEY,
        "table": _table(fitting, visit) if fitting else None,
    }


def _fits(site: Site, only: str) -> bool:
    return {"trouble": site.troubled > 0, "down": site.devices > 0 and site.counts.get(Shown.DOWN, 0) == site.devices,
            "empty": site.devices == 0}.get(only, True)  # fmt: skip


def _tiles(sites: Sequence[Site], asked: Mapping[str, str]) -> list[Component]:
    counts = (("Sites", "", ""), ("With trouble", "trouble", "degraded"), ("All down", "down", "down"),
              ("Without devices", "empty", ""))  # fmt: skip
    tiles = []
    for word, only, state in counts:
        count = sum(_fits(site, only) for site in sites)
        current = asked.get("list", "") == only and "true"
        tiles.append(
            controls.link(
                [html.Span(word, className="tile-name"), html.Span(f"{count:,}", className="tile-count")],
                asking.changed(asked, list=only),
                kind="tile" if count else "tile none",
                **marks(data_state=state, data_testid=f"sites-{only or 'all'}", aria_current=current),
            )
        )
    return tiles


def _card(site: Site, visit: Visit) -> Component:
    """Say how the chosen site is, and lead to it."""
    query = urlencode({"site": site.name})
    links = [
        controls.link("Its devices", f"{visit.address('fleet')}?{query}", **marks(data_needs=GRID)),
        controls.link("Its network", f"{visit.address('topology')}?{query}"),
        controls.link("Its measurements", f"{visit.address('explore')}?{urlencode({'of': 'site', 'in': site.name})}"),
        controls.link("Close", asking.changed(visit.asked, site=""), kind="quiet-link"),
    ]
    told = html.P([html.Strong(site.name), f": {places.said(site)}"])
    return html.Div([told, html.Div(links, className="steps")], className="card", **marks(data_testid="site-card"))


def _note(sites: Sequence[Site], fitting: Sequence[Site], visit: Visit) -> list[Component]:
    if not sites:
        return [controls.notice("No sites yet", "A site is made by giving it a name; devices are then put there.")]
    if not fitting:
        return [controls.notice("No site fits", "None is as the filters ask.", controls.link("Show all sites", "?"))]
    placed = [site for site in fitting if site.spot]
    away = [site for site in fitting if not site.spot and site.name != NO_SITE]
    told: list[Component] = []
    if placed and away:
        step = controls.link("Give coordinates", visit.address("admin/sites"))
        count = f"{units.plural(len(away), 'site')} without coordinates stand in the table alone. "
        told.append(html.P([count, step], className="muted"))
    elif away and visit.principal.may(Scope.DEVICES_WRITE):
        step = controls.link("Give sites coordinates", visit.address("admin/sites"))
        told.append(html.P([step, " to see them on a map."], className="muted"))
    over = len(placed or fitting) - places.DRAWN
    if over > 0:
        told.append(html.P(f"{units.plural(over, 'site')} more are not drawn.", className="muted"))
    return told


def _table(sites: Sequence[Site], visit: Visit) -> Component:
    near = ["Neighbours"] if any(site.near for site in sites) else []
    heads = ["Site", "Devices", *(SIGNS[state].word for state in STATES), *near]
    rows = [_row(site, visit, bool(near)) for site in places.ranked(sites)[:MOST]]
    head = html.Thead(
        html.Tr(
            [
                html.Th(word, scope="col", className="count" if 0 < n <= len(STATES) + 1 else None)
                for n, word in enumerate(heads)
            ]
        )
    )
    over = len(sites) - MOST
    more = html.P(f"{units.plural(over, 'site')} more: search by name.", className="muted") if over > 0 else None
    caption = html.Caption("Sites, those with trouble first", className="visually-hidden")
    return html.Div([html.Table([caption, head, html.Tbody(rows)]), more], className="listing", tabIndex="0",
                    role="region", **marks(aria_label="Sites"))  # fmt: skip


def _row(site: Site, visit: Visit, near: bool) -> Component:
    def count(number: int, state: Shown | None = None) -> Component:
        if not number:
            return html.Td(html.Span("0", className="muted"), className="count")
        query = urlencode({"site": site.name} | ({"status": state.value} if state else {}))
        href = f"{visit.address('fleet')}?{query}"
        glyph = html.Span(SIGNS[state].glyph, className="glyph") if state else None
        text = controls.link(f"{number:,}", href, **marks(data_needs=GRID))
        return html.Td([glyph, text], className="count", **marks(data_state=state and state.value))

    name = (
        site.name if site.name == NO_SITE else controls.link(site.name, asking.changed(visit.asked, site=site.name))
    )
    cells = [count(site.counts.get(state, 0), state) for state in STATES]
    return html.Tr(
        [
            html.Th(name, scope="row"),
            count(site.devices),
            *cells,
            html.Td(", ".join(sorted(site.near)) or units.NOTHING) if near else None,
        ],
        **marks(aria_current=visit.asked.get("site") == site.name and "true"),
    )


page = Page(
    name="sites",
    title="Sites",
    path="sites",
    layout=layout,
    connect=connect,
    order=45,
    icon="sites",
    key="s",
    later=("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js"),
)
