"""Who is due next: a heap over fixed grids, one for each device, so that nothing drifts and nothing bunches."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

from fleet import partition
from fleet.identity import DeviceId


@dataclass(frozen=True, slots=True)
class Due:
    """A device that is to be polled, and when that was due, in seconds."""

    device_id: DeviceId
    at: float


@dataclass(slots=True)
class Grid:
    """When a device is due: every ``interval`` seconds, shifted by its place in the interval.

    ``version`` tells the present grid from those that were replaced; their entries in the heap are passed over.
    """

    interval: float
    phase: float
    version: int
    polled: bool = False

    def after(self, at: float) -> float:
        """Tell the first time on the grid at or after ``at``."""
        step = floor((at - self.phase) / self.interval)
        due = self.phase + step * self.interval
        return due if due >= at else due + self.interval

    def first(self, now: float, since: float) -> float:
        """Tell the first time at or after ``now``; what was missed from ``since`` on comes later by that gap."""
        gap = min(max(0.0, now - since), self.interval)
        missed = self.after(now - gap)
        return missed + gap if missed < now else missed


class Schedule:
    """The devices of one poller. Times are seconds of one clock that the caller reads; it never goes back.

    A device's grid depends on its id and interval alone: a restarted poller goes on in the same rhythm. A device that
    is being polled is not due; one that took longer than its interval leaves the missed times out and keeps its grid.
    """

    def __init__(self) -> None:
        self._grids: dict[DeviceId, Grid] = {}
        self._heap: list[tuple[float, int, DeviceId]] = []
        self._versions = 0
        self.missed = 0

    def __len__(self) -> int:
        return len(self._grids)

    def __contains__(self, device_id: DeviceId) -> bool:
        return device_id in self._grids

    def add(self, device_id: DeviceId, interval: float, now: float, since: float | None = None) -> None:
        """Have a device polled every ``interval`` seconds, first within one interval; replaces an earlier wish.

        Since ``since`` nobody has polled it: a poll that was due in between is made up for, later by the length of
        that gap. So what was spread stays spread.
        """
        before = self._grids.get(device_id)
        self._versions += 1
        grid = Grid(interval, partition.spread(device_id) * interval, self._versions)
        self._grids[device_id] = grid
        if before is not None and before.polled:
            grid.polled = True
            return
        self._push(device_id, grid, grid.first(now, now if since is None else since))

    def hasten(self, device_id: DeviceId, now: float) -> None:
        """Have a device of the schedule polled now, unless that is under way; afterwards its rhythm goes on."""
        grid = self._grids.get(device_id)
        if grid is not None and not grid.polled:
            self._versions += 1
            grid.version = self._versions
            self._push(device_id, grid, now)

    def remove(self, device_id: DeviceId) -> None:
        """Forget a device; a poll under way is none of the schedule's business any more."""
        self._grids.pop(device_id, None)

    def take(self, now: float, most: int) -> Iterable[Due]:
        """Yield up to ``most`` devices that are due, the longest waiting first; they are being polled from now on."""
        while most > 0 and (at := self.next()) is not None and at <= now:
            _, _, device_id = heapq.heappop(self._heap)
            self._grids[device_id].polled = True
            most -= 1
            yield Due(device_id, at)

    def done(self, due: Due, now: float) -> None:
        """Say that a poll has ended; the device is due next at the first time of its grid that has not passed."""
        grid = self._grids.get(due.device_id)
        if grid is None or not grid.polled:
            return
        grid.polled = False
        # Half a step on, for the sum of two floats may fall a hair short of the next time on the grid.
        following = grid.after(due.at + grid.interval / 2)
        coming = following if following >= now else grid.after(now)
        self.missed += round((coming - following) / grid.interval)
        self._push(due.device_id, grid, coming)

    def next(self) -> float | None:
        """Tell when the next device is due; None when none is waiting."""
        while self._heap:
            at, version, device_id = self._heap[0]
            grid = self._grids.get(device_id)
            if grid is not None and grid.version == version:
                return at
            heapq.heappop(self._heap)
        return None

    def _push(self, device_id: DeviceId, grid: Grid, at: float) -> None:
        heapq.heappush(self._heap, (at, grid.version, device_id))
