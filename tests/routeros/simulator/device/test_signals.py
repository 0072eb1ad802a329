"""Signals: counters only grow, levels stay within bounds, and an instant is as good as an array."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeros.simulator.device.noise import keys
from routeros.simulator.device.signals import DAY, WEEK, Counters, Gauges, Incidents, Returning, Rhythm, Stations

NOW = 1_790_000_000.0
TIMES = st.floats(NOW - 3 * 365 * DAY, NOW + 3 * 365 * DAY)
STEEPEST = Rhythm(13 * 3600, 0.7, 0.2)


def test_a_rhythm_is_never_still_and_has_a_day_and_a_night() -> None:
    level = STEEPEST.level(NOW + np.arange(0, WEEK, 60))
    assert level.min() > 0.3
    assert level.max() / level.min() > 3
    assert level.mean() == pytest.approx(1, abs=0.01)


@given(TIMES, st.floats(60, WEEK))
def test_the_integral_is_that_of_the_level(start: float, span: float) -> None:
    steps = np.linspace(start, start + span, 4001)
    measured = np.trapezoid(STEEPEST.level(steps), steps)
    first, last = STEEPEST.integral(np.array([start, start + span]))
    assert last - first == pytest.approx(measured, rel=1e-4)


@given(TIMES, st.integers(0, 2**64 - 1), st.floats(0.5, 600))
def test_counters_only_grow(start: float, root: int, step: float) -> None:
    counters = Counters(keys(root, 4), np.array([1.0, 1e3, 1e6, 1e9]), STEEPEST)
    assert (np.diff(counters.at(start + step * np.arange(500.0))) > 0).all()


def test_a_counter_of_nothing_stays_at_nothing() -> None:
    assert (Counters(keys(1, 1), np.zeros(1), STEEPEST).at(NOW + np.arange(100.0)) == 0).all()


def test_a_rate_changes_visibly_from_one_poll_to_the_next() -> None:
    counts = Counters(keys(5, 8), np.full(8, 1e6), STEEPEST).at(NOW + 10 * np.arange(200.0))
    rates = np.diff(counts) / 10
    assert (abs(np.diff(rates)) / rates[:, 1:] > 0.01).mean() > 0.7


def test_an_instant_is_the_same_alone_and_among_others() -> None:
    counters = Counters(keys(9, 6), np.full(6, 3e6), STEEPEST)
    times = NOW + 300 * np.arange(2016.0)
    among = counters.at(times)
    for place in (0, 7, 2015):
        np.testing.assert_allclose(counters.at(times[place : place + 1])[:, 0], among[:, place], rtol=1e-13)


@given(TIMES, st.integers(0, 2**64 - 1))
def test_what_returns_was_last_before_and_is_next_after(time: float, root: int) -> None:
    events = Returning(keys(root, 2), np.array([0.7 * DAY, 30 * DAY]))
    now = np.array([time])
    last, after = events.last(now)[:, 0], events.next(time)
    assert (last <= time).all()
    assert (after > time).all()
    assert (events.last(after[:1])[0] == after[0]).all()
    for place in range(2):
        around = np.array([last[place], after[place] - 1e-3, after[place]])
        counted = events.count(around)[place]
        assert (counted[1] - counted[0], counted[2] - counted[1]) == (0, 1)


@given(TIMES, st.integers(0, 2**64 - 1))
def test_incidents_rise_and_fall(start: float, root: int) -> None:
    level = Incidents(root, 1.0).level(start + 30 * np.arange(5760.0))
    assert ((level >= 0) & (level <= 1)).all()
    assert (abs(np.diff(level)) <= 0.2501).mean() > 0.999
    assert level.max() == 1
    assert (Incidents(root, 0.0).level(start + 30 * np.arange(5760.0)) == 0).all()


def test_gauges_wobble_around_their_bases() -> None:
    gauges = Gauges(3, np.array([40.0, 5.0]), np.array([10.0, 0.0]), np.array([1.0, 0.1]))
    times = NOW + 60 * np.arange(10_000.0)
    warm, steady = gauges.at(times, STEEPEST.level(times))
    assert warm.mean() == pytest.approx(40, abs=1)
    assert np.ptp(warm) > 10
    assert abs(steady - 5).max() <= 0.1
    assert np.ptp(steady) > 0.05


def test_more_stations_are_there_when_the_site_is_busy() -> None:
    stations = Stations(11, 200, STEEPEST, 0.5)
    times = NOW + 600 * np.arange(1008.0)
    present = ~np.isnan(stations.since(times))
    level = STEEPEST.level(times)
    assert present[:, level > 1.5].mean() > 2 * present[:, level < 0.6].mean()
    assert (stations.since(times) <= times)[present].all()


def test_a_station_stays_for_a_while_and_has_one_beginning() -> None:
    stations = Stations(12, 50, STEEPEST, 0.6)
    times = NOW + 60 * np.arange(3000.0)
    since, (signal, air) = stations.since(times), stations.air(times)
    staying = ~np.isnan(since[:, 1:]) & ~np.isnan(since[:, :-1])
    assert (since[:, 1:] == since[:, :-1])[staying].mean() > 0.99
    assert (signal == np.round(signal)).all()
    assert signal.max() < -35
    assert signal.min() > -95
    assert (abs(air) <= 0.5).all()
