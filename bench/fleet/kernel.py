"""What processes cost, as the kernel tells it: CPU by nanoseconds, and memory with shared pages counted once."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

import psutil

from cluster.usage import tree

MIB: int = 2**20

Parts: TypeAlias = Mapping[str, Collection[int]]
"""By part the pids of its processes."""


def cpu(pid: int) -> float:
    """Tell the CPU seconds of a process so far, with those of threads that have ended; 0 where it is gone.

    The id of a process's clock is made of its pid as ``clock_getcpuclockid(3)`` makes it: a poll may cost less than
    the hundredth of a second in which ``/proc/PID/stat`` counts.
    """
    with suppress(OSError):
        return time.clock_gettime_ns((~pid << 3) | 2) / 1e9
    return 0.0


def reaped(pid: int) -> float:
    """Tell the CPU seconds of a process's children that have ended."""
    with suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return float(times.children_user + times.children_system)
    return 0.0


def family(*roots: int | None) -> list[int]:
    """List processes and all that they started."""
    return [process.pid for root in roots for process in tree(root)]


def spent(pids: Iterable[int]) -> float:
    """Add up CPU seconds; what a child had spent stays counted when its parent, if among them, has reaped it."""
    return sum(cpu(pid) + reaped(pid) for pid in pids)


def apart(parts: Parts) -> Parts:
    """Leave each process to the first part that names it."""
    owners: dict[int, str] = {}
    for part, pids in parts.items():
        for pid in pids:
            owners.setdefault(pid, part)
    return {part: [pid for pid, owner in owners.items() if owner == part] for part in parts}


@dataclass(frozen=True, slots=True)
class Reading:
    """The CPU seconds of all parts at one moment; ``at`` is the monotonic clock's."""

    at: float
    seconds: Mapping[str, float]

    @classmethod
    def of(cls, parts: Parts) -> Self:
        return cls(time.monotonic(), {part: spent(pids) for part, pids in parts.items()})

    def since(self, before: Reading) -> dict[str, float]:
        """Tell the CPU seconds of each part between two readings."""
        return {part: seconds - before.seconds.get(part, 0.0) for part, seconds in self.seconds.items()}


@dataclass(frozen=True, slots=True, order=True)
class Memory:
    """MiB in memory: ``proportional`` counts a page of several processes once in all, ``resident`` once in each."""

    proportional: float
    resident: float

    @classmethod
    def of(cls, pids: Iterable[int]) -> Self:
        found = [_memory(pid) for pid in pids]
        return cls(sum(pss for pss, _ in found), sum(rss for _, rss in found))


def _memory(pid: int) -> tuple[float, float]:
    with suppress(OSError):
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        fields = dict(line.split(":", 1) for line in text.splitlines()[1:])
        return tuple(int(fields[name].split()[0]) / 1024 for name in ("Pss", "Rss"))  # type: ignore[return-value]
    return 0.0, 0.0
