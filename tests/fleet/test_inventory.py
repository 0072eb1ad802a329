"""Items by their keys, and what became of them between two readings, cut lists among them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import inventory
from fleet.errors import BadInput
from fleet.inventory import LONGEST_KEY, MOST_BYTES, Change, Fact, Field, Kind, Known, Shape, Stock, What, changes

PORTS = Kind("ports", "Ports", (Field("name", "The port."), Field("speed", "Its speed.", Shape.NUMBER)), ("name",), 5)
LINES = Kind("lines", "Lines", (Field("one", "An end."), Field("other", "The other end.")), ("one", "other"))
BOX = Kind("box", "Box", (Field("model", "What it is."), Field("seen", "When.", volatile=True)))

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f", "g"])
FACTS = st.dictionaries(st.sampled_from(["x", "y", "age"]), st.integers(0, 2), max_size=3)
HELD = st.dictionaries(NAMES, FACTS)


def ports(*names: str) -> Stock:
    return PORTS.stock([{"name": name} for name in names])


def keys(stock: Stock) -> list[str]:
    return [item.key for item in stock.items]


def known(stock: Stock) -> Known:
    return Known({item.key: item.facts for item in stock.items}, stock.cut)


def told(before: Stock, now: Stock, kind: Kind = PORTS) -> list[tuple[str, What]]:
    return [(change.key, change.what) for change in changes(known(before), now, kind.volatile)]


def test_items_are_in_the_order_of_their_keys_whatever_the_device_says_first() -> None:
    assert ports("b", "a", "c") == ports("c", "b", "a")
    assert keys(ports("b", "a")) == ["a", "b"]


def test_what_is_not_told_is_absent() -> None:
    (item,) = PORTS.stock([{"name": "a", "speed": None}]).items
    assert item.facts == {"name": "a"}
    assert PORTS.stock([{"name": None}, {}]) == Stock()


def test_a_kind_without_a_key_has_one_item() -> None:
    assert keys(BOX.stock([{"model": "hEX"}])) == [""]


def test_a_second_item_of_a_key_is_numbered_in_an_order_that_does_not_depend_on_the_device() -> None:
    rows: list[Mapping[str, Fact | None]] = [{"name": "a", "speed": n} for n in (3, 1, 2)]
    assert PORTS.stock(rows) == PORTS.stock(rows[::-1])
    assert [(item.key, item.facts["speed"]) for item in PORTS.stock(rows).items] == [
        ("a", 1),
        ("a #2", 2),
        ("a #3", 3),
    ]


def test_a_number_takes_no_name_that_another_bears() -> None:
    assert keys(ports("a #2", "a", "a")) == ["a", "a #2", "a #3"]


@given(st.lists(st.sampled_from(["a", "a #2", "a #3", "b|c", ""]), max_size=12))
def test_no_two_items_share_a_key(names: list[str]) -> None:
    kind = Kind("ports", "Ports", PORTS.fields, ("name",), 500)
    found = keys(kind.stock([{"name": name, "speed": 1} for name in names]))
    assert len(found) == len(set(found)) == len(names)
    assert found == sorted(found)


def test_parts_of_a_key_are_not_taken_for_one_another() -> None:
    rows: list[Mapping[str, Fact | None]] = [{"one": "a|b", "other": "c"}, {"one": "a", "other": "b|c"}]
    assert keys(LINES.stock(rows)) == ["a\\|b|c", "a|b\\|c"]


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_key_fits_into_its_column_and_tells_apart(one: str, other: str) -> None:
    first, second = (keys(ports(f"{'x' * 400}{name}"))[0] for name in (one, other))
    assert len(first.encode(errors="replace")) <= LONGEST_KEY
    assert (first == second) == (one == other)


def test_too_many_items_are_cut_and_it_is_told_how_many_there_were() -> None:
    stock = ports(*"hgfedcba")
    assert (keys(stock), stock.told, stock.cut) == (list("abcde"), 8, True)


def test_too_many_bytes_are_cut() -> None:
    long = "x" * (MOST_BYTES // 3)
    stock = PORTS.stock([{"name": name, "speed": 1} for name in (f"a{long}", f"b{long}", f"c{long}")])
    assert (len(stock.items), stock.told) == (2, 3)


def test_what_is_new_differs_or_is_gone_is_told() -> None:
    before = PORTS.stock([{"name": "a"}, {"name": "b", "speed": 10}, {"name": "c"}])
    now = PORTS.stock([{"name": "b", "speed": 100}, {"name": "c"}, {"name": "d"}])
    assert list(changes(known(before), now, ())) == [
        Change("a", What.REMOVED, {"name": "a"}, {}),
        Change("b", What.CHANGED, {"speed": 10}, {"speed": 100}),
        Change("d", What.ADDED, {}, {"name": "d"}),
    ]


def test_a_fact_that_comes_or_goes_is_a_change_of_its_item() -> None:
    before, now = PORTS.stock([{"name": "a", "speed": 10}]), ports("a")
    assert list(changes(known(before), now, ())) == [Change("a", What.CHANGED, {"speed": 10}, {})]
    assert list(changes(known(now), before, ())) == [Change("a", What.CHANGED, {}, {"speed": 10})]


def test_a_volatile_fact_is_never_a_change() -> None:
    before, now = BOX.stock([{"model": "hEX", "seen": "1"}]), BOX.stock([{"model": "hEX", "seen": "2"}])
    assert list(changes(known(before), now, BOX.volatile)) == []
    assert inventory.mark(before, BOX.volatile) == inventory.mark(now, BOX.volatile)
    assert inventory.mark(before, ()) != inventory.mark(now, ())


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [
        ("abcdef", "abcde", []),
        ("abcde", "abcdef", []),
        ("abcdef", "bcdefg", [("a", What.REMOVED)]),
        ("bcdefg", "abcdefg", [("a", What.ADDED)]),
        ("abcdefg", "abcdfgh", [("e", What.REMOVED)]),
        ("abcdfgh", "abcdefg", [("e", What.ADDED)]),
        ("abcdef", "abc", [("d", What.REMOVED), ("e", What.REMOVED)]),
        ("abc", "abcdef", [("d", What.ADDED), ("e", What.ADDED)]),
        ("abcdef", "", [(key, What.REMOVED) for key in "abcde"]),
    ],
)
def test_nothing_behind_the_cut_comes_or_goes(before: str, now: str, found: list[tuple[str, What]]) -> None:
    """Five are kept: what falls behind the fifth, or comes up from there, was there before and is there yet."""
    assert told(ports(*before), ports(*now)) == found


@given(HELD, HELD)
def test_the_changes_lead_from_what_was_to_what_is(
    before: dict[str, dict[str, int]], now: dict[str, dict[str, int]]
) -> None:
    stock = Stock(tuple(inventory.Item(key, now[key]) for key in sorted(now)), len(now))
    result = {key: dict(facts) for key, facts in before.items()}
    for change in changes(Known(before), stock, ()):
        if change.what is What.REMOVED:
            assert result.pop(change.key) == change.before
            continue
        item = result.setdefault(change.key, {})
        assert {name: item[name] for name in change.before} == change.before
        for name in change.before:
            del item[name]
        item.update(change.after)  # type: ignore[arg-type]
    assert result == now


@given(HELD, HELD)
def test_there_is_a_change_where_the_marks_differ(
    before: dict[str, dict[str, int]], now: dict[str, dict[str, int]]
) -> None:
    one, other = (Stock(tuple(inventory.Item(k, held[k]) for k in sorted(held)), len(held)) for held in (before, now))
    sorts = [
        Stock(tuple(inventory.Item(i.key, dict(sorted(i.facts.items()))) for i in s.items), s.told)
        for s in (one, other)
    ]
    same = inventory.mark(sorts[0], ("age",)) == inventory.mark(sorts[1], ("age",))
    assert same == (not list(changes(Known(before), other, ("age",))))


def test_a_declaration_that_makes_no_sense_is_refused() -> None:
    for name, fields, key in (
        ("Ports", (Field("name", ""),), ()),
        ("ports", (Field("name", ""), Field("name", "")), ()),
        ("ports", (Field("name", ""),), ("speed",)),
    ):
        with pytest.raises(ValueError, match=r"\w"):
            Kind(name, "", fields, key)
    with pytest.raises(ValueError, match="no name of a fact"):
        Field("Speed", "")


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="box") as refused:
        inventory.find({"ports": PORTS, "lines": LINES}, "box")
    assert "lines, ports" in refused.value.next_step
