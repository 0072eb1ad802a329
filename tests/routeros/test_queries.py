"""Query words mean to a router what their expression means in Python."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeros.queries import Key, Query, Value, where
from routeros.simulator.queries import matches
from routeros.words import Command, Row

NAMES = ("type", "disabled", "mtu", "comment", ".id", "802.1x-port-enabled")
VALUES = st.one_of(
    st.sampled_from(["ether", "vlan", "", "a=b", "ünïcode", "*1A", "?x", "#|"]), st.integers(-5, 5), st.booleans()
)


def told(value: Value) -> str:
    """Write a value as a router tells it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


ROWS = st.dictionaries(st.sampled_from(NAMES), VALUES.map(told))


@dataclass(frozen=True)
class Meaning:
    """A query, and what it means in Python."""

    query: Query
    holds: Callable[[Row], bool]


def number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def compared(name: str, compare: Callable[[object, object], bool], value: Value) -> Callable[[Row], bool]:
    """Compare a property as a router does: as numbers where both are."""

    def holds(row: Row) -> bool:
        if name not in row:
            return False
        found, wanted = row[name], told(value)
        numbers = number(found), number(wanted)
        return compare(*numbers) if None not in numbers else compare(found, wanted)

    return holds


def leaf(name: str, kind: str, value: Value) -> Meaning:
    key = Key(name)
    match kind:
        case "==":
            return Meaning(key == value, lambda row: row.get(name) == told(value))
        case "!=":
            return Meaning(key != value, lambda row: row.get(name) != told(value))
        case "<":
            return Meaning(key < value, compared(name, operator.lt, value))
        case ">":
            return Meaning(key > value, compared(name, operator.gt, value))
        case "given":
            return Meaning(key.given, lambda row: name in row)
    return Meaning(key.missing, lambda row: name not in row)


def among(name: str, values: list[Value]) -> Meaning:
    return Meaning(Key(name).among(*values), lambda row: row.get(name) in [told(value) for value in values])


LEAVES = st.one_of(
    st.builds(leaf, st.sampled_from(NAMES), st.sampled_from(["==", "!=", "<", ">", "given", "missing"]), VALUES),
    st.builds(among, st.sampled_from(NAMES), st.lists(VALUES, min_size=1, max_size=4)),
)


def joined(inner: st.SearchStrategy[Meaning]) -> st.SearchStrategy[Meaning]:
    def both(a: Meaning, b: Meaning) -> Meaning:
        return Meaning(a.query & b.query, lambda row: a.holds(row) and b.holds(row))

    def either(a: Meaning, b: Meaning) -> Meaning:
        return Meaning(a.query | b.query, lambda row: a.holds(row) or b.holds(row))

    def neither(a: Meaning) -> Meaning:
        return Meaning(~a.query, lambda row: not a.holds(row))

    return st.one_of(st.builds(both, inner, inner), st.builds(either, inner, inner), st.builds(neither, inner))


@settings(max_examples=60)
@given(st.lists(st.recursive(LEAVES, joined, max_leaves=8), max_size=3), st.lists(ROWS, max_size=4))
def test_the_words_mean_what_the_expression_means(meanings: list[Meaning], rows: list[Row]) -> None:
    words = where(*(meaning.query for meaning in meanings))
    Command("/interface/print", queries=words)
    for row in rows:
        assert matches(row, [word[1:] for word in words]) is all(meaning.holds(row) for meaning in meanings)


def test_the_words_are_those_of_the_manual() -> None:
    kind = Key("type")
    assert where((kind == "ether") | (kind == "vlan")) == ("?=type=ether", "?=type=vlan", "?#|")
    assert where(Key("comment") > "") == ("?>comment=",)
    assert where(Key("disabled") == False, kind != "vlan") == ("?=disabled=no", "?=type=vlan", "?#!")  # noqa: E712
    assert where(kind.given & Key("mtu").missing) == ("?type", "?-mtu", "?#&")
    assert where() == ()


def test_a_number_is_no_boolean() -> None:
    assert where(Key("mtu").among(1, 0)) == ("?=mtu=1", "?=mtu=0", "?#|")


def test_a_query_can_be_used_again() -> None:
    query = Key("type") == "ether"
    assert where(query & query) == ("?=type=ether", "?=type=ether", "?#&")
    assert where(query) == ("?=type=ether",)


def test_and_or_and_not_are_not_python_s() -> None:
    with pytest.raises(TypeError, match="&"):
        _ = (Key("a") == "b") and (Key("c") == "d")


@pytest.mark.parametrize("name", ["", "-x", "<x", ">x", "#|", "=x", "a=b", "a b", "x\n"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        Key(name)


def test_a_choice_among_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        Key("type").among()
