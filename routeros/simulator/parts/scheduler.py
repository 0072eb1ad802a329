"""The entries of ``/system/scheduler`` as they fall due, by the router's own clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from routeros import values
from routeros.simulator.console import Printed
from routeros.simulator.device import formats
from routeros.simulator.menu import nothing
from routeros.simulator.outcome import Refused, Row
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.log import Log
from routeros.simulator.parts.runs import Run
from routeros.simulator.parts.scripts import Scripts
from routeros.simulator.router import Condition, Router

STORE = "/system/scheduler"
STARTUP = timedelta(seconds=3)
"""``startup`` means so long after the start."""

LONGEST_WAIT = timedelta(days=20)
"""Event loops do not wait much longer in one go."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When an entry runs: at ``start`` and every ``interval`` from then on (none: once).

    At a start of the router an entry with an interval does not run: its first turn is an interval later.
    """

    start: datetime
    interval: timedelta
    first: int = 0

    def after(self, now: datetime) -> datetime | None:
        """Tell the next run after a time; None where there is none."""
        if not self.interval:
            return self.start if self.start > now else None
        turns = max(self.first, math.floor((now - self.start) / self.interval) + 1)
        return self.start + turns * self.interval


class Scheduler:
    """A part of a router, which waits for the entry that is due next. A restart empties the counts of runs."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._up = router.booted(router.now())
        self._rang = 0.0
        self._stop: Callable[[], None] | None = None
        self._due: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        router.watchers.add(self._told)
        router.down.append(self._down)
        router.stepped.append(self.arm)
        router.part(Boot).on_start.append(self._started)
        self.arm()

    def next_run(self, row: Row) -> datetime | None:
        """Tell by the router's clock when an entry runs next."""
        due = self._due.get(row[".id"])
        return None if due is None else self._router.local(due)

    def plan(self, row: Row) -> Plan:
        """Read when an entry runs."""
        interval = values.duration(row.get("interval", "0s"))
        if row["start-time"] == "startup":
            return Plan(self._router.local(self._up) + STARTUP, interval, first=1)
        return Plan(formats.read_moment(f"{row['start-date']} {row['start-time']}"), interval)

    def arm(self) -> None:
        """Work out when each entry is due, and wait for the first; nothing runs while the router is down."""
        self._due = self._work_out()
        if self._stop is not None:
            self._stop()
            self._stop = None
        if self._due and self._router.condition is Condition.UP:
            span = timedelta(seconds=max(0.0, min(self._due.values()) - self._router.now()))
            self._stop = self._router.timers.later(min(span, LONGEST_WAIT), self._ring)

    def _work_out(self) -> dict[str, float]:
        """Tell when entries are due. What the clock jumped over, or a router that was down missed, is lost."""
        if not self._router.part(DeviceMode).allows("scheduler"):
            return {}
        now = self._router.local(max(self._router.now(), self._rang))
        plans = {row[".id"]: self.plan(row) for row in self._rows() if row.get("disabled") != "true"}
        runs = {id: plan.after(now) for id, plan in plans.items()}
        return {id: self._router.instant(run) for id, run in runs.items() if run is not None}

    def _rows(self) -> list[Row]:
        return list(self._router.table(STORE, nothing))

    def _ring(self) -> None:
        """Run what is due, in the order of the list; one that an earlier one disables or removes does not run."""
        self._stop = None
        due = [row[".id"] for row in self._rows() if self._due.get(row[".id"], math.inf) <= self._router.now() + 0.01]
        self._rang = max((self._due[id] for id in due), default=self._rang)
        for id in due:
            row = self._router.table(STORE, nothing).rows.get(id)
            if row is not None and row.get("disabled") != "true":
                self._run(row)
        self.arm()

    def _run(self, row: Row) -> None:
        self.counts[row[".id"]] = self.counts.get(row[".id"], 0) + 1
        name = row["name"]

        def done(came: Printed | Refused) -> None:
            if isinstance(came, Refused) or came.failed:
                said = f"executing script from scheduler ({name}) failed, please check it manually"
                self._router.part(Log).add("script,error", said)

        Run(self._router, self._router.part(Scripts).trigger(row), done)

    def _told(self, store: str, _: Row) -> None:
        if store == STORE:
            self.arm()

    def _down(self) -> None:
        self.counts.clear()
        self._due.clear()
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _started(self) -> None:
        self._up = self._router.now()
        self.arm()
