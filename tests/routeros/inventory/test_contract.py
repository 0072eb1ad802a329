"""What holds for every kind of the inventory, whatever a device says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.backups import WATCHING
from fleet.families import Cycle
from fleet.inventory import MOST_BYTES, Fact, Kind, Shape
from routeros import collectors
from routeros.collector import MOST_PROBLEMS, Collector, Replies
from routeros.inventory import every, kinds
from routeros.values import LONGEST_TEXT

KEYS = sorted({name for c in every().values() for command in c.commands for name in command.properties})
VALUES = st.one_of(
    st.sampled_from(
        ["", "true", "no", "0", "-1", "1500", "auto", "7.16 (stable)", "<pppoe-ann>", "ether1", "\0", "|"]
    ),
    st.text(max_size=12),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), max_size=4)
TYPES: dict[Shape, tuple[type[Fact], ...]] = {Shape.TEXT: (str,), Shape.NUMBER: (int, float), Shape.FLAG: (bool,)}

EACH = pytest.mark.parametrize("collector", every().values(), ids=lambda c: c.name)
EVERY_KIND = pytest.mark.parametrize("kind", kinds().values(), ids=lambda k: k.name)

WITHOUT_OURS = {"after", "limit", "q", "gone"}
"""What a list of items can be asked for besides the facts of its kind."""


def test_the_kinds_are_found() -> None:
    assert set(kinds()) >= {
        *("identity", "resource", "routerboard", "packages", "device_mode", "addresses", "interfaces"),
        *("neighbours", "routes", "users", "services", "firmware", "history"),
    }


def test_every_poll_asks_for_the_resources_once() -> None:
    """The simulator counts polls by that command, and a device need not be asked twice."""
    asked = {c for one in (*collectors.every().values(), *every().values()) for c in one.commands}
    assert [c.menu for c in asked].count("/system/resource/print") == 1


def test_no_collector_bears_the_name_of_one_that_measures() -> None:
    assert not set(every()) & set(collectors.every())


@EACH
def test_nothing_is_asked_in_every_poll_but_the_history_that_is_watched(collector: Collector) -> None:
    assert (collector.cycle is Cycle.FAST) == (collector.name == WATCHING)
    assert collector.family is None


@EACH
def test_a_collector_asks_for_the_properties_it_wants_and_changes_nothing(collector: Collector) -> None:
    for command in collector.commands:
        assert command.menu.rsplit("/", 1)[1] in ("print", "check-for-updates")
        assert command.properties
        assert len(set(command.properties)) == len(command.properties)
        assert not {"password", "secret", "private-key", "key"} & set(command.properties)


@EVERY_KIND
def test_a_kind_says_what_its_facts_mean(kind: Kind) -> None:
    assert kind.title
    assert all(field.about.endswith(".") for field in kind.fields)


@EVERY_KIND
def test_a_kind_can_be_asked_for(kind: Kind) -> None:
    """Its name is a path beside the catalogue and the changes, its facts are parameters beside ours."""
    assert kind.name not in ("changes", "kinds")
    assert not {field.name for field in kind.fields} & WITHOUT_OURS


def test_what_a_device_may_fill_is_bounded() -> None:
    assert sum(kind.most if kind.key else 1 for kind in kinds().values()) <= 3000
    assert len(kinds()) * MOST_BYTES <= 4 * 2**20


@EACH
def test_a_device_without_the_menus_has_nothing_of_the_kind(collector: Collector) -> None:
    absent: Replies = [None for _ in collector.commands]
    reading = collector.read(absent)
    assert reading.problems == ()
    if collector.kind is not None:
        assert reading.stock is not None
        assert reading.stock.items == ()


@pytest.mark.parametrize(
    "collector",
    [c for c in every().values() if c.kind and not c.kind.key and c.name != WATCHING],
    ids=lambda c: c.name,
)
def test_a_menu_with_one_row_that_tells_none_was_not_read(collector: Collector) -> None:
    assert collector.read([[] for _ in collector.commands]).stock is None


@EACH
@settings(suppress_health_check=[HealthCheck.differing_executors])
@given(data=st.data())
def test_no_nonsense_makes_a_collector_raise_or_break_its_kind(collector: Collector, data: st.DataObject) -> None:
    reading = collector.read([data.draw(st.none() | ROWS) for _ in collector.commands])
    assert len(reading.problems) <= MOST_PROBLEMS
    assert (reading.samples, dict(reading.facts)) == ((), {})
    if collector.kind is None or reading.stock is None:
        return
    shapes = {field.name: field.shape for field in collector.kind.fields}
    assert len({item.key for item in reading.stock.items}) == len(reading.stock.items) <= reading.stock.told
    for item in reading.stock.items:
        for name, fact in item.facts.items():
            assert type(fact) in TYPES[shapes[name]]
            assert not isinstance(fact, str) or (0 < len(fact) <= LONGEST_TEXT and "\0" not in fact)
