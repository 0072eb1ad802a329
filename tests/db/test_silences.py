"""When a device was silent: what lies between its answers and is long enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from db.silences import gaps
from fleet.spans import Span

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def polls(*minutes: float) -> list[Span]:
    return [(at(minute), at(minute + 1)) for minute in minutes]


@pytest.mark.parametrize(
    ("answers", "silent"),
    [
        ([], [(0, 10)]),
        (polls(*range(10)), []),
        (polls(0, 1, 2, 4, 5, 6, 7, 8, 9), []),
        (polls(0, 1, 2, 5, 6, 7, 8, 9), [(3, 5)]),
        (polls(3, 4, 5, 6), [(0, 3), (7, 10)]),
        (polls(-1, 0, 8, 9), [(1, 8)]),
        ([(at(0), at(5)), (at(2), at(3)), *polls(5, 6, 7, 8)], []),
        ([(at(0), at(5))], [(5, 10)]),
    ],
)
def test_what_lies_between_answers_is_silence(answers: list[Span], silent: list[tuple[int, int]]) -> None:
    found = list(gaps(answers, (at(0), at(10)), timedelta(minutes=1.5)))
    assert found == [(at(start), at(end)) for start, end in silent]
