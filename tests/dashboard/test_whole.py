"""Steps and ranges of what is asked of the whole fleet: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import whole
from db.ranges import Range

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = Range(NOON - timedelta(hours=1), NOON)


@pytest.mark.parametrize(
    ("devices", "interval", "step"),
    [(3, 10, 1), (3, 60, 1), (3, 90, 2), (3, 600, 10), (5000, 60, 5), (5000, 420, 7)],
)
def test_a_step_is_long_enough_for_every_device_to_be_polled(devices: int, interval: int, step: int) -> None:
    assert whole.stride(HOUR, devices, timedelta(seconds=interval)) == step * MINUTE


def test_long_ranges_have_long_steps() -> None:
    week = Range(NOON - timedelta(days=7), NOON)
    assert whole.stride(week, 3, MINUTE) == timedelta(minutes=84)


def test_a_step_that_is_not_over_is_left_out() -> None:
    asked = Range(NOON - timedelta(minutes=30, seconds=7), NOON + timedelta(seconds=9))
    assert whole.whole_steps(asked, MINUTE, asked.end) == Range(NOON - timedelta(minutes=31), NOON - MINUTE)


def test_a_range_without_a_whole_step_is_the_first_of_it() -> None:
    asked = Range(NOON - timedelta(seconds=40), NOON - timedelta(seconds=10))
    assert whole.whole_steps(asked, MINUTE, NOON) == Range(NOON - MINUTE, NOON)
