"""Marks: what is to be there is known again, whoever else changed something, and no value is written down."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from routeros.plan import commands
from routeros.push.marks import Expected, Marker, names

FILTER, LIST = "/ip/firewall/filter", "/ip/firewall/address-list"
ADD = "/ip firewall filter add chain=input comment=new"
MARKER = Marker(b"k" * 32, {FILTER: ("chain", "comment"), LIST: ("address", "list")})


def rule(number: int, comment: str) -> dict[str, str]:
    return {".id": f"*{number:X}", "chain": "input", "comment": comment}


OLD, NEW, OTHER = rule(1, "old"), rule(2, "new"), rule(3, "other")
EXPECTED = MARKER.expected({FILTER: [OLD]}, {FILTER: [OLD, NEW]}, {(FILTER, "*2")})


def test_the_properties_that_matter_are_those_that_are_said() -> None:
    text = (
        f"{ADD}\n/system clock set time=10:00:00 time-zone-name=UTC\n/ip firewall filter remove [find chain=output]"
    )
    assert names(commands.read(text)) == {FILTER: ("chain", "comment"), "/system/clock": ("time-zone-name",)}


def test_what_was_seen_is_found_again() -> None:
    assert MARKER.holds(EXPECTED, {FILTER: [OLD, NEW]})
    assert not MARKER.holds(EXPECTED, {FILTER: [OLD]})
    assert not MARKER.holds(EXPECTED, {})


def test_ids_mean_nothing() -> None:
    assert MARKER.holds(EXPECTED, {FILTER: [{**OLD, ".id": "*A"}, {**NEW, ".id": "*B"}]})


def test_what_somebody_else_added_does_not_hide_it() -> None:
    assert MARKER.holds(EXPECTED, {FILTER: [OTHER, OLD, NEW]})
    assert not MARKER.holds(EXPECTED, {FILTER: [OTHER, OLD]})


def test_what_was_removed_must_stay_away() -> None:
    removed = MARKER.expected({FILTER: [OLD, NEW]}, {FILTER: [NEW]}, set())
    assert MARKER.holds(removed, {FILTER: [NEW]})
    assert not MARKER.holds(removed, {FILTER: [NEW, OLD, OTHER]})


def test_the_order_counts_where_it_has_a_meaning() -> None:
    both = {(FILTER, "*1"), (FILTER, "*2")}
    ordered = MARKER.expected({FILTER: []}, {FILTER: [OLD, NEW]}, both)
    assert MARKER.holds(ordered, {FILTER: [OLD, OTHER, NEW]})
    assert not MARKER.holds(ordered, {FILTER: [NEW, OTHER, OLD]})
    rows = [{".id": f"*{n}", "address": f"192.0.2.{n}", "list": "x"} for n in range(3)]
    unordered = MARKER.expected({LIST: []}, {LIST: rows[:2]}, {(LIST, "*0"), (LIST, "*1")})
    assert MARKER.holds(unordered, {LIST: [rows[1], rows[2], rows[0]]})


def test_the_journal_holds_no_value() -> None:
    written = json.dumps(EXPECTED.written())
    assert "old" not in written
    assert Expected.read(json.loads(written)) == EXPECTED


def test_another_change_makes_other_marks() -> None:
    other = Marker(b"x" * 32, MARKER.names)
    assert other.expected({FILTER: [OLD]}, {FILTER: [OLD, NEW]}, set()).whole != EXPECTED.whole


@given(st.lists(st.text(max_size=3), max_size=5), st.lists(st.text(max_size=3), max_size=5))
def test_equal_rows_are_held_and_others_are_not(one: list[str], two: list[str]) -> None:
    first, second = ([rule(n, text) for n, text in enumerate(texts)] for texts in (one, two))
    everything = {(FILTER, row[".id"]) for row in first}
    expected = MARKER.expected({FILTER: second}, {FILTER: first}, everything)
    assert MARKER.holds(expected, {FILTER: first})
    assert MARKER.holds(expected, {FILTER: second}) <= (set(one) <= set(two))
