"""Spans that are put together cover what they covered before, and each moment once."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleet import spans
from fleet.spans import Span

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


some = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 60)).map(lambda s: (at(s[0]), at(s[0] + s[1]))), max_size=12
)


def minutes(found: list[Span] | tuple[Span, ...]) -> list[datetime]:
    """Tell every minute that is in a span, as often as it is in one."""
    return sorted(at(m) for m in range(300) for start, end in found if start <= at(m) < end)


@given(some)
def test_merged_spans_cover_the_same_and_each_moment_once(found: list[Span]) -> None:
    merged = spans.merged(found)
    assert minutes(merged) == sorted(set(minutes(found)))
    assert list(merged) == sorted(merged)
    assert all(one[1] < two[0] for one, two in itertools.pairwise(merged))
    assert spans.length(merged) == timedelta(minutes=len(minutes(merged)))
    assert spans.merged(merged) == merged


@given(some, st.integers(0, 250), st.integers(1, 40))
def test_what_lies_within_a_range_is_what_lay_there(found: list[Span], start: int, length: int) -> None:
    inside = spans.within(found, at(start), at(start + length))
    assert minutes(inside) == [m for m in minutes(found) if at(start) <= m < at(start + length)]


def test_nothing_is_no_time() -> None:
    assert spans.merged([]) == ()
    assert spans.length([]) == timedelta(0)
