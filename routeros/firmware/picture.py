"""A device's picture: what must be again after an upgrade, read in one round."""

from __future__ import annotations

from typing import Final

from fleet.rollouts.gates import Picture
from routeros import values
from routeros.errors import RouterOSError, Trap
from routeros.firmware.survey import Survey
from routeros.push.line import Line
from routeros.words import Command, Row

RESOURCE: Final = Command("/system/resource/print", ("cpu-load", "free-memory"))
RUNNING: Final = Command("/interface/print", ("name", "dynamic"), queries=("?running=true",))
NEIGHBOURS: Final = Command("/ip/neighbor/print", ("mac-address",))
ROUTES: Final = Command("/ip/route/print", (".id",), queries=("?active=true",))
BGP: Final = Command("/routing/bgp/session/print", (".id",), queries=("?established=true",))
BGP_OLD: Final = Command("/routing/bgp/peer/print", (".id",), queries=("?state=established",))
OSPF: Final = Command("/routing/ospf/neighbor/print", (".id",), queries=("?state=Full",))
LEASES: Final = Command("/ip/dhcp-server/lease/print", (".id",), queries=("?status=bound",))
PPP: Final = Command("/ppp/active/print", (".id",))
LOG: Final = Command("/log/print", ("topics", "message"))

MOST_ALARMS: Final = 50
EXPECTED: Final = ("rebooted", "login failure", "Firmware upgraded successfully", "logged in")
"""What a restart and our own visits write, or strangers at the door: no news of the upgrade."""


async def take(line: Line, seen: Survey) -> Picture:
    """Take the picture of a device that was just surveyed; raises RouterOSError for a lost line."""
    asked = (RESOURCE, RUNNING, NEIGHBOURS, ROUTES, BGP, BGP_OLD, OSPF, LEASES, PPP, LOG)
    resource, running, neighbours, routes, bgp, bgp_old, ospf, leases, clients, log = await line.several(*asked)
    return Picture(
        version=seen.found.version,
        packages=seen.found.packages,
        running=None if isinstance(running, RouterOSError) else _steady(running),
        neighbours=_count(neighbours),
        routes=_count(routes),
        peers=_sum(_count(bgp), _count(bgp_old), _count(ospf)),
        leases=_count(leases),
        clients=_count(clients),
        busy=_busy(resource),
        free=_size(resource),
        alarms=None if isinstance(log, RouterOSError) else _alarms(log),
    )


def complaints(rows: list[Row]) -> list[str]:
    """Choose what a log says of an upgrade that was not installed; the newest last."""
    said = [row.get("message", "") for row in rows if "error" in row.get("topics", "").split(",")]
    return [text for text in said if not any(known in text for known in EXPECTED)]


async def why(line: Line) -> str:
    """Ask a device's log why it did not install; empty where it says nothing of it. Raises RouterOSError."""
    (log,) = await line.several(LOG)
    return "" if isinstance(log, RouterOSError) else "; ".join(complaints(log)[-3:])


def _steady(rows: list[Row]) -> frozenset[str]:
    """Name the interfaces that run and do not come and go with a client."""
    return frozenset(row["name"] for row in rows if row.get("dynamic") != "true" and row.get("name"))


def _count(reply: list[Row] | RouterOSError) -> int | None:
    """Count rows; a menu that a device has not holds none, and what it cannot tell is not known."""
    if isinstance(reply, Trap):
        return 0 if reply.absent else None
    return None if isinstance(reply, RouterOSError) else len(reply)


def _sum(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _busy(reply: list[Row] | RouterOSError) -> float | None:
    if isinstance(reply, RouterOSError) or not reply:
        return None
    try:
        return values.ratio(reply[0].get("cpu-load", ""))
    except ValueError:
        return None


def _size(reply: list[Row] | RouterOSError) -> int | None:
    if isinstance(reply, RouterOSError) or not reply:
        return None
    try:
        return values.size(reply[0].get("free-memory", ""))
    except ValueError:
        return None


def _alarms(rows: list[Row]) -> frozenset[str]:
    said = [row.get("message", "") for row in rows if "critical" in row.get("topics", "").split(",")]
    fresh = [values.text(text) for text in said if not any(known in text for known in EXPECTED)]
    return frozenset(fresh[-MOST_ALARMS:])
