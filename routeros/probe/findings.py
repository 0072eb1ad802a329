"""What a probe found of a device, read from its replies without asking anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from routeros import values
from routeros.errors import RouterOSError, Trap
from routeros.exchange import Reply
from routeros.probe.questions import MENUS, TRIED
from routeros.words import Row

T = TypeVar("T")


class Access(StrEnum):
    """Whether a menu can be used."""

    PRESENT = "present"
    ABSENT = "absent"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package, or one that could be (``available``)."""

    name: str
    version: str
    disabled: bool = False
    scheduled: str = ""
    available: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """One of the device's services. ``allowed`` are the addresses that it answers; empty: all."""

    name: str
    port: int | None
    enabled: bool
    certificate: str = ""
    max_sessions: int | None = None
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What our user may do. ``policies`` is None where the device did not tell them.

    ``reads`` was tried; None: the device did not answer.
    """

    username: str
    group: str = ""
    policies: frozenset[str] | None = None
    reads: bool | None = None
    radius: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """The device's clock; ``ahead`` of ours (negative: behind), None where it could not be read."""

    shown: str
    zone: str = ""
    ahead: timedelta | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """Sizes in bytes. ``flash``: only what is in the directory flash outlives a reboot."""

    free: int | None = None
    total: int | None = None
    bad_blocks: float | None = None
    flash: bool = False
    free_memory: int | None = None
    total_memory: int | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a device is, can and lacks. Texts are as the device wrote them, and empty where it said nothing.

    ``menus`` tells of each menu or command that was asked whether it is there, ``counts`` how many rows it has;
    ``errors`` are the replies that failed for another reason.
    """

    identity: str
    version: str
    board: str
    architecture: str
    uptime: str
    rights: Rights
    clock: Clock
    storage: Storage
    model: str = ""
    serial: str = ""
    licence: str = ""
    firmware: str = ""
    firmware_upgrade: str = ""
    packages: tuple[Package, ...] = ()
    services: tuple[Service, ...] = ()
    device_mode: Mapping[str, str] = field(default_factory=dict)
    sensors: int = 0
    menus: Mapping[str, Access] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def routerboard(self) -> bool:
        """Tell whether there is a board of MikroTik, with a boot loader to upgrade."""
        return bool(self.model)

    def has(self, menu: str) -> bool:
        """Tell whether a menu is there, also where we may not look into it."""
        return self.menus.get(menu) in (Access.PRESENT, Access.FORBIDDEN)


def read(replies: Mapping[str, Reply], username: str, at: datetime) -> Probe:
    """Read the replies by command; ``at`` is our own time when they were given."""
    resource, board = _one(replies, "/system/resource"), _one(replies, "/system/routerboard")
    licence = _one(replies, "/system/license")
    return Probe(
        identity=_one(replies, "/system/identity").get("name", ""),
        version=resource.get("version", ""),
        board=resource.get("board-name", ""),
        architecture=resource.get("architecture-name", ""),
        uptime=resource.get("uptime", ""),
        rights=_rights(replies, username),
        clock=_clock(_one(replies, "/system/clock"), at),
        storage=_storage(resource, _rows(replies, "/file")),
        model=board.get("model", ""),
        serial=board.get("serial-number", ""),
        licence=licence.get("software-id") or licence.get("system-id", ""),
        firmware=board.get("current-firmware", ""),
        firmware_upgrade=board.get("upgrade-firmware", ""),
        packages=tuple(map(_package, _rows(replies, "/system/package"))),
        services=tuple(_service(row) for row in _rows(replies, "/ip/service") if _offered(row)),
        device_mode=_one(replies, "/system/device-mode"),
        sensors=_sensors(_rows(replies, "/system/health")),
        menus={_menu(command): _access(command, reply) for command, reply in replies.items()},
        counts={_menu(c.menu): _count(reply) for c in MENUS if isinstance(reply := replies.get(c.menu), list)},
        errors=_errors(replies),
    )


def _menu(command: str) -> str:
    return command.removesuffix("/print")


def _rows(replies: Mapping[str, Reply], menu: str) -> list[Row]:
    reply = replies.get(f"{menu}/print", [])
    return reply if isinstance(reply, list) else []


def _one(replies: Mapping[str, Reply], menu: str) -> Row:
    return next(iter(_rows(replies, menu)), {})


def _errors(replies: Mapping[str, Reply]) -> dict[str, str]:
    """Gather why menus could not be read that are neither absent nor forbidden."""
    failed = {command: reply for command, reply in replies.items() if isinstance(reply, RouterOSError)}
    return {_menu(c): e.message for c, e in failed.items() if _access(c, e) is Access.UNKNOWN}


def _access(command: str, reply: Reply) -> Access:
    """Tell what a reply says of a menu: its own traps are how a device says that it has none, or that we may not."""
    if isinstance(reply, list):
        return Access.PRESENT
    if not isinstance(reply, Trap):
        return Access.UNKNOWN
    if reply.absent:
        return Access.ABSENT
    if reply.message.startswith("not enough permissions"):
        return Access.FORBIDDEN
    understood = command in _TRIED or reply.message.startswith("unknown parameter")
    return Access.PRESENT if understood else Access.UNKNOWN


_TRIED: Final = frozenset(command.menu for command in TRIED)


def _count(rows: list[Row]) -> int:
    """Count rows: the device did (``ret``), or it told them all."""
    told = rows[0].get("ret", "") if len(rows) == 1 else ""
    return int(told) if told.isdecimal() else len(rows)


def _rights(replies: Mapping[str, Reply], username: str) -> Rights:
    """Find our group by the user, or by the session where the user is RADIUS's; then its policies."""
    active, user = _one(replies, "/user/active"), _one(replies, "/user")
    group = active.get("group") or user.get("group", "")
    told = next((row.get("policy", "") for row in _rows(replies, "/user/group") if row.get("name") == group), None)
    policies = None if told is None else frozenset(p for p in told.split(",") if p and not p.startswith("!"))
    tried = _access("", replies.get("/system/resource/print", []))
    reads = None if tried is Access.UNKNOWN else tried is Access.PRESENT
    return Rights(username, group, policies, reads, active.get("radius") == "true")


