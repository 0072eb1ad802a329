"""How well a fleet is polled: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard import rhythm
from dashboard.roster import Entry
from fleet.device import State
from fleet.identity import DeviceId
from tests.dashboard.test_feed import NOON, ROW


def entry(number: int, state: State, seconds: float | None, **facts: Any) -> Entry:
    heard = None if seconds is None else NOON - timedelta(seconds=seconds)
    return Entry(replace(ROW, id=DeviceId(UUID(int=number)), state=state, heard_at=heard, **facts), state, None, "")


def test_who_is_down_or_set_aside_is_not_expected() -> None:
    fleet = [
        entry(1, State.UP, 10, duration_seconds=0.2),
        entry(2, State.STALE, 600),
        entry(3, State.DOWN, 5000),
        entry(4, State.MAINTENANCE, None),
        entry(5, State.STALE, None),
    ]
    found = rhythm.of(fleet, NOON)
    assert (found.in_time, found.expected, found.took) == (1, 3, 0.2)
    assert found.heard_at == NOON - timedelta(seconds=10)


def test_of_nobody_nothing_is_told() -> None:
    assert rhythm.of([], NOON) == rhythm.Rhythm(0, 0, None, None, None)
    assert rhythm.usual([]) == timedelta(minutes=1)


def test_the_usual_interval_is_not_that_of_the_slowest() -> None:
    fleet = [entry(n, State.UP, 10) for n in range(40)]
    assert rhythm.usual([*fleet, entry(99, State.UP, 10, interval=timedelta(days=1))]) == timedelta(minutes=1)


class Told(Collector):
    """Two figures of the stream, and one that nobody asked for."""

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(rhythm.LAG, "lag", 7)
        yield CounterMetricFamily(f"{rhythm.DEAD}_total", "dead", 2)
        yield GaugeMetricFamily("flotilla_other", "other", 1)


def test_figures_of_the_machinery_are_found_by_name() -> None:
    assert rhythm.figures([Told()], (rhythm.LAG, rhythm.DEAD)) == {rhythm.LAG: 7, rhythm.DEAD: 2}
