"""What holds for every collector, whatever a device says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.families import Kind
from routeros.collector import MOST_PROBLEMS, Collector, Replies
from routeros.collectors import every, families

KEYS = sorted({name for c in every().values() for command in c.commands for name in command.properties})
VALUES = st.one_of(
    st.sampled_from(
        ["", "true", "no", "0", "-1", "-62@1Mbps", "1w2d", "99999999999999999999", "nan", "ether1", "\0"]
    ),
    st.text(max_size=12),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), max_size=4)


def test_the_five_collectors_are_found() -> None:
    assert {"resource", "health", "interfaces", "wireless", "identity"} <= set(every())


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_a_collector_asks_for_the_properties_it_wants_and_for_nothing_else(collector: Collector) -> None:
    for command in collector.commands:
        assert command.menu.endswith("/print")
        assert command.properties
        assert len(set(command.properties)) == len(command.properties)


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_a_collector_and_its_family_bear_one_name(collector: Collector) -> None:
    assert collector.family is None or families()[collector.name] is collector.family


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
def test_a_device_without_the_menus_hurts_nobody(collector: Collector) -> None:
    absent: Replies = [None for _ in collector.commands]
    empty: Replies = [[] for _ in collector.commands]
    assert collector.read(absent).samples == collector.read(empty).samples == ()


@pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
@settings(suppress_health_check=[HealthCheck.differing_executors])
@given(data=st.data())
def test_no_nonsense_makes_a_collector_raise_or_break_its_family(collector: Collector, data: st.DataObject) -> None:
    replies: Replies = [data.draw(st.none() | ROWS) for _ in collector.commands]
    reading = collector.read(replies)
    names = {f.name for f in collector.family.fields} if collector.family else set()
    labels = [sample.labels for sample in reading.samples]
    assert len(set(labels)) == len(labels)
    assert len(reading.problems) <= MOST_PROBLEMS
    for sample in reading.samples:
        assert collector.family is not None
        assert len(sample.labels) == len(collector.family.labels)
        assert set(sample.values) <= names
        assert all(value is None or isinstance(value, int | float) for value in sample.values.values())
        assert not any("\0" in label for label in sample.labels)
    assert not any("\0" in value or len(value) > 255 for value in reading.facts.values())


@pytest.mark.parametrize("family", families().values(), ids=lambda f: f.name)
def test_a_family_names_units_and_titles(family: object) -> None:
    for declared in family.fields:  # type: ignore[attr-defined]
        assert declared.title
        assert declared.unit or declared.kind is Kind.STATE or declared.name == "value"
