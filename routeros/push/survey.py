"""What must be known of a device before it is changed: version, flash, what its mode allows, and who else is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fleet import versions
from fleet.versions import Version
from routeros import values
from routeros.errors import ProtocolError, RouterOSError, Trap
from routeros.push.line import Line
from routeros.words import Command, Row

_ASKED: Final = (
    Command("/system/resource/print", ("version", "board-name")),
    Command("/system/identity/print", ("name",)),
    Command("/file/print", ("name", "type"), queries=("?name=flash",)),
    Command("/system/device-mode/print", ("mode", "scheduler", "flagged")),
    Command("/user/active/print", ("name", "via", "address")),
    Command("/ip/route/print", ("gateway", "active", "disabled"), queries=("?dst-address=0.0.0.0/0",)),
)


@dataclass(frozen=True, slots=True)
class Survey:
    """A device as it is met.

    ``flash``: only what lies in that directory outlives a restart. ``scheduler``: its mode lets timers run.
    ``others`` are the sessions of people, as ``admin by winbox``. ``gateways`` are those of the default routes,
    ``programs`` the users that came by the API, each with the address from which.
    """

    version: Version
    identity: str
    flash: bool
    scheduler: bool
    others: tuple[str, ...]
    gateways: tuple[str, ...]
    programs: tuple[tuple[str, str], ...] = ()

    def source(self, user: str) -> str:
        """Tell the address from which we come, as the device sees it; empty where that is not certain."""
        found = {address for name, address in self.programs if name == user}
        return found.pop() if len(found) == 1 else ""


async def survey(line: Line) -> Survey:
    """Look at a device. Raises RouterOSError where it does not tell what it must."""
    resource, identity, flash, mode, active, routes = await line.several(*_ASKED)
    version = _first(resource, "/system/resource").get("version", "")
    try:
        running = versions.version(version)
    except ValueError as error:
        raise ProtocolError(f"The device tells no version: {error}.", menu="/system/resource") from None
    return Survey(
        version=running,
        identity=_first(identity, "/system/identity").get("name", ""),
        flash=bool(_rows(flash)),
        scheduler=_allows(mode),
        others=tuple(_people(_rows(active))),
        gateways=tuple(_gateways(_rows(routes))),
        programs=tuple(_programs(_rows(active))),
    )


def _rows(reply: Sequence[Row] | RouterOSError) -> Sequence[Row]:
    return () if isinstance(reply, RouterOSError) else reply


def _first(reply: Sequence[Row] | RouterOSError, menu: str) -> Row:
    if isinstance(reply, RouterOSError):
        raise reply
    if not reply:
        raise ProtocolError(f"The device told nothing of {menu}.", menu=menu)
    return reply[0]


def _allows(mode: Sequence[Row] | RouterOSError) -> bool:
    """Tell whether timers may run: where the device has no such modes, they may."""
    row = next(iter(_rows(mode)), {})
    return row.get("scheduler", "true") in ("true", "yes")


def _people(active: Sequence[Row]) -> list[str]:
    """Name the sessions that people work by; those of programs are our own, too."""
    return [
        f"{row.get('name', 'somebody')} by {row['via']}"
        for row in active
        if row.get("via") in ("winbox", "ssh", "telnet", "console", "web", "local")
    ]


def _programs(active: Sequence[Row]) -> list[tuple[str, str]]:
    return [(row.get("name", ""), row.get("address", "")) for row in active if row.get("via", "").startswith("api")]


def _gateways(routes: Sequence[Row]) -> list[str]:
    return [
        row["gateway"]
        for row in routes
        if row.get("gateway") and row.get("disabled") not in ("true", "yes") and row.get("active", "true") == "true"
    ]


async def clock(line: Line) -> datetime:
    """Read the device's own wall clock, as if it were UTC. Raises RouterOSError, ProtocolError."""
    row = next(iter(await line.rows("/system/clock", ("date", "time"))), {})
    return moment(f"{row.get('date', '')} {row.get('time', '')}", "/system/clock")


def moment(told: str, menu: str) -> datetime:
    """Read an instant of the device's own clock, as if it were UTC; raises ProtocolError."""
    try:
        return values.moment(told, UTC)
    except ValueError as error:
        raise ProtocolError(f"The device's time cannot be read: {error}.", menu=menu) from None


async def answers(line: Line, gateway: str) -> bool:
    """Tell whether a gateway answers the device's pings."""
    rows = await line.ask("/ping", {"address": gateway.partition("%")[0], "count": "2", "interval": "00:00:00.300"})
    return any(row.get("received", "0") not in ("", "0") for row in rows)


async def answering(line: Line, gateways: Sequence[str]) -> str | None:
    """Tell the first of the gateways that answers; None where none of the first two does. Raises RouterOSError."""
    for gateway in gateways[:2]:
        try:
            if await answers(line, gateway):
                return gateway
        except Trap:
            continue
    return None
