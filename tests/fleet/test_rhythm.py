"""The grid of what is done again and again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis.strategies import integers

from fleet import rhythm

DUE = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_next_time_lies_on_the_grid_and_what_was_missed_is_passed_over() -> None:
    assert rhythm.following(DUE, HOUR, DUE + timedelta(seconds=3)) == DUE + HOUR
    assert rhythm.following(DUE, HOUR, DUE) == DUE + HOUR
    assert rhythm.following(DUE, HOUR, DUE + HOUR) == DUE + 2 * HOUR
    assert rhythm.following(DUE, HOUR, DUE + timedelta(hours=7, minutes=59)) == DUE + 8 * HOUR


@given(integers(1, 10**6), integers(-(10**6), 10**9))
def test_it_is_the_first_such_time(every: int, late: int) -> None:
    span, now = timedelta(seconds=every), DUE + timedelta(milliseconds=late)
    found = rhythm.following(DUE, span, now)
    assert found > now
    assert found > DUE
    assert (found - DUE) % span == timedelta()
    assert found - span <= max(now, DUE)
