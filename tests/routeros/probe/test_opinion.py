"""Two readings compared: what librouteros is known to lose is explained, and everything else is a real difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from librouteros.protocol import parse_word

from routeros.errors import Trap
from routeros.probe.opinion import Cast, Difference, compare
from routeros.words import Row


def differ(ours: list[Row], theirs: list[dict[str, Cast]]) -> list[Difference]:
    return list(compare("/x", ours, theirs))


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        ("123", 123, "int"),
        ("-5", -5, "int"),
        ("no", False, "bool"),
        ("yes", True, "bool"),
        ("caf\xe9 \u016b", "caf ", "ASCII"),
        ("\u016b12", 12, "ASCII are dropped, read as int"),
    ],
)
def test_a_known_loss_is_explained(ours: str, theirs: Cast, why: str) -> None:
    (found,) = differ([{"comment": ours}], [{"comment": theirs}])
    assert why in found.why
    assert not found.real
    assert (found.ours, found.theirs) == (repr(ours), repr(theirs))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("123", 124), ("no", True), ("a", "b"), ("0012", 12), ("1", True), ("caf\xe9", "cafe"), ("0", False)],
)
def test_any_other_value_is_a_real_difference(ours: str, theirs: Cast) -> None:
    (found,) = differ([{"comment": ours}], [{"comment": theirs}])
    assert found.real


@pytest.mark.parametrize("same", ["", "0012", "7.16", "True", "a b"])
def test_equal_text_is_no_difference(same: str) -> None:
    assert differ([{"name": same}], [{"name": same}]) == []


def test_rows_are_matched_by_their_id() -> None:
    ours = [{".id": "*1", "name": "a"}, {".id": "*2", "name": "b"}]
    (found,) = differ(ours, [{".id": "*2", "name": "b"}])
    assert (found.ours, found.theirs, found.real) == ("row *1", "no row", True)
    (found,) = differ(ours[:1], [{".id": "*1", "name": "a"}, {".id": "*3", "name": "c"}])
    assert (found.theirs, found.real) == ("row *3", True)


def test_empty_rows_are_dropped_by_librouteros_and_counted_once() -> None:
    (found,) = differ([{}, {"comment": "a"}, {}], [{"comment": "a"}])
    assert (found.count, found.real) == (2, False)


def test_dynamic_rows_come_and_go() -> None:
    assert differ([{".id": "*1", "dynamic": "true"}], [{".id": "*2", "dynamic": True}]) == []


def test_a_property_that_only_one_has_is_real() -> None:
    assert {d.name for d in differ([{"a": "x", "c": "z"}], [{"b": "y", "c": "z"}]) if d.real} == {"a", "b"}


def test_like_differences_are_counted_together() -> None:
    (found,) = differ([{"a": "1"}, {"a": "2"}], [{"a": 1}, {"a": 2}])
    assert (found.count, found.ours) == (2, "'1'")


def test_refusals_are_compared() -> None:
    refusal = Trap(None, "no such command prefix")
    assert compare("/x", refusal, "no such command prefix") == ()
    assert compare("/x", refusal, "failure")[0].real
    assert compare("/x", refusal, [])[0].real
    assert compare("/x", [], "failure")[0].real


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(max_size=6), min_size=1), max_size=4))
def test_what_librouteros_would_read_is_never_a_real_difference(ours: list[Row]) -> None:
    theirs = [
        {name: parse_word(f"=x={value.encode('ascii', 'ignore').decode()}")[1] for name, value in row.items()}
        for row in ours
    ]
    assert [found for found in differ(ours, theirs) if found.real] == []
