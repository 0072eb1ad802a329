"""How a router goes down and comes up again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from routeros.simulator.device.noise import draw, key
from routeros.simulator.faults import Kind
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.log import Log
from routeros.simulator.parts.packages import Packages
from routeros.simulator.router import Condition, Router

SILENT_SHARE = 0.75
"""For so much of a restart a router says nothing; then its kernel runs and its services do not: it refuses."""

INSTALLING = 1.6
"""A start that installs something takes so many times as long."""

ORDERLY = ("system,info", "router rebooted")
FLASHED = "Firmware upgraded successfully, please reboot for changes to take effect!"
UNCLEAN = ("system,error,critical", "router was rebooted without proper shutdown")

KEPT = 100
"""So many restarts a router remembers."""


@dataclass(frozen=True, slots=True)
class Restart:
    """A restart in the moment in which a router went down: what it ran, and what was written as its boot firmware."""

    at: datetime
    runs: str
    flashed: str


class Boot:
    """A part of a router. ``on_start`` is called whenever it has started, ``restarts`` are its last ones."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.on_start: list[Callable[[], None]] = []
        self.restarts: deque[Restart] = deque(maxlen=KEPT)
        self.firmware = str(router.model.delivered)
        self.flashed = ""
        self.auto_upgrade = False
        self._next: Callable[[], None] | None = None
        self._notes: list[tuple[str, str]] = []

    def restart(self, *, applied: bool = False) -> None:
        """Go down at once, install what waits, and come up after as long as this model takes.

        From 7.18 on, what is scheduled for packages is done only where it is ``applied``.
        """
        self._router.cut()
        self._go_down(applied, ORDERLY)
        self._come_up(self.span)

    def lose_power(self, away: timedelta) -> None:
        """Be gone from one moment to the next: what was open stays open on the other side, and hears nothing."""
        self._router.part(Files).lose_power()
        self._go_down(False, UNCLEAN)
        self._come_up(away + self.span)

    def shut_down(self) -> None:
        """Go down, until somebody plugs the power in again: ``start``."""
        self._router.cut()
        self._go_down(False, ORDERLY)

    def start(self) -> None:
        """Come up from wherever it stays down."""
        if self._router.condition is not Condition.UP and self._next is None:
            self._come_up(self.span)

    @property
    def span(self) -> timedelta:
        """How long this device takes for a restart as things are."""
        model = self._router.model
        usual = draw(key(model.root, "restart"), *model.persona.restart)
        installs = any(note.startswith("installed ") for _, note in self._notes)
        return timedelta(seconds=usual * (INSTALLING if installs else 1))

    def told(self) -> dict[str, Any]:
        """Tell what the router runs, its boot firmware, the packages that lie on it, and each restart."""
        return {
            "runs": str(self._router.model.version),
            "boot": self.firmware,
            "files": [name for name in self._router.part(Files).names() if name.endswith(".npk")],
            "restarts": [[one.at.timestamp(), one.runs, one.flashed] for one in self.restarts],
        }

    def _go_down(self, applied: bool, farewell: tuple[str, str]) -> None:
        router = self._router
        if self._next is not None:
            self._next()
            self._next = None
        self.restarts.append(Restart(router.clock.now(), str(router.model.version), self.flashed))
        router.condition = Condition.SILENT
        installed = router.part(Packages).install(applied)
        router.part(Files).forget()
        router.restart(router.now(), installed.runs)
        router.part(Packages).adopt()
        self._notes = [*installed.notes, farewell]
        if self.flashed:
            self.firmware, self.flashed = self.flashed, ""

    def _come_up(self, span: timedelta) -> None:
        """Stay silent for most of the span, refuse for the rest of it."""
        if Kind.STAYS_DOWN in self._router.faults:
            return
        self._next = self._router.timers.later(span * SILENT_SHARE, lambda: self._refuse(span * (1 - SILENT_SHARE)))

    def _refuse(self, span: timedelta) -> None:
        # A new kernel knows no connection of before: whoever still waits on one is reset.
        self._router.condition = Condition.STARTING
        self._router.cut()
        self._next = self._router.timers.later(span, self._started)

    def _started(self) -> None:
        router = self._router
        router.condition = Condition.UP
        self._next = None
        log = router.part(Log)
        log.entries.clear()
        for topics, message in self._notes:
            log.add(topics, message)
        if self.auto_upgrade and self.firmware != str(router.model.version):
            self.flash()
        for act in list(self.on_start):
            act()
        if loop := router.faults.get(Kind.REBOOT_LOOP):
            self._next = router.timers.later(timedelta(seconds=loop.number("seconds")), self._again)

    def _again(self) -> None:
        self._next = None
        if Kind.REBOOT_LOOP in self._router.faults:
            self.restart()

    def flash(self) -> None:
        """Write the boot firmware that came with the packages; it runs from the next start on."""
        self.flashed = str(self._router.model.version)
        self._router.part(Log).add("system,info,critical", FLASHED)
