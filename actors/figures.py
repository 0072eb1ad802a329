"""What a poller did, in numbers: totals, and percentiles over the last polls."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

RECENT = 2048


def percentile(values: deque[float], share: float) -> float | None:
    """Tell the value below which ``share`` of the values lie; None without any."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Figures:
    """Counts since the start, and the durations and latenesses of the last polls in seconds."""

    ok: int = 0
    failed: int = 0
    restated: int = 0
    crashed: int = 0
    durations: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))
    latenesses: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))

    def polled(self, *, ok: bool, seconds: float) -> None:
        """Count a poll; the durations are those of polls that were answered."""
        if ok:
            self.ok += 1
            self.durations.append(seconds)
        else:
            self.failed += 1

    def report(self) -> dict[str, object]:
        """Lay the figures out for whoever watches, times in milliseconds."""
        return {
            "polls_ok": self.ok,
            "polls_failed": self.failed,
            "polls_restated": self.restated,
            "polls_crashed": self.crashed,
            "poll_p50_ms": _milliseconds(percentile(self.durations, 0.50)),
            "poll_p95_ms": _milliseconds(percentile(self.durations, 0.95)),
            "poll_p99_ms": _milliseconds(percentile(self.durations, 0.99)),
            "lateness_p99_ms": _milliseconds(percentile(self.latenesses, 0.99)),
            "lateness_max_ms": _milliseconds(max(self.latenesses, default=None)),
        }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
