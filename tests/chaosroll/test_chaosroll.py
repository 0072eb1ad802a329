"""A slice of the runs in which a rollout loses its job and the owners of its devices, and what befalls routers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fleet.rollouts import RolloutState
from tests.chaosroll import abreast, points, runs
from tests.chaosroll.fleet import BOARDS, MISHAPS, SIZE, below, parent
from tests.chaosroll.job import Death
from tests.chaosroll.parties import FAULTS
from tests.chaosroll.points import BOTH, JOB, OWNER, SLEEPER, Blow, Points
from tests.chaosroll.shelf import Shelf
from tests.chaosroll.world import Wish
from tests.fixtures.database import Template, copy

STRUCK = Points(
    (
        Blow(JOB, "stage:staged:done", 20, before=False),
        Blow(OWNER, "install:rebooting", 5, before=False),
        Blow(BOTH, "install:rebooting", 30, before=True),
        Blow(SLEEPER, "boot:routerboot", 6, before=False),
        Blow(OWNER, "install:verifying", 40, before=True),
        Blow(JOB, "boot:done:done", 9, before=True),
    ),
    (Death(3, "before"), Death(5, "after"), Death(9, "committed")),
)


@pytest.fixture(scope="module")
def shelf(native: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    with copy(native) as database:
        made = Shelf(dict(database.urls), str(tmp_path_factory.mktemp("mirror")))
        made.fill()
        yield made


def test_whatever_befalls_routers_and_whoever_is_lost_each_ends_truly_and_children_come_first(shelf: Shelf) -> None:
    places = dict(zip(BOARDS, MISHAPS.values(), strict=False))
    assert len(places) == len(MISHAPS)
    found = runs.run(shelf, Wish(places, STRUCK))
    assert found.wrong == []
    assert found.state is RolloutState.DONE
    assert len(found.struck) == len(STRUCK.blows)
    assert found.lost["jobs"] >= len(STRUCK.deaths)
    assert found.lost[OWNER] + found.lost[BOTH] + found.lost[SLEEPER] == 4


def test_every_edge_is_struck_by_everybody_before_and_after() -> None:
    known = [("stage:staging", 60), ("install:rebooting", 55)]
    drawn = [points.drawn(number, known, 500) for number in range(16)]
    assert {(one.blows[0].edge, one.blows[0].who, one.blows[0].before) for one in drawn} == {
        (name, who, before) for name, _ in known for who in points.WHO for before in (True, False)
    }


def test_through_ray_each_edge_falls_to_everybody_in_five_rounds() -> None:
    struck = {(one.who, one.edge) for number in range(5) for one in abreast.drawn(number)}
    assert struck == {(who, edge) for who in abreast.VICTIMS for edge in abreast.EDGES}
    assert all({one.name for one in abreast.befallen(number).values()} == set(FAULTS) for number in range(20))


def test_the_fleet_has_three_levels() -> None:
    assert {parent(place) for place in range(10)} == {None, 0, 1}
    assert below(0) | below(1) == set(range(2, SIZE))
