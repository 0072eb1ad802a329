"""What recurs: rules that may be, what they mean on a wall clock, and the two days of the year on which it jumps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from fleet import recurrence
from fleet.errors import BadInput
from fleet.recurrence import Series

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OSLO = "Europe/Oslo"
ZONES = ("UTC", OSLO, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago")
NIGHT = time(2, 30)


def utc(*words: int) -> datetime:
    return datetime(*words, tzinfo=UTC)


def made(rule: str, since: datetime, at: time = NIGHT, zone: str = OSLO, lasts: timedelta = HOUR) -> Series:
    return recurrence.series(rule, at, zone, since, lasts)


def starts(series: Series, since: datetime, count: int) -> list[str]:
    return [f"{at:%m-%d %H:%M}" for at, _ in series.coming(since, count)]


def test_a_nightly_window_is_there_once_on_the_days_on_which_the_clock_jumps() -> None:
    """02:30 is skipped on March 29th (it is 03:30 then), and comes twice on October 25th, where the first counts."""
    spring = made("FREQ=DAILY", utc(2026, 3, 28))
    assert starts(spring, utc(2026, 3, 28), 3) == ["03-28 01:30", "03-29 01:30", "03-30 00:30"]
    autumn = made("FREQ=DAILY", utc(2026, 10, 24))
    assert starts(autumn, utc(2026, 10, 24), 3) == ["10-24 00:30", "10-25 00:30", "10-26 01:30"]
    assert [end - at for at, end in autumn.coming(utc(2026, 10, 24), 3)] == [HOUR] * 3


def test_an_hourly_window_is_there_in_each_hour_that_passes() -> None:
    for first in (utc(2026, 3, 28, 22), utc(2026, 10, 24, 22)):
        hours = [at for at, _ in made("FREQ=HOURLY", first).coming(first, 8)]
        assert [later - at for at, later in pairwise(hours)] == [HOUR] * 7


def test_it_begins_with_the_first_time_of_day_that_has_not_passed() -> None:
    assert made("FREQ=DAILY", utc(2026, 1, 5, 1, 30)).first == utc(2026, 1, 5, 1, 30)
    assert made("FREQ=DAILY", utc(2026, 1, 5, 1, 31)).first == utc(2026, 1, 6, 1, 30)
    assert made("FREQ=WEEKLY;BYDAY=SU", utc(2026, 1, 5)).first == utc(2026, 1, 11, 1, 30)


def test_what_is_counted_or_ends_is_over_then() -> None:
    since = utc(2026, 1, 5)
    thrice = made("FREQ=WEEKLY;BYDAY=SU;COUNT=3", since, lasts=2 * HOUR)
    assert starts(thrice, since, 9) == ["01-11 01:30", "01-18 01:30", "01-25 01:30"]
    assert thrice.end == utc(2026, 1, 25, 3, 30)
    assert thrice.coming(utc(2026, 1, 25, 3), 9) == [(utc(2026, 1, 25, 1, 30), utc(2026, 1, 25, 3, 30))]
    assert thrice.coming(utc(2026, 1, 25, 3, 30), 9) == []
    for until in ("20260111", "20260111T023000", "20260111T013000Z"):
        assert made(f"FREQ=DAILY;UNTIL={until}", since).end == utc(2026, 1, 11, 2, 30)
    assert made("FREQ=DAILY;UNTIL=20260111T012959Z", since).end == utc(2026, 1, 10, 2, 30)
    assert made("FREQ=DAILY", since).end is None


def test_months_have_first_and_last_days() -> None:
    since = utc(2026, 1, 5)
    assert starts(made("FREQ=MONTHLY;BYDAY=1SU", since, zone="UTC"), since, 2) == ["02-01 02:30", "03-01 02:30"]
    assert starts(made("FREQ=MONTHLY;BYMONTHDAY=-1", since, zone="UTC"), since, 2) == ["01-31 02:30", "02-28 02:30"]
    second = made("FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=8,9,10,11,12,13,14", since, zone="UTC")
    assert starts(second, since, 2) == ["01-13 02:30", "02-10 02:30"]
    assert starts(made("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", since, zone="UTC"), since, 1) == ["01-27 02:30"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "NAME=VALUE"),
        ("every night", "NAME=VALUE"),
        ("FREQ=DAILY;FREQ=DAILY", "twice"),
        ("FREQ=MINUTELY", "FREQ is one of"),
        ("FREQ=SECONDLY", "FREQ is one of"),
        ("FREQ=DAILY;BYMINUTE=0,30", "BYMINUTE does not stand"),
        ("FREQ=DAILY;BYSECOND=0", "BYSECOND does not stand"),
        ("FREQ=YEARLY;BYEASTER=1", "BYEASTER does not stand"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL of DAILY"),
        ("FREQ=HOURLY;INTERVAL=5", "divides 24"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "days of the week"),
        ("FREQ=WEEKLY;BYDAY=1SU", "no numbers"),
        ("FREQ=WEEKLY;BYDAY=SO", "cannot be read"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "between -31 and 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "between -31 and 31"),
        ("FREQ=MONTHLY;BYSETPOS=1", "chooses among"),
        ("FREQ=DAILY;COUNT=0", "COUNT, from 1"),
        ("FREQ=DAILY;COUNT=9999", "COUNT, from 1"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "or UNTIL"),
        ("FREQ=DAILY;UNTIL=20271301", "there is no time"),
        ("FREQ=DAILY;UNTIL=00010101", "there is no time"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "a century"),
        ("FREQ=MONTHLY;BYDAY=MO,1TU", "all of its days, or none"),
        ("FREQ=DAILY;UNTIL=20200101", "never comes"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "never comes"),
        ("FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1", "never comes"),
        ("FREQ=HOURLY;INTERVAL=6;BYHOUR=3", "never comes"),
        ("FREQ=DAILY\nRRULE:FREQ=SECONDLY", "FREQ is one of"),
    ],
)
def test_a_rule_that_may_not_be_is_refused_with_one_that_may(rule: str, said: str) -> None:
    with pytest.raises(BadInput, match=re.escape(said)) as refused:
        made(rule, utc(2026, 1, 5))
    assert refused.value.next_step


@pytest.mark.parametrize("since", [utc(1, 1, 2), utc(1969, 12, 31), utc(2200, 1, 1), utc(9998, 12, 31)])
def test_it_begins_in_a_year_that_is_held(since: datetime) -> None:
    with pytest.raises(BadInput, match="in no year"):
        made("FREQ=DAILY", since)


def test_a_century_is_the_longest() -> None:
    late = made("FREQ=YEARLY;COUNT=1000;INTERVAL=10", utc(2199, 12, 31), zone="Pacific/Auckland")
    assert late.end == utc(2299, 12, 31, 14, 30)


@pytest.mark.parametrize(
    ("more", "said"),
    [({"zone": "Europe/Olso"}, "no time zone"), ({"zone": "../etc"}, "no time zone"), ({"zone": ""}, "no time zone"),
     ({"lasts": timedelta(0)}, "a minute to"), ({"lasts": 32 * DAY}, "31 days")],
)  # fmt: skip
def test_a_zone_and_a_length_are_checked(more: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        made("FREQ=DAILY", utc(2026, 1, 5), **more)


def test_a_rule_is_kept_in_one_spelling() -> None:
    assert recurrence.checked(" rrule:byday=su;freq=weekly; ") == "FREQ=WEEKLY;BYDAY=SU"


RULES = st.sampled_from(
    ["FREQ=HOURLY", "FREQ=HOURLY;INTERVAL=6", "FREQ=HOURLY;BYHOUR=1,2,3;BYDAY=SU", "FREQ=DAILY",
     "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;BYHOUR=2,14", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=SA,SU",
     "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1SU",
     "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,-1", "FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU",
     "FREQ=DAILY;COUNT=40", "FREQ=WEEKLY;UNTIL=20270601"]
)  # fmt: skip
INSTANTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 1), timezones=st.just(UTC))
JUMPS = st.sampled_from(
    [utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2026, 3, 8, 7), utc(2026, 11, 1, 6), utc(2026, 4, 4, 15)]
)
NEAR_JUMPS = st.builds(lambda at, minutes: at + timedelta(minutes=minutes), JUMPS, st.integers(-3000, 3000))
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
LASTS = st.sampled_from([timedelta(minutes=1), HOUR, 5 * HOUR, 3 * DAY])


@given(RULES, TIMES, st.sampled_from(ZONES), INSTANTS | NEAR_JUMPS, LASTS, st.integers(0, 14 * 1440))
def test_what_a_range_holds_is_what_the_whole_rule_has_in_it(
    rule: str, at: time, zone: str, since: datetime, lasts: timedelta, later: int
) -> None:
    """Wherever one begins to look, nothing is missing and nothing is added."""
    series = made(rule, since, at, zone, lasts)
    around = since + timedelta(minutes=later)
    end = around + 2 * DAY
    inside = {one for one, _ in series.coming(utc(2000, 1, 1), 420)
              if one < end and one + lasts > around}  # fmt: skip
    assert {one for one, _ in series.coming(around, 140) if one < end} == inside
    found = series.spans(around, end)
    assert all(any(first <= one < last for first, last in found) for one in inside)
    assert sum((last - first for first, last in found), timedelta()) <= lasts * len(inside)


@given(RULES, TIMES, st.sampled_from(ZONES), NEAR_JUMPS)
def test_each_time_is_what_a_clock_shows_or_the_hour_behind_one_that_it_skips(
    rule: str, at: time, zone: str, since: datetime
) -> None:
    place = ZoneInfo(zone)
    series = made(rule, since, at, zone)
    found = [one for one, _ in series.coming(since, 30)]
    assert found == sorted(set(found))
    for one in found:
        local = one.astimezone(place)
        if "HOURLY" not in rule and "BYHOUR" not in rule:
            shown = datetime.combine(local.date(), at, place)
            assert shown.astimezone(UTC) == one
        elif (local.utcoffset() or HOUR) % HOUR == timedelta(0):
            assert local.minute == at.minute


@given(RULES, TIMES, INSTANTS)
def test_without_a_clock_that_jumps_it_is_what_the_rule_says(rule: str, at: time, since: datetime) -> None:
    series = made(rule, since, at, "UTC")
    begin = datetime.combine(since.date(), at)
    if begin < since.replace(tzinfo=None, second=0, microsecond=0):
        begin += DAY
    whole = rrulestr(rule.replace("20270601", "20270601T235959"), dtstart=begin)
    assert [one.replace(tzinfo=None) for one, _ in series.coming(utc(2000, 1, 1), 50)] == list(whole[:50])
