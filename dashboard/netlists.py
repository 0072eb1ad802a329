"""The network as tables: devices and what hangs on them, paths that are cut, neighbours that nobody manages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import asking, controls, units
from dashboard.controls import marks
from dashboard.network import Link, Network, Node, Part
from dashboard.roster import SEVERITY

MOST = 300
"""Rows of a table."""

COUNT = "Hangs on it"
"""The head of a column of numbers."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is looked at: the parts, the words of the address, and where the tenant's pages are."""

    network: Network
    parts: Sequence[Part]
    asked: Mapping[str, str]
    home: str
    keys: frozenset[str]

    @classmethod
    def of(cls, network: Network, parts: Sequence[Part], asked: Mapping[str, str], home: str) -> Shown:
        """Look at some parts, with the ``keys`` of all their nodes."""
        return cls(network, parts, asked, home, frozenset(key for part in parts for key in part.nodes))


@dataclass(frozen=True, slots=True)
class Listing:
    """A table: its word, the heads of its columns, its rows, and what is said where there is none."""

    word: str
    heads: tuple[str, ...]
    rows: Callable[[Shown], Iterator[Component]]
    none: tuple[str, str]


def table(listing: Listing, shown: Shown) -> Component:
    """Lay a table out; of a long one the first rows."""
    rows = list(islice(listing.rows(shown), MOST + 1))
    if not rows:
        return controls.notice(*listing.none)
    more = html.P("There are more: choose a site.", className="muted") if len(rows) > MOST else None
    head = html.Thead(
        html.Tr([html.Th(word, scope="col", className="count" if word == COUNT else None) for word in listing.heads])
    )
    caption = html.Caption(listing.word, className="visually-hidden")
    return html.Div([html.Table([caption, head, html.Tbody(rows[:MOST])]), more], className="listing", tabIndex="0",
                    role="region", **marks(aria_label=listing.word))  # fmt: skip


def _devices(shown: Shown) -> Iterator[Component]:
    behind = {key: before for part in shown.parts for key, before in shown.network.behind(part).items()}
    hanging = {key: count for part in shown.parts for key, count in part.hanging.items()}
    parents = {key: before for part in shown.parts for key, before in part.parent.items()}
    ports = {frozenset((link.one, link.other)): link for link in shown.network.links}
    nodes = [node for key in shown.keys if (node := shown.network.nodes[key]).entry is not None]
    nodes.sort(key=lambda node: (not node.gone, -hanging[node.key], _severity(node), node.name))
    for node in nodes:
        before = parents.get(node.key)
        link = ports.get(frozenset((node.key, before))) if before else None
        cells = [
            html.Td(controls.badge(node.entry.state) if node.entry else ""),
            html.Th(_name(node, shown), scope="row"),
            html.Td(_way(node.key, link, shown) if link else "the way out"),
            html.Td(_hanging(node, hanging[node.key], shown), className="count"),
            html.Td(_name(shown.network.nodes[behind[node.key]], shown) if node.key in behind else ""),
        ]
        yield html.Tr(cells, **marks(aria_current=shown.asked.get("node") == node.key and "true"))


def _cut(shown: Shown) -> Iterator[Component]:
    for link in shown.network.links:
        one, other = shown.network.nodes[link.one], shown.network.nodes[link.other]
        if link.one in shown.keys and (one.gone or other.gone):
            ends = (
                cell for node, port in zip((one, other), link.ports, strict=True) for cell in _end(node, port, shown)
            )
            yield html.Tr([*ends, html.Td("cable" if link.wired else "MNDP")])


def _end(node: Node, port: str, shown: Shown) -> Iterator[Component]:
    yield html.Th([_name(node, shown), html.Span(f" {port}", className="muted")], scope="row")
    yield html.Td(controls.badge(node.entry.state) if node.entry else "not managed")


def _unmanaged(shown: Shown) -> Iterator[Component]:
    nodes = [node for key in shown.keys if (node := shown.network.nodes[key]).heard is not None]
    for node in sorted(nodes, key=lambda node: (node.site, node.name)):
        if node.heard is None:
            continue
        hearer = shown.network.nodes[str(node.heard.device_id)]
        made = " ".join(part for part in (node.heard.platform, node.heard.board) if part)
        place = [_name(hearer, shown), html.Span(f" {node.heard.interface}", className="muted")]
        yield html.Tr(
            [
                html.Th(node.name, scope="row"),
                html.Td(node.heard.address or node.heard.mac, className="mono"),
                html.Td([made or units.NOTHING, html.Span(f" {node.heard.version}", className="muted")]),
                html.Td(place),
                html.Td(node.heard.by or units.NOTHING),
            ]
        )


def _alone(shown: Shown) -> Iterator[Component]:
    site = shown.asked.get("site", "")
    nodes = (node for key, node in shown.network.nodes.items() if not shown.network.beside[key])
    for node in sorted((n for n in nodes if n.entry and (not site or n.site == site)), key=lambda node: node.name):
        state = controls.badge(node.entry.state) if node.entry else ""
        yield html.Tr([html.Td(state), html.Th(_name(node, shown), scope="row"), html.Td(node.site or units.NOTHING)])


LISTS: Mapping[str, Listing] = {
    "": Listing(
        "Devices",
        ("State", "Device", "By way of", COUNT, "Behind"),
        _devices,
        ("No neighbours yet", "Devices tell of their neighbours every 15 minutes."),
    ),
    "down": Listing(
        "Down paths",
        ("From", "State", "To", "State", "Known by"),
        _cut,
        ("No path is down", "Both ends of every link answer."),
    ),
    "unmanaged": Listing(
        "Unmanaged",
        ("Neighbour", "Address", "What it is", "Heard by", "By"),
        _unmanaged,
        ("All neighbours are managed", "Every neighbour that was heard is one of your devices."),
    ),
    "alone": Listing(
        "Alone",
        ("State", "Device", "Site"),
        _alone,
        ("No device is alone", "Every device hears another, or is heard."),
    ),
}


def _severity(node: Node) -> int:
    return SEVERITY[node.entry.state] if node.entry else len(SEVERITY)


def _name(node: Node, shown: Shown) -> Any:
    return controls.link(node.name, f"{shown.home}device/{node.key}") if node.entry else node.name


def _hanging(node: Node, count: int, shown: Shown) -> Any:
    if not count:
        return html.Span("0", className="muted")
    title = f"Show what has no way out without {node.name}"
    return controls.link(f"{count:,}", asking.changed(shown.asked, node=node.key), title=title)


def _way(key: str, link: Link, shown: Shown) -> list[Any]:
    mine, theirs = link.ports if link.one == key else link.ports[::-1]
    other = shown.network.nodes[link.other if link.one == key else link.one]
    return [
        html.Span(f"{mine} → ", className="muted"),
        _name(other, shown),
        html.Span(f" {theirs}", className="muted"),
    ]
