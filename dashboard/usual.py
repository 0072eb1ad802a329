"""What is usual: a line as it was the period before, and how it is at this hour of the week. Pure."""

from __future__ import annotations

from datetime import timedelta, tzinfo

import pandas as pd

from dashboard.figures import Window

WEEKS = 4
"""How many weeks are looked back at."""

LEAST = 3
"""So many of them must tell of an hour of the week."""

SPREAD = 3.0
"""How many times the median absolute deviation is usual to either side of the median."""

HOUR = timedelta(hours=1)


def moved(frame: pd.DataFrame, later: timedelta) -> pd.DataFrame:
    """Put a line under a later time."""
    return frame.assign(time=frame["time"] + later)


def band(history: pd.DataFrame, window: Window, zone: tzinfo) -> pd.DataFrame:
    """Tell median ± k·MAD of the hour of week for each hour that a window touches, from means of past hours.

    Hours are those of a person's clock, so that a summer time moves the band as it moves people. An hour of which
    fewer than LEAST weeks tell has no row of numbers.
    """
    values = history["avg"].groupby(_hours(history["time"], zone))
    median = values.median()
    spread = values.agg(lambda of_hour: (of_hour - of_hour.median()).abs().median()) * SPREAD
    known = values.count() >= LEAST
    first, last = pd.Timestamp(window.start).floor("h") - HOUR, pd.Timestamp(window.end).ceil("h") + HOUR
    times = pd.Series(pd.date_range(first, last, freq="h"), name="time")
    place = _hours(times, zone)
    middle, around = place.map(median[known]), place.map(spread[known])
    told = pd.DataFrame({"time": times + HOUR / 2, "min": middle - around, "avg": middle, "max": middle + around})
    return told if told["avg"].notna().any() else told.iloc[:0]


def _hours(times: pd.Series[pd.Timestamp], zone: tzinfo) -> pd.Series[int]:
    """Tell the hour of the week of each instant, as a clock of the zone shows it."""
    local = times.dt.tz_convert(zone)
    hours: pd.Series[int] = local.dt.day_of_week * 24 + local.dt.hour
    return hours
