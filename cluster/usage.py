"""What the processes cost: CPU seconds, the busiest share of a core, and memory, by the part they belong to."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import psutil

MIB = 2**20


@dataclass(slots=True)
class _Seen:
    """The last look at one process."""

    part: str
    cpu: float
    at: float


@dataclass(slots=True)
class Usage:
    """Add up the cost of processes; one that ended keeps what it had cost when it was last seen.

    ``cpu_seconds`` and ``rss_mb`` are by part; ``peak_core`` is the largest share of one core that a single process
    of the part had between two looks. Memory is the proportional share (PSS), so that pages shared by several
    processes count once; it is the largest sum that was seen.
    """

    cpu_seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    rss_mb: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    peak_core: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _seen: dict[tuple[int, float], _Seen] = field(default_factory=dict)

    def look(self, parts: Mapping[str, Iterable[psutil.Process]]) -> None:
        """Measure every process of every part; the first part that names a process owns it."""
        taken: set[int] = set()
        for part, processes in parts.items():
            memory = 0.0
            for process in processes:
                if process.pid not in taken:
                    taken.add(process.pid)
                    memory += self._one(part, process)
            self.rss_mb[part] = max(self.rss_mb[part], memory)

    def settle(self) -> None:
        """Forget the peaks that were reached while everything started."""
        self.peak_core.clear()

    def _one(self, part: str, process: psutil.Process) -> float:
        """Add what one process cost since the last look; return its memory in MiB."""
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            now, cpu, key = time.monotonic(), times.user + times.system, (process.pid, process.create_time())
            before = self._seen.get(key)
            self.cpu_seconds[part] += cpu - (before.cpu if before else 0.0)
            if before and now > before.at:
                self.peak_core[part] = max(self.peak_core[part], (cpu - before.cpu) / (now - before.at))
            self._seen[key] = _Seen(part, cpu, now)
            return float(process.memory_full_info().pss) / MIB
        return 0.0


def tree(pid: int | None) -> list[psutil.Process]:
    """List a process and all that it started; empty when it is gone."""
    if pid is None:
        return []
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def alone(pid: int | None) -> list[psutil.Process]:
    """List one process without what it started; empty when it is gone."""
    return tree(pid)[:1]