def _sensors(rows: list[Row]) -> int:
    """Count them: a row each from 7 on, before that a property each of one row."""
    return len(rows) if any("name" in row for row in rows) else sum(map(len, rows))


def _package(row: Row) -> Package:
    return Package(
        row.get("name", ""),
        row.get("version", ""),
        row.get("disabled") == "true",
        row.get("scheduled", ""),
        row.get("available") == "true",
    )


def _offered(row: Row) -> bool:
    """Tell a service from a living connection, which 7.24 lists among them."""
    return row.get("connection") != "true" and row.get("dynamic") != "true"


def _service(row: Row) -> Service:
    certificate = row.get("certificate", "")
    return Service(
        row.get("name", ""),
        _maybe(values.integer, row.get("port")),
        row.get("disabled") != "true",
        "" if certificate == "none" else certificate,
        _maybe(values.integer, row.get("max-sessions")),
        row.get("available-from") or row.get("address", ""),
    )


def _storage(resource: Row, directories: list[Row]) -> Storage:
    return Storage(
        _maybe(values.size, resource.get("free-hdd-space")),
        _maybe(values.size, resource.get("total-hdd-space")),
        _maybe(values.ratio, resource.get("bad-blocks")),
        any(row.get("name") == "flash" for row in directories),
        _maybe(values.size, resource.get("free-memory")),
        _maybe(values.size, resource.get("total-memory")),
    )


def _clock(row: Row, at: datetime) -> Clock:
    """Compare the device's clock with ours; without its offset from UTC only the year means something."""
    shown = f"{row.get('date', '')} {row.get('time', '')}".strip()
    local = _maybe(lambda raw: values.moment(raw, UTC), shown)
    offset = _maybe(_offset, row.get("gmt-offset"))
    ahead = None if local is None or offset is None else _apart(local, offset, at)
    return Clock(shown, row.get("time-zone-name", ""), ahead, local.year if local else None)


def _apart(local: datetime, offset: timedelta, at: datetime) -> timedelta | None:
    try:
        return local - offset - at
    except OverflowError:
        return None


def _offset(raw: str) -> timedelta:
    """Read ``+03:00``; some versions tell seconds, negative ones as unsigned 32 bits."""
    if ":" in raw:
        sign, hours, minutes = raw[0], *raw.lstrip("+-").split(":")[:2]
        span = timedelta(hours=int(hours), minutes=int(minutes))
        return -span if sign == "-" else span
    seconds = int(raw)
    return timedelta(seconds=seconds - 2**32 if seconds >= 2**31 else seconds)


def _maybe(parse: Callable[[str], T], raw: str | None) -> T | None:
    """Read a value that may be absent or odd: a probe shows what it can."""
    try:
        return None if raw is None else parse(raw)
    except (ValueError, OverflowError):
        return None
