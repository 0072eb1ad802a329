"""Which measurements are not as they were before an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from dashboard import changes

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def line(before: float, after: float, noise: float = 0.1, points: int = 30) -> pd.DataFrame:
    times = [NOON + timedelta(minutes=n) for n in range(-points, points)]
    values = np.where(np.arange(-points, points) < 0, before, after) + noise * np.tile([1.0, -1.0], points)
    return pd.DataFrame({"time": pd.to_datetime(times, utc=True), "min": values, "avg": values, "max": values})


def test_what_moved_farthest_comes_first_and_what_did_not_is_left_out() -> None:
    told = changes.moves([("still", line(5, 5)), ("some", line(5, 7)), ("far", line(5, 50))], NOON)
    assert [move.name for move in told] == ["far", "some"]
    assert (round(told[1].before), round(told[1].after)) == (5, 7)


def test_noise_is_no_change() -> None:
    assert changes.moves([("noisy", line(5, 6, noise=4.0))], NOON) == []


def test_what_never_moved_has_to_move_by_more_than_a_hair() -> None:
    assert changes.moves([("hair", line(100, 101, noise=0.0))], NOON) == []
    assert [m.name for m in changes.moves([("step", line(100, 120, noise=0.0)), ("zero", line(0, 0, 0))], NOON)] == [
        "step"
    ]


def test_too_few_points_and_gaps_tell_nothing() -> None:
    assert changes.moves([("short", line(1, 9, points=2))], NOON) == []
    holed = line(1, 9)
    holed.loc[holed["time"] >= NOON, "avg"] = np.nan
    assert changes.moves([("gone", holed)], NOON) == []


def test_no_more_are_told_than_a_person_reads() -> None:
    assert len(changes.moves([(str(n), line(1, 9)) for n in range(50)], NOON)) == changes.MOST
