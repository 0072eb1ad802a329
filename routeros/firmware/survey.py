"""What a device says of itself before it is touched and after: identity, version, packages, room, boot firmware."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from fleet.firmware import MAIN
from fleet.rollouts.preflight import Found
from fleet.versions import APART, Version, version
from routeros import values
from routeros.errors import ProtocolError, RouterOSError
from routeros.push.line import Line
from routeros.words import Command, Row

IDENTITY: Final = Command("/system/identity/print", ("name",))
RESOURCE: Final = Command(
    "/system/resource/print",
    ("uptime", "version", "architecture-name", "free-hdd-space", "total-hdd-space", "free-memory", "total-memory"),
)
BOARD: Final = Command("/system/routerboard/print", ("serial-number", "current-firmware", "upgrade-firmware"))
LICENCE: Final = Command("/system/license/print", ("system-id", "software-id"))
PACKAGES: Final = Command("/system/package/print", ("name", "version", "disabled", "available", "bundle"))
MODE: Final = Command("/system/device-mode/print", ("mode", "install-any-version"))
RADIOS: Final = Command("/interface/wireless/print", (".id",))

REFUSED: Final = "install-any-version is off, and so old a version is not taken"
SMALL_FLASH: Final = 2**25
"""Boards with so little flash keep what is uploaded into their root in memory."""

OLDEST: Final = {7: Version(7, 13), 6: Version(6, 49, 8)}
"""Older versions than these have holes that are known: a device-mode without ``install-any-version`` refuses them."""

SLACK: Final = timedelta(seconds=10)
"""By how much two readings of one start may differ beside an answer's way: an uptime is in whole seconds."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A device between two instants, of its being asked and its answer.

    ``boot`` and ``boot_next`` are its boot firmware and the one that would be written. ``driver``: its radios need
    the older wireless driver, which left the main package at 7.13.
    """

    at: datetime
    until: datetime
    found: Found
    uptime: timedelta
    boot: str
    boot_next: str
    driver: bool
    any_version: bool = True

    @property
    def since(self) -> datetime:
        """When it was started at the latest, by our clock: it told its uptime before its answer was here."""
        return self.until - self.uptime

    def restarted(self, since: datetime) -> bool:
        """Tell whether it was surely started anew, if it had run since an instant before at the latest.

        It told its uptime after it was asked: an answer that took long is no start.
        """
        return self.at - self.uptime > since + SLACK

    @property
    def unbooted(self) -> bool:
        """Whether its boot firmware is another one than comes with what runs."""
        return bool(self.boot_next) and self.boot != self.boot_next

    def meant(self, target: str) -> Found:
        """Tell what it says of itself to somebody who would bring it to a version: whether it refuses that one."""
        wanted = version(target)
        refuses = not self.any_version and wanted < OLDEST.get(wanted.major, wanted)
        return replace(self.found, mode=REFUSED if refuses else "")

    def wanted(self, target: str) -> frozenset[str]:
        """Tell the packages that it is to have at a version: those that it has, and the driver that went apart."""
        crosses = version(self.found.version) < APART <= version(target)
        return self.found.packages | ({"wireless"} if self.driver and crosses else frozenset())


async def survey(line: Line, now: Callable[[], datetime]) -> Survey:
    """Ask a device; raises RouterOSError."""
    at = now()
    asked = (IDENTITY, RESOURCE, BOARD, LICENCE, PACKAGES, RADIOS, MODE)
    identity, resource, board, licence, packages, radios, mode = [
        _rows(reply) for reply in await line.several(*asked)
    ]
    until, told, chip = now(), _first(resource), _first(board)
    try:
        runs = str(version(told["version"]))
        uptime = values.duration(told["uptime"])
        room = _room(told)
        memory = values.size(told["total-memory"])
    except (KeyError, ValueError):
        raise ProtocolError("The device does not tell what it runs and since when.", menu=RESOURCE.menu) from None
    known = _first(licence)
    serial = chip.get("serial-number") or known.get("system-id") or known.get("software-id") or ""
    found = Found(
        identity=_first(identity).get("name", ""),
        serial=serial,
        version=runs,
        architecture=told.get("architecture-name", ""),
        packages=_installed(packages),
        room=room,
        memory=memory,
    )
    boots = (chip.get("current-firmware", ""), chip.get("upgrade-firmware", ""))
    return Survey(at, until, found, uptime, *boots, bool(radios), _first(mode).get("install-any-version") != "false")


def _room(told: Row) -> int:
    """Tell the bytes that there are for packages: small boards take them into their memory."""
    disk = values.size(told.get("free-hdd-space", "0"))
    if values.size(told.get("total-hdd-space", "0")) > SMALL_FLASH:
        return disk
    return values.size(told.get("free-memory", "0"))


def _installed(rows: list[Row]) -> frozenset[str]:
    """Name the packages that are installed and on, as a catalogue does: parts of the v6 main package are none."""
    names = [
        row.get("name", "")
        for row in rows
        if row.get("available") != "true" and row.get("disabled") != "true" and not row.get("bundle")
    ]
    return frozenset(MAIN if name.startswith(f"{MAIN}-") else name for name in names if name)


def _rows(reply: list[Row] | RouterOSError) -> list[Row]:
    """What a device does not know it has none of."""
    return [] if isinstance(reply, RouterOSError) else reply


def _first(rows: list[Row]) -> Row:
    return rows[0] if rows else {}
