"""Sites and their plan: pure."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from dashboard import places
from dashboard.places import Site
from dashboard.roster import Entry
from dashboard.theme import DARK
from fleet.belonging import NO_SITE
from fleet.device import State
from fleet.identity import DeviceId
from tests.dashboard.test_feed import ROW


def entry(number: int, site: str | None, state: State) -> Entry:
    return Entry(replace(ROW, id=DeviceId(UUID(int=number)), site=site, state=state), state, None, "")


FLEET = [
    entry(1, "Cork", State.UP),
    entry(2, "Cork", State.DOWN),
    entry(3, "Bern", State.UP),
    entry(4, None, State.UP),
]


def test_devices_are_summed_up_by_their_sites_and_an_empty_site_is_one() -> None:
    found = {site.name: site for site in places.of(FLEET, {"Aarhus": None})}
    assert {name: site.devices for name, site in found.items()} == {NO_SITE: 1, "Aarhus": 0, "Bern": 1, "Cork": 2}
    assert (found["Cork"].worst, found["Cork"].troubled, found["Aarhus"].worst) == (State.DOWN, 1, None)
    assert places.said(found["Cork"]) == "1 down, 1 up"


def test_trouble_comes_first() -> None:
    ranked = places.ranked(places.of(FLEET, {"Aarhus": None}))
    assert [site.name for site in ranked] == ["Cork", NO_SITE, "Bern", "Aarhus"]


def test_every_site_has_a_place_of_its_own_and_neighbours_are_near() -> None:
    sites = [Site(name, 1, {}, frozenset("z" if name == "a" else "a" if name == "z" else "")) for name in "abcdefz"]
    found = places.lay(sites)
    assert len(set(found.values())) == 7
    assert found["z"] == (found["a"][0] + 1, found["a"][1])


def test_the_plan_tells_states_by_shape() -> None:
    figure = places.draw(places.of(FLEET, {}), DARK, "Cork")
    shapes = {trace["marker"]["symbol"]: trace["customdata"] for trace in figure["data"] if "customdata" in trace}
    assert shapes == {"square": ["Cork"], "circle": [NO_SITE, "Bern"]}


def test_a_plan_of_nothing_is_empty() -> None:
    assert places.lay([]) == {}
    assert places.draw([], DARK)["data"][0]["x"] == []
