"""Interleaved rounds of several ways to do one thing, with the CPU time that this process spent on each."""

from __future__ import annotations

import gc
import resource
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the median and the greatest of the rounds."""

    least: float
    median: float
    most: float


Way = Callable[[], Callable[[], object]]
"""Makes the work of a round ready, which is not counted, and returns what does it, which is."""


def interleaved(ways: Mapping[str, Way], rounds: int) -> dict[str, list[float]]:
    """Do every way once a round, in turn, after a round that is not counted; return CPU seconds by way."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            work = way()
            gc.collect()
            before = cpu()
            work()
            if number:
                spent[name].append(cpu() - before)
    return spent


def cpu() -> float:
    """Tell the CPU seconds of this process so far, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def spread(values: list[float]) -> Spread:
    return Spread(min(values), statistics.median(values), max(values))


def ratio(slow: list[float], fast: list[float]) -> Spread:
    """Divide round by round: how many times as much the slow way cost."""
    return spread([a / b for a, b in zip(slow, fast, strict=True)])
