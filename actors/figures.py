"""What a poller did, in numbers: totals, histograms since the start, and percentiles over the last polls."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from actors.histogram import Histogram

RECENT = 2048
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LATENESSES = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
"""Bounds in seconds: a router nearby answers in 10 to 30 ms; a poll two seconds late misses what is promised."""


def percentiles(values: Collection[float], shares: Sequence[float]) -> list[float | None]:
    """Tell, for each share, the value below which that share of the values lies; None without any."""
    if not values:
        return [None] * len(shares)
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in shares]


class Times:
    """Seconds that something took: all in a histogram, the last ones as they were."""

    __slots__ = ("histogram", "last")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.histogram = Histogram(bounds)
        self.last: deque[float] = deque(maxlen=RECENT)

    def append(self, seconds: float) -> None:
        """Take in one more; this stands in the way of every poll."""
        self.histogram.count(seconds)
        self.last.append(seconds)

    def milliseconds(self, *shares: float) -> list[float | None]:
        """Tell percentiles of the last ones, in milliseconds."""
        return [None if found is None else round(found * 1000, 2) for found in percentiles(self.last, shares)]


@dataclass(slots=True)
class Figures:
    """Counts since the start, and what polls took and how late they were."""

    ok: int = 0
    failed: int = 0
    restated: int = 0
    crashed: int = 0
    kinds_told: int = 0
    kinds_same: int = 0
    durations: Times = field(default_factory=lambda: Times(DURATIONS))
    latenesses: Times = field(default_factory=lambda: Times(LATENESSES))

    def polled(self, *, ok: bool, seconds: float) -> None:
        """Count a poll; the durations are those of polls that were answered."""
        if ok:
            self.ok += 1
            self.durations.append(seconds)
        else:
            self.failed += 1

    def inventoried(self, told: int, same: int) -> None:
        """Count kinds of the inventory: those that were told of, and those that were as they had been told."""
        self.kinds_told += told
        self.kinds_same += same

    def late(self, seconds: float) -> None:
        """Note how long after its time a poll began."""
        self.latenesses.append(seconds)

    def report(self) -> dict[str, object]:
        """Lay the figures out for whoever watches: percentiles in milliseconds, histograms in seconds."""
        p50, p95, p99 = self.durations.milliseconds(0.50, 0.95, 0.99)
        late, latest = self.latenesses.milliseconds(0.99, 1.0)
        return {
            "polls_ok": self.ok,
            "polls_failed": self.failed,
            "polls_restated": self.restated,
            "polls_crashed": self.crashed,
            "inventory_told": self.kinds_told,
            "inventory_same": self.kinds_same,
            "poll_p50_ms": p50,
            "poll_p95_ms": p95,
            "poll_p99_ms": p99,
            "lateness_p99_ms": late,
            "lateness_max_ms": latest,
            "poll_seconds": self.durations.histogram.report(),
            "lateness_seconds": self.latenesses.histogram.report(),
        }
