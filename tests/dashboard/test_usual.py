"""What is usual: the hour of the week, by a median that no single outlier moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from dashboard import usual
from dashboard.figures import Window

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(NOON - HOUR, NOON, timedelta(seconds=10))


def history(weeks: int, at: datetime = NOON - HOUR) -> pd.DataFrame:
    """Hourly means of some weeks: 11 to 14 in the hour of the week of ``at``, and 1 in all others."""
    times = [at.replace(minute=0) - n * HOUR for n in range(1, weeks * 168 + 1)]
    values = [float(10 + n // 168) if n % 168 == 0 else 1.0 for n in range(1, weeks * 168 + 1)]
    return pd.DataFrame({"time": pd.to_datetime(times, utc=True), "min": values, "avg": values, "max": values})


def of_hour(band: pd.DataFrame, at: datetime) -> tuple[float, float, float]:
    found = band.loc[band["time"] == at + HOUR / 2]
    return tuple(found[["min", "avg", "max"]].iloc[0])


def test_the_hour_of_the_week_is_told_with_its_spread() -> None:
    band = usual.band(history(4), WINDOW, UTC)
    low, middle, high = of_hour(band, NOON - HOUR)
    assert middle == pytest.approx(12.5)
    assert [low, high] == pytest.approx([12.5 - 3.0, 12.5 + 3.0])
    assert of_hour(band, NOON) == (1.0, 1.0, 1.0)


def test_the_band_reaches_beyond_both_ends_of_the_window() -> None:
    band = usual.band(history(4), WINDOW, UTC)
    assert band["time"].iloc[0] <= WINDOW.start
    assert band["time"].iloc[-1] >= WINDOW.end


def test_too_few_weeks_tell_nothing() -> None:
    assert len(usual.band(history(2), WINDOW, UTC)) == 0
    assert len(usual.band(history(4).iloc[:0], WINDOW, UTC)) == 0


def test_one_wild_week_does_not_move_it() -> None:
    told = history(4)
    told.loc[told["avg"] == 14.0, "avg"] = 1000.0
    assert of_hour(usual.band(told, WINDOW, UTC), NOON - HOUR)[1] == pytest.approx(12.5)


def test_hours_are_those_of_a_persons_clock() -> None:
    vienna, after = ZoneInfo("Europe/Vienna"), datetime(2026, 3, 30, 8, tzinfo=UTC)
    winter = history(3, after - timedelta(weeks=1) + HOUR)
    window = Window(after, after + HOUR, timedelta(seconds=10))
    assert of_hour(usual.band(winter, window, vienna), after)[1] > 1
    assert of_hour(usual.band(winter, window, UTC), after)[1] == 1


def test_a_line_is_put_under_a_later_time() -> None:
    told = history(1)
    assert (usual.moved(told, HOUR)["time"] - told["time"]).unique().tolist() == [HOUR]
