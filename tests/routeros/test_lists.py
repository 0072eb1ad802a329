"""Several values in one property: as devices send them, and parse ∘ format = id."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeros import lists
from routeros.lists import Pair, Strength

COUNTS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("established,related,untracked", ("established", "related", "untracked")), ("a", ("a",)), ("", ())],
)
def test_a_list_is_read(raw: str, expected: tuple[str, ...]) -> None:
    assert lists.items(raw) == expected


@given(st.lists(st.text('ab ="é\0;*', min_size=1, max_size=5), max_size=5))
def test_a_list_survives_the_round_trip(listed: list[str]) -> None:
    assert lists.items(lists.format_items(listed)) == tuple(listed)


@pytest.mark.parametrize("item", ["", "a,b"])
def test_what_cannot_stand_in_a_list_is_refused(item: str) -> None:
    with pytest.raises(ValueError, match="cannot stand"):
        lists.format_items(["x", item])


def test_a_pair_is_what_was_sent_and_what_was_received() -> None:
    assert lists.pair("17536671,2966351") == Pair(tx=17_536_671, rx=2_966_351)


@given(st.builds(Pair, COUNTS, COUNTS))
def test_a_pair_survives_the_round_trip(pair: Pair) -> None:
    assert lists.pair(str(pair)) == pair


@pytest.mark.parametrize("raw", ["1", "1,2,3", "1,", ",1", "1, 2", "a,b"])
def test_what_is_no_pair_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        lists.pair(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("-62@1Mbps 16s330ms", Strength(-62, "1Mbps", timedelta(seconds=16, milliseconds=330))),
        ("-65@HT20-3 52m6s30ms", Strength(-65, "HT20-3", timedelta(minutes=52, seconds=6, milliseconds=30))),
        ("-74dBm@6Mbps 10ms", Strength(-74, "6Mbps", timedelta(milliseconds=10))),
        ("-65dBm@1Mbps 0ms", Strength(-65, "1Mbps", timedelta())),
    ],
)
def test_a_strength_is_read(raw: str, expected: Strength) -> None:
    assert lists.strengths(f"{raw},{raw}") == (expected, expected)


STRENGTHS = st.builds(
    Strength,
    st.integers(-120, 10),
    st.sampled_from(["1Mbps", "54Mbps", "HT20-7", "HT40-15"]),
    st.timedeltas(timedelta(), timedelta(weeks=50)),
)


@given(st.lists(STRENGTHS, max_size=5))
def test_strengths_survive_the_round_trip(found: list[Strength]) -> None:
    assert lists.strengths(",".join(map(str, found))) == tuple(found)


@pytest.mark.parametrize("raw", ["-62", "-62@ 1s", "-62@1Mbps", "@1Mbps 1s", "-62@1Mbps 1s,"])
def test_what_is_no_strength_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="is no"):
        lists.strengths(raw)
