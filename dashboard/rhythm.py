"""How well the fleet is polled: how many devices in time, how late the others, how long a poll takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client.registry import Collector

from dashboard.roster import Entry
from fleet.device import State

GRACE = 1.5
"""A device that was heard within so many of its intervals is polled in time."""

_SET_ASIDE = (State.DOWN, State.MAINTENANCE)
LAG, DEAD = "flotilla_consumer_lag_events", "flotilla_dead_letters"
"""The figures of the stream that the web collects."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Of the devices that are to answer: how many were heard in time, out of how many, and how they are polled.

    ``age`` and ``took`` (seconds) are what nineteen of twenty devices do not pass: since the last word from one, and
    the time of its poll.
    """

    in_time: int
    expected: int
    heard_at: datetime | None
    age: float | None
    took: float | None


def of(entries: Sequence[Entry], now: datetime) -> Rhythm:
    """Tell how a fleet is polled at ``now``; who is down or set aside is not expected to answer."""
    expected = [entry.row for entry in entries if entry.state not in _SET_ASIDE]
    heard = [(row.heard_at, row.interval) for row in expected if row.heard_at]
    ages = [(now - at).total_seconds() for at, _ in heard]
    in_time = sum(age <= GRACE * every.total_seconds() for age, (_, every) in zip(ages, heard, strict=True))
    took = [row.duration_seconds for row in expected if row.duration_seconds is not None]
    newest = max((entry.row.heard_at for entry in entries if entry.row.heard_at), default=None)
    return Rhythm(in_time, len(expected), newest, _nineteen(ages), _nineteen(took))


def usual(entries: Sequence[Entry]) -> timedelta:
    """Tell the interval that nineteen of twenty devices do not pass."""
    return timedelta(seconds=_nineteen([entry.row.interval.total_seconds() for entry in entries]) or 60)


def figures(collectors: Iterable[Collector], names: Sequence[str]) -> dict[str, float]:
    """Collect figures of the machinery by their names; one that cannot be told is left out."""
    return dict(_samples(collectors, frozenset(names)))


def _samples(collectors: Iterable[Collector], names: frozenset[str]) -> Iterator[tuple[str, float]]:
    for collector in collectors:
        for metric in collector.collect():
            if metric.name in names:
                yield metric.name, sum(sample.value for sample in metric.samples if "_created" not in sample.name)


def _nineteen(values: Sequence[float]) -> float | None:
    return sorted(values)[int(0.95 * (len(values) - 1))] if values else None
