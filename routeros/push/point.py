"""The restore point: a backup where it outlives a restart, and a timer of the device that loads it.

The timer is armed by its interval alone: a device aligns runs to a start, and without one that is now. The first
command of what it runs disables it, so that it runs once, whatever happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from routeros import values
from routeros.errors import ProtocolError, Trap
from routeros.push.line import Line
from routeros.push.survey import clock, moment
from routeros.words import Row

SCHEDULER: Final = "/system/scheduler"
PREFIX: Final = "flotilla-"
SLACK: Final = timedelta(seconds=20)
"""So much may the device's clock and ours disagree about a timer that was just armed."""

SMALLEST: Final = 64
"""A backup has more bytes than this; an empty one was not written."""


@dataclass(frozen=True, slots=True)
class Point:
    """The restore point of one push; the names on the device tell whose it is, and which version it is for."""

    change: str
    version: str
    flash: bool

    @property
    def timer(self) -> str:
        return f"{PREFIX}{self.change}"

    @property
    def file(self) -> str:
        name = f"{PREFIX}{self.change}-{self.version}.backup"
        return f"flash/{name}" if self.flash else name

    @property
    def script(self) -> str:
        return (
            f'/system scheduler disable [find name="{self.timer}"]; '
            f'/system backup load name="{self.file}" password=""'
        )

    async def save(self, line: Line) -> int:
        """Save the configuration, and tell the size of the file. Raises RouterOSError where it is not there."""
        await line.do("/system/backup/save", {"name": self.file.removesuffix(".backup"), "dont-encrypt": "yes"})
        size = await self.size(line)
        if size < SMALLEST:
            raise Trap(
                None, f"The restore point was not written: {self.file} has {size} bytes.", menu="/system/backup"
            )
        return size

    async def size(self, line: Line) -> int:
        """Tell the size of the backup, 0 where there is none."""
        rows = await line.rows("/file", ("name", "size"), (f"?name={self.file}",))
        return max((values.size(row.get("size", "0")) for row in rows), default=0)

    async def arm(self, line: Line, span: timedelta) -> timedelta:
        """Arm the timer, and tell what is left of it by the device's own clock.

        Raises Trap where the device refuses it, or where it will not run when it should.
        """
        seconds = f"{int(span.total_seconds())}s"
        await line.do(f"{SCHEDULER}/add", {"name": self.timer, "interval": seconds, "on-event": self.script})
        left = await self.left(line)
        if left is None or not timedelta() < left <= span + SLACK:
            told = "not at all" if left is None else f"in {left.total_seconds():.0f} s"
            raise Trap(None, f"The timer was armed for {seconds} and would run {told}.", menu=SCHEDULER)
        return left

    async def left(self, line: Line) -> timedelta | None:
        """Tell how long the timer has to run by the device's own clock; None where it does not run (any more)."""
        row = await self._row(line)
        if row is None or row.get("disabled") in ("true", "yes") or not row.get("next-run"):
            return None
        return moment(row["next-run"], SCHEDULER) - await clock(line)

    async def disarm(self, line: Line) -> bool:
        """Remove the timer and the backup, and read back that they are gone; False where the timer has fired.

        Raises RouterOSError.
        """
        row = await self._row(line)
        if row is not None and (row.get("run-count", "0") != "0" or row.get("disabled") in ("true", "yes")):
            return False
        if row is not None:
            await line.do(f"{SCHEDULER}/remove", {".id": row[".id"]})
        if await self._row(line) is not None:
            raise ProtocolError("The device says that the timer is removed, and still has it.", menu=SCHEDULER)
        await self.sweep(line)
        return True

    async def sweep(self, line: Line) -> None:
        """Remove the timer if it has fired, and our files."""
        row = await self._row(line)
        if row is not None:
            await line.do(f"{SCHEDULER}/remove", {".id": row[".id"]})
        for name in (self.file, self.trial):
            rows = await line.rows("/file", (".id", "name"), (f"?name={name}",))
            for found in rows:
                await line.do("/file/remove", {".id": found[".id"]})

    @property
    def trial(self) -> str:
        """The file by which the device reads the commands without running them."""
        return f"{PREFIX}{self.change}.rsc"

    async def load(self, line: Line) -> None:
        """Load the restore point, which restarts the device. Raises Trap where there is none any more."""
        if await self.size(line) < SMALLEST:
            raise Trap(None, f"The restore point {self.file} is gone.", menu="/system/backup")
        await line.do("/system/backup/load", {"name": self.file, "password": ""})

    async def _row(self, line: Line) -> Row | None:
        properties = (".id", "name", "next-run", "disabled", "run-count")
        rows = await line.rows(SCHEDULER, properties, (f"?name={self.timer}",))
        return next(iter(rows), None)
