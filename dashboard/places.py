"""The sites of a fleet: what stands at each, how it is, and where it is drawn. Pure.

Where no site has coordinates there is a plan: a lattice by name, in which those that hear each other are near.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard import planes
from dashboard.figures import Figure
from dashboard.network import Network
from dashboard.planes import AXES, SYMBOLS, plain
from dashboard.roster import SEVERITY, Entry
from dashboard.theme import SIGNS, Palette
from fleet.belonging import NO_SITE, Spot
from fleet.device import State

WIDE = 1.8
"""Columns of the plan for each of its rows."""

ROW = 92
"""Pixels of a row of the plan."""

LEAST, MOST = 12, 44
"""Pixels across the sign of the smallest and the greatest site."""

READABLE = 24
"""Pixels across a sign in which a number can be read."""

DRAWN = 400
"""Sites of the plan; of more, those with trouble and the greatest."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site: its devices by state, and the sites whose devices its own hear."""

    name: str
    devices: int
    counts: Mapping[State, int]
    near: frozenset[str]
    spot: Spot | None = None

    @property
    def worst(self) -> State | None:
        """The worst state of its devices, where it has any."""
        return next((state for state in SIGNS if self.counts.get(state)), None)

    @property
    def troubled(self) -> int:
        """How many devices are down, degraded or stale."""
        return sum(self.counts.get(state, 0) for state in (State.DOWN, State.DEGRADED, State.STALE))


def of(entries: Iterable[Entry], named: Mapping[str, Spot | None], network: Network | None = None) -> list[Site]:
    """Sum devices up by their sites, in the order of names; a site without devices is one, too.

    ``named`` are the sites that there are, each with its place on the earth where that is known.
    """
    counts: dict[str, Counter[State]] = {name: Counter() for name in named}
    for entry in entries:
        counts.setdefault(entry.row.site or NO_SITE, Counter())[entry.state] += 1
    near = _near(network) if network else {}
    return [
        Site(name, found.total(), found, near.get(name, frozenset()), named.get(name))
        for name, found in sorted(counts.items())
    ]


def ranked(sites: Sequence[Site]) -> list[Site]:
    """Put the sites with the worst trouble first, of those the greatest."""
    return sorted(sites, key=lambda site: (_severity(site), -site.troubled, -site.devices, site.name))


def lay(sites: Sequence[Site]) -> dict[str, tuple[float, float]]:
    """Give each site its place on a lattice: column and row."""
    ordered = list(_walk({site.name: site for site in sites}))
    columns = max(1, math.ceil(math.sqrt(len(ordered) * WIDE)))
    return {
        name: (number % columns + (number // columns % 2) / 2, float(number // columns))
        for number, name in enumerate(ordered)
    }


def draw(sites: Sequence[Site], palette: Palette, chosen: str = "") -> Figure:
    """Draw the plan: a sign for each site, with the shape and colour of its worst state."""
    shown = sorted(ranked(sites)[:DRAWN], key=lambda site: site.name)
    places = lay(shown)
    rows = max((row for _, row in places.values()), default=0.0) + 1
    columns = max((column for column, _ in places.values()), default=0.0)
    return {
        "data": traces(shown, places, palette, chosen),
        "layout": planes.layout(int(rows * ROW + 24), [-0.6, columns + 0.6], [rows - 0.4, -0.6], palette),
    }


def traces(
    sites: Sequence[Site], places: Mapping[str, tuple[float, float]], palette: Palette, chosen: str
) -> list[Figure]:
    """Draw sites where they are put: the paths between them, their signs, and how many devices there are."""
    paths, counts = _paths(sites, places, palette), _counts(sites, places, palette)
    return [paths, *_signs(sites, places, palette, chosen), counts]


def said(site: Site) -> str:
    """Say how a site is in one line."""
    told = [f"{count:,} {SIGNS[state].word.lower()}" for state in SIGNS if (count := site.counts.get(state, 0))]
    return ", ".join(told) or "no devices"


def _paths(sites: Sequence[Site], places: Mapping[str, tuple[float, float]], palette: Palette) -> Figure:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for site in sites:
        for other in sorted(site.near):
            if other in places and site.name < other:
                (x1, y1), (x2, y2) = places[site.name], places[other]
                xs += [x1, x2, None]
                ys += [y1, y2, None]
    line = {"color": palette.muted, "width": 1}
    return AXES | {"mode": "lines", "x": xs, "y": ys, "line": line, "hoverinfo": "skip"}


def _signs(
    sites: Sequence[Site], places: Mapping[str, tuple[float, float]], palette: Palette, chosen: str
) -> Iterator[Figure]:
    most = max((site.devices for site in sites), default=1) or 1
    kinds: dict[State | None, list[Site]] = defaultdict(list)
    for site in sites:
        kinds[site.worst].append(site)
    for state, some in kinds.items():
        colour = palette.of(state) if state else palette.muted
        width = [3 if site.name == chosen else 1.5 for site in some]
        edge = [palette.accent if site.name == chosen else colour for site in some]
        yield AXES | {
            "mode": "markers+text",
            "x": [places[site.name][0] for site in some],
            "y": [places[site.name][1] for site in some],
            "text": [plain(site.name) for site in some],
            "textposition": "bottom center",
            "customdata": [site.name for site in some],
            "hovertext": [f"{plain(site.name)}<br>{said(site)}" for site in some],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {
                "symbol": SYMBOLS[state] if state else "circle-open",
                "size": [_across(site, most) for site in some],
                "color": colour,
                "opacity": 1,
                "line": {"width": width, "color": edge},
            },
            "cliponaxis": False,
        }


def _counts(sites: Sequence[Site], places: Mapping[str, tuple[float, float]], palette: Palette) -> Figure:
    """Write into each sign that is large enough how many devices there are."""
    most = max((site.devices for site in sites), default=1) or 1
    large = [site for site in sites if _across(site, most) >= READABLE]
    return AXES | {
        "mode": "text",
        "x": [places[site.name][0] for site in large],
        "y": [places[site.name][1] for site in large],
        "text": [f"{site.devices:,}" for site in large],
        "textfont": {"color": [palette.text if _hollow(site) else palette.page for site in large]},
        "hoverinfo": "skip",
    }


def _hollow(site: Site) -> bool:
    return site.worst in (None, State.STALE)


def _across(site: Site, most: int) -> float:
    return LEAST + (MOST - LEAST) * math.sqrt(site.devices / most)


def _near(network: Network) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for link in network.links:
        one, other = network.nodes[link.one], network.nodes[link.other]
        if one.entry and other.entry and one.site and other.site and one.site != other.site:
            found[one.site].add(other.site)
            found[other.site].add(one.site)
    return {name: frozenset(others) for name, others in found.items()}


def _walk(sites: Mapping[str, Site]) -> Iterator[str]:
    """Go through the sites by name, each followed by those that it hears."""
    seen: set[str] = set()
    for name in sites:
        waiting = [name]
        for one in waiting:
            if one not in seen and one in sites:
                seen.add(one)
                yield one
                waiting += sorted(sites[one].near - seen)


def _severity(site: Site) -> int:
    return SEVERITY[site.worst] if site.worst else len(SEVERITY)
