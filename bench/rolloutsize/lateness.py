"""How late polls are that a poller begins between two moments, by the histogram that it counts in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from statistics import median
from typing import Any, Final

SHARE: Final = 0.99
Report = Callable[[], Mapping[str, Any]]


def between(before: Mapping[str, Any], after: Mapping[str, Any], share: float = SHARE) -> float:
    """Tell the lateness in seconds that ``share`` of the polls did not pass; it is infinite without any.

    Between two bounds polls are taken for even.
    """
    bounds: Sequence[float] = after["bounds"]
    counts = [b - a for a, b in zip(before["counts"], after["counts"], strict=True)]
    wanted, low = share * sum(counts), 0.0
    for count, high in zip(counts, [*bounds, bounds[-1]], strict=True):
        if count and wanted <= count:
            return low + (high - low) * wanted / count
        wanted, low = wanted - count, high
    return inf


def window(report: Report, seconds: float) -> float:
    """Watch for a while, and tell how late the polls were."""
    before = dict(report()["lateness_seconds"])
    time.sleep(seconds)
    return between(before, report()["lateness_seconds"])


def more(without: Sequence[float], during: Sequence[float]) -> float:
    """Tell by how much polls are later, in the median of the pairs."""
    return median(b - a for a, b in zip(without, during, strict=False))
