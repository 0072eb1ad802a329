"""What joins the devices, as their neighbours tell it: paths that are cut, what hangs on whom, who is not managed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from api.telemetry import request_id
from dashboard import asking, controls, honeycomb, netlists, netplan, units
from dashboard.controls import marks
from dashboard.door import Door, Visit
from dashboard.netlists import LISTS, Shown
from dashboard.network import Network, Part
from dashboard.page import Page
from fleet.errors import FleetError

MOST = 240
"""Nodes that are drawn; of more, the parts with trouble first."""

NAMED = 12
"""Names of what hangs on a device that are told."""

PLOT: Any = {"displayModeBar": False, "responsive": True, "doubleClick": False, "showTips": False}


def layout(visit: Visit) -> Component:
    """Lay the page out as it is now."""
    shown = refresh(visit)
    graph = dcc.Graph(id="network-graph", config=PLOT, **_known(shown, "figure"))
    title = html.Header([html.H2("Neighbours", id="network-title"), _sites(shown)])
    drawn = html.Section(
        [
            title,
            html.Div(shown["chosen"], id="network-chosen", className="chosen", role="status"),
            html.Div(
                html.Div(graph),
                className="wide",
                id="network-wide",
                hidden=shown["bare"],
                role="region",
                tabIndex="0",
                **marks(aria_label="The network; the table beside it tells the same"),
            ),
            html.Div(shown["note"], id="network-note"),
            html.P(KEY, className="legend"),
        ],
        className="pane",
        **marks(aria_labelledby="network-title"),
    )  # fmt: skip
    listed = html.Section(
        [html.Div(shown["lists"], id="network-lists"), html.Div(shown["table"], id="network-table")], className="pane"
    )
    return html.Div(
        [
            html.H1("Topology", className="visually-hidden"),
            dcc.Store(id="network-drawn", data=shown["drawn"]),
            html.Div(shown["tiles"], id="network-tiles", className="tiles", role="group"),
            html.Div([drawn, listed], className="split"),
        ],
        className="network",
    )


KEY = (
    "Solid: a cable (LLDP). Dotted: heard by MNDP alone, where no cable explains it. Dashed: an end does not answer. "
    "Each tree grows from its way out, the device whose default route leads elsewhere."
)


def connect(door: Door) -> None:
    """Register the callbacks of the page."""
    sink = Output("sink", "data", allow_duplicate=True)
    door.browser("node", sink, Input("network-graph", "clickData"), prevent_initial_call=True)
    door.browser("site", sink, Input("network-site", "value"), prevent_initial_call=True)
    shown = {
        "tiles": Output("network-tiles", "children"),
        "figure": Output("network-graph", "figure"),
        "bare": Output("network-wide", "hidden"),
        "note": Output("network-note", "children"),
        "chosen": Output("network-chosen", "children"),
        "lists": Output("network-lists", "children"),
        "table": Output("network-table", "children"),
        "sites": Output("network-site", "data"),
        "site": Output("network-site", "value"),
        "drawn": Output("network-drawn", "data"),
    }
    given = {
        "ticks": Input("tick", "n_intervals"),
        "search": Input("url", "search"),
        "look": Input("look", "data"),
        "drawn": State("network-drawn", "data"),
    }
    door.callback(shown, given, prevent_initial_call=True)(refresh)


def refresh(visit: Visit, drawn: str | None = None, **_: Any) -> dict[str, Any]:
    """Draw the network anew when something is otherwise than it is drawn."""
    try:
        fleet = visit.data.fleet(visit.principal)
        network = visit.data.whole.network(visit.principal, fleet)
    except FleetError as error:
        return SAME | {"note": controls.refusal(error, request_id()), "bare": True, "drawn": None}
    key = _key(visit, network)
    return SAME if key == drawn else _drawn(visit, network) | {"drawn": key}


SAME: dict[str, Any] = dict.fromkeys(
    ("tiles", "figure", "bare", "note", "chosen", "lists", "table", "sites", "site", "drawn"), no_update
)
"""What leaves the page as it is."""


def _drawn(visit: Visit, network: Network) -> dict[str, Any]:
    site, node = visit.asked.get("site", ""), visit.asked.get("node", "")
    parts = _fitting(network, site, visit.view.q.lower())
    drawn = _some(parts, node)
    plan = netplan.lay(network, drawn)
    shown = Shown.of(network, parts, visit.asked, visit.address())
    listing = visit.asked.get("list", "")
    sites = sorted({one.site for one in network.nodes.values() if one.site})
    hit = network.blast(node) if node in network.nodes else frozenset()
    return {
        "tiles": _tiles(shown),
        "figure": netplan.draw(network, plan, visit.look.palette, node, hit),
        "bare": not drawn,
        "note": _note(network, parts, drawn, visit),
        "chosen": _chosen(network, node, hit, visit),
        "lists": _lists(visit.asked, listing),
        "table": netlists.table(LISTS.get(listing, LISTS[""]), shown),
        "sites": sites,
        "site": site if site in sites else None,
    }


def _key(visit: Visit, network: Network) -> str:
    """Name what is drawn, so that the same is not drawn twice."""
    told = blake2b(digest_size=8)
    for node in network.nodes.values():
        told.update(f"{node.key}{node.name}{honeycomb.LETTERS[node.entry.state] if node.entry else ''}".encode())
    told.update(repr(network.links).encode())
    return f"{told.hexdigest()} {sorted(visit.asked.items())} {visit.look.palette.page}"


def _fitting(network: Network, site: str, text: str) -> list[Part]:
    """Choose the parts that have a device of the site, and one whose name has the text in it."""
    nodes = network.nodes
    return [
        part
        for part in network.parts
        if (not site or any(nodes[key].site == site for key in part.nodes))
        and (not text or any(text in nodes[key].name.lower() for key in part.nodes))
    ]


def _some(parts: Sequence[Part], node: str) -> list[Part]:
    """Choose what is drawn: the part of the chosen node, and of the others the first that there is room for."""
    first = sorted(parts, key=lambda part: node not in part.nodes)
    drawn: list[Part] = []
    for part in first:
        if drawn and sum(len(one.nodes) for one in drawn) + len(part.nodes) > MOST:
            break
        drawn.append(part)
    return [part for part in parts if part in drawn]


def _tiles(shown: Shown) -> list[Component]:
    nodes = [shown.network.nodes[key] for key in shown.keys]
    links = [link for link in shown.network.links if link.one in shown.keys]
    cut = sum(shown.network.nodes[link.one].gone or shown.network.nodes[link.other].gone for link in links)
    alone = sum(node.entry is not None and not shown.network.beside[key] for key, node in shown.network.nodes.items())
    counts = (
        ("Joined", "", sum(node.entry is not None for node in nodes), ""),
        ("Down paths", "down", cut, "down"),
        ("Unmanaged", "unmanaged", sum(node.heard is not None for node in nodes), ""),
        ("Alone", "alone", alone, ""),
    )
    return [
        controls.link(
            [html.Span(word, className="tile-name"), html.Span(f"{count:,}", className="tile-count")],
            asking.changed(shown.asked, list=listing),
            kind="tile" if count else "tile none",
            **marks(data_state=state, data_testid=f"network-{listing or 'all'}"),
        )
        for word, listing, count, state in counts
    ]


def _lists(asked: Mapping[str, str], listing: str) -> Component:
    links = [
        controls.link(
            one.word,
            asking.changed(asked, list=name),
            kind="segment",
            **marks(aria_current=name == listing and "true"),
        )
        for name, one in LISTS.items()
    ]
    return html.Div(links, className="segments", role="group", **marks(aria_label="Lists"))


def _note(network: Network, parts: Sequence[Part], drawn: Sequence[Part], visit: Visit) -> Component | None:
    if not network.parts:
        return controls.notice(
            "No neighbours yet",
            "Devices tell of their neighbours (MNDP, LLDP) with their first poll, then every 15 minutes.",
        )
    if not parts:
        return controls.notice("Nothing fits", "No device of that site or name has neighbours.",
                               controls.link("Show all", "?"))  # fmt: skip
    over = sum(len(part.nodes) for part in parts) - sum(len(part.nodes) for part in drawn)
    told = []
    if over:
        told.append(f"{units.plural(over, 'node')} more are not drawn: choose a site.")
    if not network.whole:
        told.append("There are more neighbours than are read at once; those of some devices are left out.")
    return html.P(" ".join(told), className="muted") if told else None


def _chosen(network: Network, node: str, hit: frozenset[str], visit: Visit) -> list[Component]:
    """Tell what hangs on the node that is chosen."""
    if node not in network.nodes:
        return []
    found = network.nodes[node]
    name = controls.link(found.name, visit.address(f"device/{node}")) if found.entry else html.Strong(found.name)
    names = sorted(network.nodes[key].name for key in hit)
    over = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    said = (
        f"{units.plural(len(names), 'neighbour has', 'neighbours have')} no way out without it: "
        f"{', '.join(names[:NAMED])}{over}."
        if names
        else "Nothing hangs on it: all others have a way out without it."
    )
    part = next((part for part in network.parts if node in part.nodes), None)
    guess = "" if part is None or part.known else " No default route leads out of this part; the way out is a guess."
    close = controls.link("Close", asking.changed(visit.asked, node=""))
    badge = controls.badge(found.entry.state) if found.entry else html.Span("not managed", className="muted")
    return [html.Div([name, " ", badge, " ", close]), html.P(said + guess)]


def _sites(shown: Mapping[str, Any]) -> Component:
    select: Component = dmc.Select(
        id="network-site",
        size="xs",
        searchable=True,
        clearable=True,
        placeholder="All sites",
        className="choice",
        comboboxProps={"transitionProps": {"duration": 0}},
        **_known(shown, "sites", "data"),
        **_known(shown, "site", "value"),
        **marks(aria_label="Site"),
    )
    return select


def _known(shown: Mapping[str, Any], name: str, prop: str = "") -> dict[str, Any]:
    return {} if shown[name] is no_update else {prop or name: shown[name]}


page = Page(
    name="topology",
    title="Topology",
    path="topology",
    layout=layout,
    connect=connect,
    order=40,
    icon="topology",
    key="t",
    later=("dash/dcc/async-graph.js", "plotly/package_data/plotly.min.js"),
)
