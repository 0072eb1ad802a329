"""The search for a newer version, its download and its installation: ``/system/package/update``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from fleet.versions import APART, Version
from routeros.simulator.device import firmware, measures
from routeros.simulator.device.firmware import Npk
from routeros.simulator.device.noise import draw, key
from routeros.simulator.device.persona import Driver
from routeros.simulator.faults import Kind
from routeros.simulator.outcome import Refused, Row
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.packages import DOWNLOADS_APART, SMALL_FLASH, Packages
from routeros.simulator.router import Router

FINDING, NEWER, CURRENT = "finding out latest version...", "New version is available", "System is already up to date"
SIZING, DOWNLOADED = "calculating download size...", "Downloaded, please reboot router to upgrade it"
REBOOTING, NO_ROOM = "Downloaded, rebooting...", "ERROR: not enough disk space"
MIB = 1024 * 1024
SIZING_SPAN, PARTING_SPAN = timedelta(seconds=1), timedelta(seconds=1)


class Update:
    """A part of a router: at most one thing is going on at a time."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.channel = "stable"
        self.latest: Version | None = None
        self._said = ""
        self._began = 0.0
        self._loads = 0.0
        self._stop: Callable[[], None] | None = None
        router.down.append(self._forget)

    @property
    def busy(self) -> bool:
        """Whether something is still going on."""
        return self._stop is not None

    @property
    def status(self) -> str:
        """What the router says of it; the share of a download grows with time."""
        if not self._loads or self._said != SIZING:
            return self._said
        done = (self._router.now() - self._began - SIZING_SPAN.total_seconds()) * self._speed
        if done < 0:
            return SIZING
        share = min(done / self._loads, 0.99)
        return f"Downloaded {share:.0%} ({share * self._loads / MIB:.1f}MiB)"

    def row(self) -> Row:
        """What the menu prints; what is not known yet is not told."""
        row = {"channel": self.channel, "installed-version": str(self._router.model.version)}
        row |= {"latest-version": str(self.latest)} if self.latest and self._said != FINDING else {}
        return row | ({"status": self.status} if self._said else {})

    def check(self) -> None:
        """Ask the vendor what is new; it takes a moment, on some lines a long one."""
        if not self.busy:
            span = draw(key(self._router.model.root, "line"), 0.6, 6.5)
            self._say(FINDING, timedelta(seconds=span), self._found)

    def load(self, *, install: bool) -> None:
        """Download what the channel has, and restart with it where it is to be installed."""
        if self.busy:
            return
        self._find()
        if self.latest is None or self.latest == self._router.model.version:
            self._said = CURRENT if self.latest else "ERROR: no such channel"
            return
        wanted = self.wanted(self.latest)
        self._loads = float(firmware.total(wanted))
        span = SIZING_SPAN + timedelta(seconds=self._loads / self._speed)
        if self._room < self._loads:
            self._say(SIZING, SIZING_SPAN, lambda: self._end(NO_ROOM))
        else:
            self._say(SIZING, span, lambda: self._loaded(wanted, install))

    def cancel(self) -> None:
        """Stop what is going on."""
        if self._stop is not None:
            self._stop()
            self._end("")

    def wanted(self, latest: Version) -> list[Npk]:
        """Choose the packages to load: all that are installed, and the driver that left the main one at 7.13."""
        model = self._router.model
        names = {name for name in model.firmware.extras if firmware.needs_driver(name, latest)}
        if model.persona.driver is Driver.WIRELESS and latest >= APART > model.version:
            names.add("wireless")
        return [
            firmware.package(name, latest, model.persona.board.architecture) for name in ["routeros", *sorted(names)]
        ]

    @property
    def _speed(self) -> float:
        """Bytes a second."""
        return draw(key(self._router.model.root, "downlink"), 0.6, 3.0) * MIB

    @property
    def _room(self) -> float:
        """What there is room for; boards with a small flash keep a download in memory."""
        router = self._router
        if Kind.DISK_FULL in router.faults:
            return 0.0
        if router.model.persona.board.disk <= SMALL_FLASH:
            return measures.free_memory(router.model, router.now())
        return router.part(Files).free

    def _say(self, status: str, span: timedelta, then: Callable[[], None]) -> None:
        self._said, self._began = status, self._router.now()
        self._stop = self._router.timers.later(span, then)

    def _find(self) -> None:
        self.latest = self._router.channels.latest(self.channel, self._router.model.version)

    def _found(self) -> None:
        self._find()
        self._router.part(Packages).offer()
        known = self.latest is not None
        newer = self.latest != self._router.model.version
        self._end((NEWER if newer else CURRENT) if known else "ERROR: no such channel")

    def _loaded(self, wanted: list[Npk], install: bool) -> None:
        try:
            self._keep(wanted)
        except Refused:
            self._end(NO_ROOM)
            return
        if not install:
            self._end(DOWNLOADED)
            return
        self._loads = 0.0
        self._say(REBOOTING, PARTING_SPAN, self._go)

    def _keep(self, wanted: list[Npk]) -> None:
        """Write the packages to where the next start looks for them; raises Refused where there is no room."""
        files, folder = self._router.part(Files), ""
        if self._router.model.version >= DOWNLOADS_APART:
            folder = "downloads/"
            if not files.has("downloads"):
                files.make_directory("downloads")
        for one in wanted:
            content = firmware.npk(one.name, one.version, self._router.model.persona.board.architecture)
            files.write(folder + one.file, content)

    def _go(self) -> None:
        self._end(REBOOTING)
        self._router.part(Boot).restart(applied=True)

    def _end(self, status: str) -> None:
        self._said, self._loads, self._stop = status, 0.0, None

    def _forget(self) -> None:
        """Know nothing any more: the router goes down."""
        self.cancel()
        self._end("")
        self.latest = None
