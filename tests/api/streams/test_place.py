"""An id survives the round trip, nobody goes back, and what is no id is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.streams import place
from api.streams.place import Place
from tests.api.streams.samples import AT

MARKS = ("00ff", "1234", "abcd")
sequences = st.tuples(*[st.integers(0, 2**63 - 1)] * 3)


@given(sequences)
def test_an_id_survives_the_round_trip(numbers: tuple[int, ...]) -> None:
    assert place.read(str(Place(MARKS, numbers))) == Place(MARKS, numbers)


@pytest.mark.parametrize(
    "text", ["", "7", "00ff-1.1234-2", "00ff-1.1234-2.abcd-x", "00ff-1.1234-2.abcd-3\n", "00FF-1.1234-2.abcd-3"]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert place.read(text) is None


@given(sequences, sequences)
def test_the_farther_of_two_places_is_behind_neither(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    met = Place(MARKS, one).beside(Place(MARKS, other))
    assert met.sequences == tuple(max(pair) for pair in zip(one, other, strict=True))


def test_nobody_goes_back_in_a_stream() -> None:
    here = Place(MARKS, (5, 5, 5))
    assert here.at(1, 4) == here
    assert here.at(1, 9).sequences == (5, 9, 5)


def test_a_stream_that_was_made_anew_counts_again() -> None:
    anew = Place(MARKS, (500, 5, 5)).anew(0, Place(("0001", "0002", "0003"), (3, 9, 9)))
    assert (anew.marks, anew.sequences) == (("0001", "1234", "abcd"), (3, 5, 5))
    assert place.mark(AT) == place.mark(AT)
    assert len(place.mark(AT)) == 4
