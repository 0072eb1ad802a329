"""The map of the sites: coordinates as they are (equirectangular), over a coarse outline of land that we hold. Pure.

Nothing is asked of anybody for it: no tiles, and none of plotly's own maps, which load their outlines from elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final, TypeAlias

from dashboard import places, planes
from dashboard.figures import Figure
from dashboard.places import Site
from dashboard.planes import AXES
from dashboard.theme import Palette

LAND: Final = Path(__file__).with_name("land.json")
"""Rings of Natural Earth (public domain), each point told by how far it lies from the one before."""

HEIGHT = 440
NARROWEST = 8.0
"""Degrees that a map shows at least: the outline is too coarse to look closer."""

ROOM = 0.15
"""How much of its width and height lies around the outermost sites."""

STEPS = (1, 2, 5, 10, 15, 30)
"""Degrees between two lines of the net."""

LINES = 6
NAMED = 40
"""So many sites have their names beside them."""

Ring: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class View:
    """What a map shows, in degrees."""

    west: float
    east: float
    south: float
    north: float

    @property
    def width(self) -> float:
        return self.east - self.west

    @property
    def height(self) -> float:
        return self.north - self.south

    def wider(self) -> View:
        """Widen it by its own size on each side: a screen of another shape shows that too."""
        return View(
            self.west - self.width, self.east + self.width, self.south - self.height, self.north + self.height
        )

    def touches(self, ring: Ring) -> bool:
        """Tell whether something of a ring may lie in it."""
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        return min(xs) <= self.east and max(xs) >= self.west and min(ys) <= self.north and max(ys) >= self.south


def draw(sites: Sequence[Site], palette: Palette, chosen: str = "") -> Figure:
    """Draw the sites whose place on the earth is known."""
    shown = [site for site in places.ranked(sites) if site.spot][: places.DRAWN]
    spots = {site.name: (site.spot.longitude, site.spot.latitude) for site in shown if site.spot}
    view = framed(list(spots.values()))
    signs = places.traces(shown, spots, palette, chosen)
    if len(shown) > NAMED:
        signs = [trace | {"mode": "markers"} if trace["mode"] == "markers+text" else trace for trace in signs]
    return {"data": [_land(view, palette), *signs], "layout": _layout(view, palette)}


def framed(spots: Sequence[tuple[float, float]]) -> View:
    """Choose what a map shows so that all spots are seen with room around them."""
    if not spots:
        return View(-180, 180, -60, 85)
    (west, east), (south, north) = ((min(along), max(along)) for along in zip(*spots, strict=True))
    across = max((east - west) * (1 + 2 * ROOM), NARROWEST)
    down = max((north - south) * (1 + 2 * ROOM), NARROWEST / 2)
    x, y = (west + east) / 2, (south + north) / 2
    return View(x - across / 2, x + across / 2, max(y - down / 2, -90), min(y + down / 2, 90))


@cache
def land() -> tuple[Ring, ...]:
    """Read the outline of all land, as rings of longitude and latitude."""
    rings = json.loads(LAND.read_text())["rings"]
    return tuple(
        tuple((x / 10, y / 10) for x, y in zip(accumulate(ring[::2]), accumulate(ring[1::2]), strict=True))
        for ring in rings
    )


def _land(view: View, palette: Palette) -> Figure:
    """Fill the land that can be seen."""
    points = list(_points(view.wider()))
    return AXES | {
        "mode": "lines",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "fill": "toself",
        "fillcolor": palette.raised,
        "line": {"color": palette.line, "width": 1},
        "hoverinfo": "skip",
    }


def _points(view: View) -> Iterator[tuple[float | None, float | None]]:
    for ring in land():
        if view.touches(ring):
            yield from ring
            yield ring[0]
            yield None, None


def _layout(view: View, palette: Palette) -> Figure:
    """Lay out a net of meridians and parallels; in the middle of the map its cells are true to shape."""
    step = next((s for s in STEPS if max(view.width, view.height) / s <= LINES), STEPS[-1])
    laid = planes.layout(HEIGHT, (view.west, view.east), (view.south, view.north), palette)
    net = {
        "visible": True,
        "dtick": step,
        "tick0": 0,
        "gridcolor": palette.grid,
        "zeroline": False,
        "ticksuffix": "°",
        "tickfont": {"color": palette.muted, "size": 10},
    }
    middle = math.cos(math.radians((view.south + view.north) / 2))
    laid["xaxis2"] |= net
    laid["yaxis2"] |= net | {"scaleanchor": "x2", "scaleratio": round(1 / max(middle, 0.2), 4)}
    return laid | {"margin": {"l": 36, "r": 8, "t": 8, "b": 24}}
