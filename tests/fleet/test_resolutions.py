"""How finely metrics are kept: buckets lie one behind the other, and every column is reduced as its kind asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import resolutions
from fleet.families import Family, Field, Kind
from fleet.resolutions import ROLLUPS, Resolution

WEATHER = Family(
    "weather",
    "Weather",
    (Field("rain_mm"), Field("drops_total", Kind.COUNTER), Field("sky", Kind.STATE, states=("clear", "cloudy"))),
    ("place",),
)
NOW = datetime(2026, 1, 5, 12, 7, 30, tzinfo=UTC)


@given(at=st.datetimes(timezones=st.just(UTC)), resolution=st.sampled_from(ROLLUPS))
def test_a_bucket_holds_its_instant(at: datetime, resolution: Resolution) -> None:
    begins = resolution.bucket(at)
    assert begins <= at < begins + resolution.span
    assert begins == resolution.bucket(begins)


def test_a_bucket_begins_on_the_full_hour_of_utc() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    assert Resolution.HOUR.bucket(NOW.astimezone(india)) == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert Resolution.FIVE_MINUTES.bucket(NOW) == datetime(2026, 1, 5, 12, 5, tzinfo=UTC)
    assert Resolution.RAW.bucket(NOW) == NOW


@pytest.mark.parametrize(("late", "settled"), [(0, 0), (19, 0), (20, 5), (319, 5), (320, 10)])
def test_a_bucket_settles_a_little_after_its_end(late: int, settled: int) -> None:
    hour = datetime(2026, 1, 5, 12, tzinfo=UTC)
    now = hour + timedelta(minutes=5, seconds=late)
    assert Resolution.FIVE_MINUTES.settled(now) == hour + timedelta(minutes=settled)
    assert Resolution.HOUR.settled(now) == hour


def test_each_kind_of_column_is_reduced_in_its_way() -> None:
    assert {part.name: part.type for part in resolutions.parts(WEATHER)} == {
        "rain_mm_sum": "double precision",
        "rain_mm_min": "real",
        "rain_mm_max": "real",
        "rain_mm_count": "integer",
        "drops_total_last": "bigint",
        "drops_increase_sum": "bigint",
        "drops_increase_max": "bigint",
        "drops_rate_sum": "double precision",
        "drops_rate_min": "real",
        "drops_rate_max": "real",
        "drops_rate_count": "integer",
        "sky_last": "smallint",
        "sky_min": "smallint",
        "sky_max": "smallint",
    }
