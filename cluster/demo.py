"""The demo: a simulated fleet, everything that watches it, and figures of what flows."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cluster import report, seeding
from cluster.assembly import Assembly, Say
from cluster.report import Report
from cluster.servers.state import State
from cluster.simulation import Fleet, Simulation
from cluster.usage import Usage
from db import links
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from fleet.errors import Unavailable
from fleet.settings import Settings
from jobs.submission import Job, Phase, Submission

LOOK_EVERY = 0.5
MEASURE_EVERY = 5.0
WARM_UP = timedelta(seconds=10)
CATCH_UP = timedelta(seconds=3)
TRIES = 5
DROPPED = ("metrics_dropped", "others_dropped", "events_refused", "dead", "left")
LINK_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked of the demo."""

    fleet: Fleet
    history: timedelta = timedelta(0)
    lasting: timedelta | None = None


@dataclass(slots=True)
class Demo:
    """One run of the demo; a context manager that starts and stops all of it."""

    asked: Settings
    wish: Wish
    say: Say
    usage: Usage = field(default_factory=Usage)
    tenants: list[seeding.Tenant] = field(default_factory=list)
    restarts: deque[str] = field(default_factory=lambda: deque(maxlen=100))
    start_seconds: float | None = None
    _begun: float = field(default_factory=time.monotonic)
    _since: datetime = field(default_factory=lambda: datetime.now(UTC))
    _measured: float = 0.0
    _settled: bool = False
    _past: str = ""
    _tries: int = 0
    _ran: set[str] = field(default_factory=set)
    _before: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)
    assembly: Assembly = field(init=False)
    simulation: Simulation = field(init=False)
    stores: Stores = field(init=False)

    def __enter__(self) -> Demo:
        with ExitStack() as undo:
            undo.push(self._stack.__exit__)
            self.assembly = Assembly(self.asked, self._heard, seed=self._seed, first=self._simulate)
            self._stack.enter_context(self.assembly)
            self.stores = Stores.of(self.assembly.settings)
            self._stack.callback(self.stores.close)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _heard(self, line: str) -> None:
        if " died" in line or " is back" in line:
            self.restarts.append(line)
        self.say(line)

    def _simulate(self, state: State) -> Simulation:
        """Make the fleet; unless the settings say otherwise, its vendor is where firmware comes from."""
        self.simulation = Simulation(state, self.wish.fleet, self.asked.clock())
        if not self.asked.firmware_url:
            more = {"firmware_url": self.simulation.downloads}
            self.assembly.settings = self.assembly.settings.model_copy(update=more)
        return self.simulation

    def _seed(self, settings: Settings) -> None:
        with Stores.of(settings) as stores:
            self._before = report.stored(stores)
        self.tenants = seeding.seed(settings, self.simulation.inventory(), self.wish.fleet.tenants)
        self.say(f"{self.wish.fleet.devices} devices of {len(self.tenants)} tenants are known")

    def _make_past(self) -> str:
        """Let a Ray job make the past while the rest runs; submit it again when Ray forgot it or it failed.

        Returns how far it is, for the line of figures.
        """
        hours = f"{self.wish.history.total_seconds() / 3600:g}h"
        job = Job("jobs.backfill", ("--seed", str(self.wish.fleet.seed), "--history", hours))
        try:
            submission = Submission(self.assembly.settings)
            phase = submission.phase(job.id)
            if phase in (Phase.UNKNOWN, Phase.FAILED) and self._tries < TRIES:
                self._tries += 1
                submission.submit(job)
            line = submission.last_line(job.id) if phase is Phase.RUNNING else ""
        except Unavailable:
            return "past: waits for Ray"
        if line.startswith("{"):
            progress = json.loads(line)
            return f"past: day {progress['day']} of {progress['of']}"
        return f"past: {phase.value}"

    def link(self, one: seeding.Tenant) -> str:
        """Make a single-use sign-in link for the person of a tenant."""
        now = self.assembly.settings.clock().now()
        with platform_session(self.stores, "the demo lets its people in") as session:
            token = links.make(session, Author("demo", now), one.email, now + LINK_LIFE)
        return f"{self.assembly.web.url}/login#{token}"

    def run(self, show: Callable[[str], None]) -> None:
        """Watch, measure and show until the time is over (or for ever); Ctrl-C ends it as well."""
        until = (
            time.monotonic() + self.wish.lasting.total_seconds() if self.wish.lasting is not None else float("inf")
        )
        while time.monotonic() < until:
            self.assembly.watch()
            self._note()
            show(self.line())
            time.sleep(max(0.0, min(LOOK_EVERY, until - time.monotonic())))

    def _note(self) -> None:
        """Take the time of the first stored row, and every five seconds what everything costs."""
        if self.start_seconds is None and any(seen.get("rows") for seen in self._actors("writer")):
            self.start_seconds = time.monotonic() - self._begun
        if time.monotonic() - self._measured >= MEASURE_EVERY:
            self._measured = time.monotonic()
            self.usage.look(report.parts(self.assembly, self.simulation))
            if self.wish.history and self._past != "past: done":
                self._past = self._make_past()
            if not self._settled and time.monotonic() - self._begun > WARM_UP.total_seconds():
                self._settled = True
                self.usage.settle()

    def _actors(self, kind: str) -> list[dict[str, object]]:
        return [seen for name, seen in self.assembly.conductor.actors().items() if name.startswith(kind)]

    def line(self) -> str:
        """The figures of this moment, in one line."""
        polls = self.simulation.stats()
        rows = sum(int(str(seen.get("rows") or 0)) for seen in self._actors("writer"))
        said = [
            f"{time.monotonic() - self._begun:5.0f} s",
            f"polls {polls.get('polls_ok', 0):,.0f} ok, {polls.get('polls_failed', 0):,.0f} failed",
            f"rows {rows:,}",
            self._parts(),
        ]
        return " · ".join([*said, *([self._past] if self._past else [])])

    def _parts(self) -> str:
        """Tell which parts do not run, the ones that never ran yet apart."""
        actors = self.assembly.conductor.actors()
        down = {name for name, seen in actors.items() if not seen.get("pid")}
        self._ran |= actors.keys() - down
        said = [
            f"{word}: {', '.join(sorted(names))}"
            for word, names in (("starting", down - self._ran), ("restarting", down & self._ran))
            if names
        ]
        return " · ".join(said) or "all parts run"

    def finish(self) -> Report:
        """Drain the pollers, let the writers catch up, and count."""
        self.assembly.watch()
        waits = [seen.get("poll_p95_ms") for seen in self._actors("poller")]
        self.usage.look(report.parts(self.assembly, self.simulation))
        drained = self.assembly.conductor.drain()
        simulated = self.simulation.stats()
        lost = sum(int(seen.get(name) or 0) for seen in drained.values() for name in DROPPED)
        found = self._caught_up()
        cpu, memory, peak = report.rounded(self.usage)
        return Report(
            devices=self.wish.fleet.devices,
            tenants=self.wish.fleet.tenants,
            polls_ok=int(simulated.get("polls_ok", 0)),
            polls_failed=int(simulated.get("polls_failed", 0)),
            events_published=found.published,
            events_stored=found.stored,
            rows_stored=found.rows,
            duplicate_rows=found.duplicates,
            events_before=self._before,
            lost=lost,
            poll_p95_ms=max((float(str(w)) for w in waits if w is not None), default=None),
            start_seconds=round(self.start_seconds, 1) if self.start_seconds else None,
            cpu_seconds=cpu,
            rss_mb=memory,
            peak_core=peak,
            url=self.assembly.web.url,
            restarts=tuple(self.restarts),
        )

    def _caught_up(self) -> report.Tally:
        """Count once the ledger agrees with the stream, or when the patience ends."""
        until = time.monotonic() + CATCH_UP.total_seconds()
        while time.monotonic() < until and report.published(self.assembly.settings) != report.stored(self.stores):
            time.sleep(LOOK_EVERY)
        return report.tally(self.assembly.settings, self.stores, self._since)
