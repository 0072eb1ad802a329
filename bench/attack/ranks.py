"""Whether two samples of durations are of one distribution: medians and the rank test of Mann and Whitney. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Compared:
    """Two samples in milliseconds. ``p`` is how likely so great a difference of ranks is where there is none."""

    median_a: float
    median_b: float
    above: float
    p: float


def compare(a: Sequence[float], b: Sequence[float]) -> Compared:
    """Compare two samples of seconds; ``above`` is how often one of ``a`` is longer than one of ``b``."""
    count_a, count_b = len(a), len(b)
    u = _rank_sum([*a, *b], count_a) - count_a * (count_a + 1) / 2
    spread = math.sqrt(count_a * count_b * (count_a + count_b + 1) / 12)
    z = (u - count_a * count_b / 2) / spread if spread else 0.0
    return Compared(
        statistics.median(a) * 1000, statistics.median(b) * 1000, u / (count_a * count_b), math.erfc(abs(z) / 2**0.5)
    )


def _rank_sum(values: Sequence[float], first: int) -> float:
    """Add up the ranks of the first values among all; equal ones share theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    total, place = 0.0, 0
    while place < len(order):
        end = place
        while end + 1 < len(order) and values[order[end + 1]] == values[order[place]]:
            end += 1
        total += sum((place + end) / 2 + 1 for index in order[place : end + 1] if index < first)
        place = end + 1
    return total
