"""Of a long series only what matters is told: it makes no difference to what would have fired."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from db.alertseries import Stored, instant, pieces
from db.plans import Kept
from db.ranges import Range
from fleet.alerts.judging import Reading
from fleet.alerts.replay import followed, told
from fleet.alerts.rule import Operator, Rule, Test
from fleet.resolutions import Resolution
from tests.fleet.alerts.grounds import NOON, at, rule

LOADS = st.sampled_from([0.1, 0.5, 0.85, 0.95, float("nan")])
SPANS = st.sampled_from([0, 60, 150, 600])


def same(judged: Rule, loads: list[float], steps: list[int]) -> None:
    seconds = np.cumsum([0, *steps])[: len(loads)]
    times = np.array([NOON.replace(tzinfo=None)], "M8[us]") + (seconds * 1_000_000).astype("m8[us]")
    series = Stored(judged, "", times, np.array(loads))
    readings = [
        Reading(instant(when), None if value != value else value) for when, value in zip(times, loads, strict=True)
    ]
    end = at(float(seconds[-1]) + 3600)
    assert followed(judged, series, end) == told(judged, readings, end)


@given(
    loads=st.lists(LOADS, min_size=1, max_size=80),
    steps=st.lists(st.sampled_from([10, 60, 400]), min_size=80, max_size=80),
    hold=SPANS,
    keep=SPANS,
    below=st.booleans(),
)
def test_a_value_is_followed_as_if_all_were_told(
    loads: list[float], steps: list[int], hold: int, keep: int, below: bool
) -> None:
    how = {"operator": Operator.BELOW, "threshold": 0.2, "clear": 0.6} if below else {"threshold": 0.9, "clear": 0.8}
    same(rule(hold=hold, keep=keep, **how), loads, steps)


@given(
    loads=st.lists(LOADS, min_size=1, max_size=80),
    steps=st.lists(st.sampled_from([10, 60, 90]), min_size=80, max_size=80),
    over=st.sampled_from([60, 180, 600]),
    hold=SPANS,
)
def test_a_rate_is_followed_as_if_all_were_told(loads: list[float], steps: list[int], over: int, hold: int) -> None:
    same(rule(hold=hold, test=Test.RATE, over_seconds=over, threshold=0.001), loads, steps)


@given(
    loads=st.lists(LOADS, min_size=1, max_size=80),
    steps=st.lists(st.sampled_from([10, 60, 90]), min_size=80, max_size=80),
    over=st.sampled_from([60, 180, 600]),
)
def test_changes_are_followed_as_if_all_were_told(loads: list[float], steps: list[int], over: int) -> None:
    same(rule(test=Test.CHANGES, over_seconds=over, threshold=2), loads, steps)


def test_the_past_is_read_as_finely_as_it_is_kept() -> None:
    day = timedelta(days=1)
    spanned = Range(NOON - 31 * day, NOON)
    begun = {
        Resolution.RAW: NOON - 7 * day,
        Resolution.FIVE_MINUTES: NOON - 30 * day,
        Resolution.HOUR: NOON - 90 * day,
    }
    found = pieces(spanned, {resolution: Kept(since, NOON) for resolution, since in begun.items()})
    assert [(one.resolution, one.start, one.end) for one in found] == [
        (Resolution.HOUR, NOON - 31 * day, NOON - 30 * day),
        (Resolution.FIVE_MINUTES, NOON - 30 * day, NOON - 7 * day),
        (Resolution.RAW, NOON - 7 * day, NOON),
    ]
