"""The map of sites: where they are, on land that we hold."""

from __future__ import annotations

import json

from dashboard import atlas
from dashboard.places import Site
from dashboard.theme import DARK
from fleet.belonging import Spot
from fleet.device import State

OSLO = Site("Oslo", 2, {State.DOWN: 1, State.UP: 1}, frozenset({"Bergen"}), Spot(59.91, 10.75))
BERGEN = Site("Bergen", 1, {State.UP: 1}, frozenset({"Oslo"}), Spot(60.39, 5.32))


def inside(x: float, y: float) -> bool:
    """Whether a point lies on land: a ray to the east crosses an outline an odd number of times."""
    crossings = 0
    for ring in atlas.land():
        for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
                crossings += 1
    return crossings % 2 == 1


def test_the_outline_is_that_of_the_earth() -> None:
    assert all(inside(x, y) for x, y in ((10, 61), (-100, 40), (135, -25), (25, 0), (100, 60), (-60, -10)))
    assert not any(inside(x, y) for x, y in ((-30, 30), (0, -20), (-150, 0), (80, -20), (2, 57)))


def test_sites_stand_where_they_are_by_the_state_of_their_worst_device() -> None:
    figure = atlas.draw([OSLO, BERGEN, Site("Nowhere", 1, {State.UP: 1}, frozenset())], DARK, "Oslo")
    signs = {t["customdata"][0]: t for t in figure["data"] if t.get("customdata")}
    assert set(signs) == {"Oslo", "Bergen"}
    assert (signs["Oslo"]["x"], signs["Oslo"]["y"]) == ([10.75], [59.91])
    assert (signs["Oslo"]["marker"]["symbol"], signs["Oslo"]["marker"]["color"]) == ("square", DARK.down)
    assert len(json.dumps(figure)) < 20_000
    assert "geo" not in figure["layout"]


def test_all_sites_are_seen_with_room_around_them() -> None:
    view = atlas.framed([(10.75, 59.91), (5.32, 60.39)])
    assert view.west < 5.32 < 10.75 < view.east
    assert view.south < 59.91 < 60.39 < view.north
    one = atlas.framed([(10.75, 59.91)])
    assert one.width >= atlas.NARROWEST
    assert atlas.framed([]).width == 360
