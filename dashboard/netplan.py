"""A network drawn: each part a tree that grows to the right from its way out, the parts in columns. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard import planes
from dashboard.figures import Figure
from dashboard.network import Link, Network, Node, Part
from dashboard.planes import AXES, SYMBOLS, plain
from dashboard.theme import SIGNS, Palette

ROW = 22
"""Pixels of a row."""

TALL = 30
"""Rows of a column, where there are columns enough."""

COLUMNS = 2
"""More would leave a name less room than it takes."""

LABEL = 1.5
"""Room for names behind the last rank, in ranks."""

TRUNK = 0.2
"""How far before a rank the lines to its nodes branch, in ranks: behind the names of those before."""

UNMANAGED = "hexagon-open"


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each node stands: its rank from the left and its row from above; and the parts' titles."""

    places: Mapping[str, tuple[float, float]]
    titles: Sequence[tuple[str, float, float]]
    ranks: float
    rows: int


def lay(network: Network, parts: Sequence[Part]) -> Plan:
    """Lay parts out."""
    places: dict[str, tuple[float, float]] = {}
    titles: list[tuple[str, float, float]] = []
    trees = [(part, dict(_tree(part, network))) for part in parts]
    total = sum(_high(tree) for _, tree in trees)
    columns = min(COLUMNS, max(1, -(-total // TALL)), max(1, len(trees)))
    share, left, above, widest, tallest = -(-total // columns), 0.0, 0, 0.0, 0
    for part, tree in trees:
        if above and above + _high(tree) / 2 > share:
            left, above, widest = left + widest, 0, 0.0
        titles.append((title(part, network), left, above))
        places |= {key: (left + rank, above + 1 + row) for key, (rank, row) in tree.items()}
        widest = max(widest, max(rank for rank, _ in tree.values()) + LABEL)
        above += _high(tree)
        tallest = max(tallest, above)
    return Plan(places, titles, left + widest, tallest)


def title(part: Part, network: Network) -> str:
    """Name a part by the site of its way out."""
    return network.nodes[part.roots[0]].site or "No site"


def draw(network: Network, plan: Plan, palette: Palette, chosen: str = "", hit: Collection[str] = ()) -> Figure:
    """Draw nodes and links; the one that is chosen is ringed, and so is what hangs on it."""
    shown = [link for link in network.links if link.one in plan.places and link.other in plan.places]
    data = [*_links(network, plan, shown, palette), *_rings(plan, palette, chosen, hit)]
    data += _nodes(network, plan, palette)
    data.append(_titles(plan, palette))
    return {
        "data": data,
        "layout": planes.layout((plan.rows - 1) * ROW + 32, [-0.2, plan.ranks], [plan.rows - 0.5, -0.8], palette),
    }


def _high(tree: Mapping[str, tuple[float, float]]) -> int:
    return int(max(row for _, row in tree.values())) + 3


def _tree(part: Part, network: Network) -> Iterator[tuple[str, tuple[float, float]]]:
    """Give each leaf a row, and each node before it the middle of its own; children are in the order of names."""
    children: dict[str, list[str]] = {key: [] for key in part.nodes}
    for key in part.nodes:
        if (before := part.parent.get(key)) is not None:
            children[before].append(key)
    rows: dict[str, float] = {}
    ranks = dict.fromkeys(part.roots, 0)
    for key in part.nodes:
        ranks.setdefault(key, ranks.get(part.parent.get(key, ""), 0) + 1)
    free = 0
    waiting = [(root, False) for root in reversed(part.roots)]
    while waiting:
        key, opened = waiting.pop()
        own = sorted(children[key], key=lambda child: network.nodes[child].name)
        if opened:
            rows[key] = (rows[own[0]] + rows[own[-1]]) / 2
        elif own:
            waiting += [(key, True), *((child, False) for child in reversed(own))]
        else:
            rows[key], free = free, free + 1
    yield from ((key, (float(ranks[key]), row)) for key, row in rows.items())


def _links(network: Network, plan: Plan, links: Sequence[Link], palette: Palette) -> Iterator[Figure]:
    def cut(link: Link) -> bool:
        return network.nodes[link.one].gone or network.nodes[link.other].gone

    kinds = (
        ([link for link in links if not cut(link) and link.wired], palette.muted, "solid"),
        ([link for link in links if not cut(link) and not link.wired], palette.muted, "dot"),
        ([link for link in links if cut(link)], palette.down, "dash"),
    )
    for some, colour, dash in kinds:
        xs: list[float | None] = []
        ys: list[float | None] = []
        for link in some:
            (x1, y1), (x2, y2) = sorted((plan.places[link.one], plan.places[link.other]))
            trunk = x2 - TRUNK if x1 != x2 else x1 + TRUNK
            xs += [x1, trunk, trunk, x2, None]
            ys += [y1, y1, y2, y2, None]
        line = {"color": colour, "width": 1, "dash": dash}
        yield AXES | {"mode": "lines", "x": xs, "y": ys, "line": line, "hoverinfo": "skip"}


def _rings(plan: Plan, palette: Palette, chosen: str, hit: Collection[str]) -> Iterator[Figure]:
    for keys, colour, width in (([key for key in hit if key in plan.places], palette.down, 1.5),
                                ([chosen] if chosen in plan.places else [], palette.accent, 2.5)):  # fmt: skip
        marker = {"symbol": "circle-open", "size": 19, "color": colour, "line": {"width": width, "color": colour}}
        where = [plan.places[key] for key in keys]
        xs, ys = [x for x, _ in where], [y for _, y in where]
        yield AXES | {"mode": "markers", "x": xs, "y": ys, "marker": marker, "hoverinfo": "skip"}


def _nodes(network: Network, plan: Plan, palette: Palette) -> Iterator[Figure]:
    kinds: dict[tuple[str, str], list[Node]] = {}
    for key in plan.places:
        node = network.nodes[key]
        kind = (SYMBOLS[node.entry.state], palette.of(node.entry.state)) if node.entry else (UNMANAGED, palette.muted)
        kinds.setdefault(kind, []).append(node)
    inner = {part.parent[key] for part in network.parts for key in part.parent}
    for (symbol, colour), nodes in kinds.items():
        where = [plan.places[node.key] for node in nodes]
        yield AXES | {
            "mode": "markers+text",
            "x": [x for x, _ in where],
            "y": [y for _, y in where],
            "text": [plain(node.name) for node in nodes],
            "textposition": ["top right" if node.key in inner else "middle right" for node in nodes],
            "textfont": {"size": 11, "color": palette.text if colour != palette.muted else palette.muted},
            "customdata": [node.key for node in nodes],
            "hovertext": [_said(node) for node in nodes],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {"symbol": symbol, "size": 10, "color": colour, "line": {"width": 1.5, "color": colour}},
            "cliponaxis": False,
        }


def _said(node: Node) -> str:
    if node.entry is not None:
        return f"{plain(node.name)} · {SIGNS[node.entry.state].word}"
    return f"{plain(node.name)} · not managed"


def _titles(plan: Plan, palette: Palette) -> Figure:
    return AXES | {
        "mode": "text",
        "x": [x for _, x, _ in plan.titles],
        "y": [y for _, _, y in plan.titles],
        "text": [f"<b>{plain(text)}</b>" for text, _, _ in plan.titles],
        "textposition": "middle right",
        "textfont": {"size": 12, "color": palette.muted},
        "hoverinfo": "skip",
    }
