"""What holds for every collector, whatever a device says."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.families import Kind
from routeros.collector import MOST_FURTHER, MOST_PROBLEMS, Collector, Reading, Replies
from routeros.collectors import every, families, poe, radio
from routeros.simulator.device.model import PERSONAS, Model
from routeros.simulator.router import Router
from tests.routeros.simulator.desk import PASSWORD, Swift
from tests.routeros.simulator.telling import replies

FAMILIES = {"resource", "health", "interfaces", "wireless", "wireless_clients", "radio"} | {
    *("routing", "dhcp", "queues", "ppp", "poe", "conntrack")
}
MONITORED = {*poe.MONITORED, *radio.LEGACY, *radio.MODERN, "ret", "rx-signal"}
KEYS = sorted(MONITORED | {name for c in every().values() for command in c.commands for name in command.properties})
WORDS = "true no 0 -1 -62@1Mbps 1w2d 99999999999999999999 nan ether1 inf 1,2 3/4 1e999 cap 5500/ax/Ceee , -inf/nan"
RANGES = "10.0.0.1-10.0.0.9 10.0.0.0/0 10.0.0.9-10.0.0.1"
VALUES = st.one_of(st.sampled_from(["", "\0", *WORDS.split(), *RANGES.split()]), st.text(max_size=12))
ROWS = st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), max_size=4)


UNKNOWN = {
    "health": {"current_amperes", "power_watts", "fan3_speed_rpm", "fan4_speed_rpm"},
    "wireless_clients": {"rx_ccq_ratio"},
}
"""What no simulated device has: the boards that tell it are not among them."""


def router_of(persona: str, index: int = 0) -> Router:
    return Router(Model(3, index, (persona,)), Swift(), PASSWORD, "admin")


def test_the_collectors_are_found() -> None:
    assert set(families()) >= FAMILIES
    assert "identity" in every()


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_a_collector_asks_for_the_properties_it_wants_and_for_nothing_else(collector: Collector) -> None:
    for command in collector.commands + collector.seldom:
        assert command.menu.endswith("/print")
        assert command.properties or "count-only" in command.attributes
        assert len(set(command.properties)) == len(command.properties)
        assert 0 < command.rows <= 20_000


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_a_collector_and_its_family_bear_one_name(collector: Collector) -> None:
    assert collector.family is None or families()[collector.name] is collector.family


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_a_device_without_the_menus_hurts_nobody(collector: Collector) -> None:
    absent: Replies = [None for _ in collector.commands + collector.seldom]
    assert collector.read(absent).samples == ()
    assert collector.further(absent) == ()


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_a_menu_without_rows_says_that_there_is_nothing(collector: Collector) -> None:
    empty: Replies = [[] for _ in collector.commands + collector.seldom]
    assert collector.further(empty) == ()
    for sample in collector.read(empty).samples:
        assert (sample.labels, set(sample.values.values())) == ((), {0}), "a count of nothing is 0"


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
@settings(suppress_health_check=[HealthCheck.differing_executors])
@given(data=st.data())
def test_no_nonsense_makes_a_collector_raise_or_break_its_family(collector: Collector, data: st.DataObject) -> None:
    said = [data.draw(st.none() | ROWS) for _ in collector.commands + collector.seldom]
    further = collector.further(said)
    assert len(further) <= MOST_FURTHER
    said += [data.draw(st.none() | ROWS) for _ in further]
    keeps_its_family(collector, collector.read(said))
    if collector.idle is not None:
        assert collector.idle(said) in (True, False)


def keeps_its_family(collector: Collector, reading: Reading) -> None:
    names = {f.name for f in collector.family.fields} if collector.family else set()
    labels = [sample.labels for sample in reading.samples]
    assert len(set(labels)) == len(labels)
    assert len(reading.problems) <= MOST_PROBLEMS
    for sample in reading.samples:
        assert collector.family is not None
        assert len(sample.labels) == len(collector.family.labels)
        assert set(sample.values) <= names
        told = [value for value in sample.values.values() if value is not None]
        assert all(isinstance(value, int | float) and math.isfinite(value) for value in told)
        assert not any("\0" in label for label in sample.labels)
    assert not any("\0" in value or len(value) > 255 for value in reading.facts.values())


@pytest.mark.parametrize("persona", sorted(PERSONAS))
@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_every_device_is_read_without_a_problem(collector: Collector, persona: str) -> None:
    reading = collector.read(replies(router_of(persona), collector))
    assert reading.problems == ()
    keeps_its_family(collector, reading)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_family_is_filled_by_some_device(family: str) -> None:
    collector, filled = every()[family], set[str]()
    for persona, index in product(PERSONAS, range(4)):
        samples = collector.read(replies(router_of(persona, index), collector)).samples
        filled |= {name for sample in samples for name, value in sample.values.items() if value is not None}
    assert filled == {field.name for field in families()[family].fields} - UNKNOWN.get(family, set())


@pytest.mark.parametrize("family", families().values(), ids=lambda f: f.name)
def test_a_family_names_units_and_titles(family: object) -> None:
    for declared in family.fields:  # type: ignore[attr-defined]
        assert declared.title
        assert declared.unit or declared.kind is Kind.STATE or declared.name == "value"
