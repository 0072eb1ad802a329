"""When polls are due, computed apart from the product, and how what was stored agrees with that; pure arithmetic.

A poll that is due just before a moment may be answered just after it. So each device is counted from one of two
moments, half an interval apart: the one that lies farther from its own time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fleet import partition
from fleet.identity import DeviceId

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Window:
    """So many whole intervals (in seconds) from ``start`` (seconds since 1970), or from half an interval later."""

    start: float
    interval: float
    intervals: int

    @property
    def moments(self) -> tuple[float, float, float, float]:
        """The early beginning and the late one, the early end and the late one."""
        half, length = self.interval / 2, self.interval * self.intervals
        return self.start, self.start + half, self.start + length, self.start + half + length

    def late(self, phases: Floats) -> Places:
        """Tell which devices are counted from the later moment: those that are due around the early one."""
        into = (phases - self.start) % self.interval
        return (into < self.interval / 4) | (into > 3 * self.interval / 4)

    def begins(self, phases: Floats) -> Floats:
        """Tell from when on each device is counted."""
        return np.where(self.late(phases), self.moments[1], self.start)


@dataclass(frozen=True, slots=True)
class Kept:
    """How polls kept their times: how many were due, how many of these were done, and how late, in seconds."""

    due: int
    done: int
    lateness: Floats

    def late(self, share: float) -> float:
        """Tell the lateness that ``share`` of the polls did not pass; infinite where that many were not done."""
        missing = np.full(self.due - self.done, np.inf)
        ordered = np.sort(np.concatenate([self.lateness, missing]))
        return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if len(ordered) else np.inf


def phases(device_ids: Sequence[DeviceId], interval: float) -> Floats:
    """Tell a time at which each device is due; it is due every ``interval`` seconds before and after."""
    return np.array([partition.spread(device_id) * interval for device_id in device_ids])


def kept(window: Window, phases: Floats, owners: NDArray[np.intp], times: Floats) -> Kept:
    """Compare what is due with when devices were heard; ``owners`` are their places among ``phases``.

    A device that was heard several times after one due time did that poll once, when it was first heard.
    """
    turns = np.floor((times - phases[owners]) / window.interval)
    dues, begins = phases[owners] + turns * window.interval, window.begins(phases)[owners]
    within = (dues >= begins) & (dues < begins + window.interval * window.intervals)
    lateness, keys = (times - dues)[within], np.stack([owners, turns])[:, within]
    order = np.argsort(lateness, kind="stable")
    _, first = np.unique(keys[:, order], axis=1, return_index=True)
    return Kept(len(phases) * window.intervals, len(first), lateness[order][first])


def passed(begun: Sequence[Sequence[int]], ended: Sequence[Sequence[int]], late: Places) -> NDArray[np.int64]:
    """Tell by how much each device's count grew between its two moments; the early ones stand first."""
    before, after = (np.where(late, np.array(counts[1]), np.array(counts[0])) for counts in (begun, ended))
    return np.asarray(after - before, dtype=np.int64)
