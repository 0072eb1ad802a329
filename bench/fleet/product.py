"""The whole product on this machine: a simulated fleet under what ``flotilla up`` runs, for some minutes.

Due polls are computed from the grid, polls are counted by the simulator, rows by SQL; nothing is taken from what the
product says of itself, but for the figures whose names end in ``reported``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from bench.fleet import stored
from bench.fleet.bed import MIGRATING
from bench.fleet.grid import Window, kept, passed, phases
from bench.fleet.ground import Ground, Plot
from bench.fleet.kernel import Memory, Parts, Reading, apart
from bench.fleet.seeds import Seeds
from bench.fleet.simulated import Answered
from cluster import report
from cluster.assembly import Assembly
from db.engine import Stores
from fleet import settings
from fleet.settings import Settings

LOOK_EVERY: Final = 0.5
WEIGH_EVERY: Final = 20.0
PATIENCE: Final = 600.0
SLOW_EVERY: Final = "5m"
"""The slow collectors run every 15 minutes otherwise: a run of ten would hardly see them."""

SIMULATOR: Final = "simulator"
SERVING: Final = ("poller", "writer", "nats", "postgres", "web", "ray")


@dataclass(frozen=True, slots=True)
class Wish:
    """How many devices, how often each is polled (in seconds), and for how many intervals that is measured."""

    devices: int
    interval: int
    intervals: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """What was seen between two moments: seconds, polls, CPU seconds by part, and the most memory there was."""

    seconds: float
    polls: int
    cpu: Mapping[str, float]
    memory: Memory

    def figures(self) -> dict[str, Any]:
        """Lay out shares of a core, microseconds for each poll, and MiB; the simulator's stand apart."""
        mine = {part: seconds for part, seconds in self.cpu.items() if part != SIMULATOR}
        cores = {part: round(seconds / self.seconds, 4) for part, seconds in mine.items()}
        named = {part: cores.pop(part, 0.0) for part in SERVING}
        return {
            "cpu_cores": named | {"total": round(sum(mine.values()) / self.seconds, 4)} | cores,
            "cpu_us_a_poll": {part: round(1e6 * seconds / self.polls, 1) for part, seconds in mine.items()},
            "rss_mb_total": round(self.memory.proportional),
            "rss_mb_with_shared_pages_in_each": round(self.memory.resident),
            "simulator_cores": round(self.cpu[SIMULATOR] / self.seconds, 4),
        }


@dataclass(frozen=True, slots=True)
class Run:
    """An assembly that polls a part of the simulated fleet."""

    wish: Wish
    plot: Plot
    seeds: Seeds
    assembly: Assembly

    def settle(self) -> None:
        """Wait until every device has been polled, and an interval more."""
        end = time.monotonic() + PATIENCE
        while self._reported("polls_ok") < self.wish.devices:
            if time.monotonic() > end:
                raise SystemExit("bench: the product does not poll all devices")
            self._wait(time.time() + LOOK_EVERY)
        self._wait(time.time() + self.wish.interval)

    def measure(self) -> dict[str, Any]:
        """Watch for as many intervals as were wished for; then drain, and compare with what is stored."""
        window = Window(time.time() + LOOK_EVERY, float(self.wish.interval), self.wish.intervals)
        early, later, end, late_end = window.moments
        begun = [self._counted(early), self._counted(later)]
        span = self._span(end)
        ended = [self._counted(end), self._counted(late_end)]
        said = {
            "lateness_p99_s_reported": self._reported("lateness_p99_ms") / 1000,
            "polls_missed_reported": self._reported("polls_missed"),
        }
        self.assembly.conductor.drain()
        return self._compared(window, begun, ended) | span.figures() | said

    def _span(self, until: float) -> Span:
        parts = self._parts()
        mine = [pid for part, pids in parts.items() if part != SIMULATOR for pid in pids]
        polls, before, memory = self.plot.answered().polls, Reading.of(parts), Memory.of(mine)
        while time.time() < until:
            self._wait(min(until, time.time() + WEIGH_EVERY))
            memory = max(memory, Memory.of(mine))
        after = Reading.of(self._parts())
        return Span(after.at - before.at, self.plot.answered().polls - polls, after.since(before), memory)

    def _compared(self, window: Window, begun: Sequence[Answered], ended: Sequence[Answered]) -> dict[str, Any]:
        ids, rows = self.seeds.ids, np.array(self.plot.rows)
        grid = phases(ids, window.interval)
        late = window.late(grid)
        ok = passed([one.ok for one in begun], [one.ok for one in ended], late)
        failed = passed([one.failed for one in begun], [one.failed for one in ended], late)
        with Stores.of(self.assembly.settings) as stores:
            times = kept(window, grid, *stored.heard(stores, ids, window.start))
            told = stored.rows(stores, ids, window, late)
            _, duplicates = stored.totals(stores, window.start)
        return {
            "devices": len(ids),
            "interval_s": self.wish.interval,
            "minutes": round(window.interval * window.intervals / 60, 2),
            "due": times.due,
            "polled": int((ok + failed).sum()),
            "polls_failed": int(failed.sum()),
            "polls_heard_of": times.done,
            "lateness_p50_s": round(times.late(0.5), 4),
            "lateness_p99_s": round(times.late(0.99), 4),
            "lateness_max_s": round(times.late(1.0), 4),
            "rows_due": int((ok * rows).sum()),
            "rows_stored": int(told.sum()),
            "duplicate_rows": duplicates,
        }

    def _counted(self, moment: float) -> Answered:
        """Count the polls of every device at a moment."""
        self._wait(moment)
        return self.plot.answered()

    def _parts(self) -> Parts:
        """Name the processes of the product by part; what ``flotilla up`` would be is this very process.

        An actor that does not say which process it is would be counted as Ray, so all are waited for.
        """
        while not all(seen.get("pid") for seen in self.assembly.conductor.actors().values()):
            self._wait(time.time() + LOOK_EVERY)
        found = {part: [p.pid for p in known] for part, known in report.parts(self.assembly, None).items()}
        return apart({**found, SIMULATOR: [self.plot.simulator.pid]})

    def _reported(self, name: str) -> float:
        seen = [seen for actor, seen in self.assembly.conductor.actors().items() if actor.startswith("poller")]
        return sum(float(str(one.get(name) or 0)) for one in seen)

    def _wait(self, moment: float) -> None:
        while (left := moment - time.time()) > 0:
            self.assembly.watch()
            time.sleep(min(LOOK_EVERY, left))


def measure(ground: Ground, wish: Wish) -> dict[str, Any]:
    """Start everything that ``flotilla up`` starts, over simulated devices; returns what it did and cost."""
    plot = ground.fleet.part(wish.first, wish.devices)
    seeds = Seeds(plot.entries, timedelta(seconds=wish.interval), tls=True)
    asked = settings.load(ground.room("product"), announced=False, interval=seeds.interval, slow_every=SLOW_EVERY)
    with ExitStack() as migrating:
        migrating.enter_context(MIGRATING)

        def sow(given: Settings) -> None:
            migrating.close()
            seeds.sow(given)

        with Assembly(asked, ground.say, seed=sow) as assembly:
            return _measured(Run(wish, plot, seeds, assembly), ground)


def _measured(run: Run, ground: Ground) -> dict[str, Any]:
    run.settle()
    ground.say(f"measuring for {run.wish.intervals * run.wish.interval} s")
    return run.measure()
