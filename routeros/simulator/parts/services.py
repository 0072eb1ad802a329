"""The doors of a router: which services listen and how many sessions each of them takes."""

from __future__ import annotations

from enum import Enum, auto

from fleet.versions import Version
from routeros.simulator.device import formats
from routeros.simulator.device.model import Model
from routeros.simulator.faults import Kind
from routeros.simulator.outcome import Row
from routeros.simulator.parts import accounts
from routeros.simulator.router import Condition, Router

STORE = "/ip/service"
PORTS = {
    "telnet": 23, "ftp": 21, "www": 80, "ssh": 22, "www-ssl": 443, "api": 8728, "winbox": 8291, "api-ssl": 8729,
}  # fmt: skip
SECURE = ("www-ssl", "api-ssl")
OFF = ("telnet", "ftp", "www", "www-ssl")
MOST_SESSIONS = 20
CONNECTED = Version(7, 24)
"""From here on living connections are rows, and ``address`` is called ``available-from``."""


def stored(model: Model) -> list[Row]:
    """Lay out the services of a device as a careful person leaves them; the API is on."""
    rows = []
    for place, (name, port) in enumerate(PORTS.items()):
        row = {".id": f"*{place:X}", "name": name, "port": str(port)}
        if name in SECURE:
            row |= {"certificate": "api" if name == "api-ssl" else "none", "tls-version": "any"}
        row |= {"vrf": "main"} if model.version.major > 6 else {}
        rows.append({**row, "disabled": formats.flag(name in OFF)})
    return rows


def row(router: Router, service: str) -> Row:
    """Find the stored row of a service."""
    return next(row for row in router.table(STORE, stored) if row["name"] == service)


def refit(router: Router) -> None:
    """Let the addresses from which services may be used be called as the version of now calls them."""
    old, new = ("address", "available-from") if router.model.version >= CONNECTED else ("available-from", "address")
    for kept in router.table(STORE, stored):
        if old in kept:
            kept[new] = kept.pop(old)


def admits(router: Router, service: str, host: str = "") -> bool:
    """Tell whether a service takes one more session, from a host; one that moved to another port is not found."""
    offered = row(router, service)
    limit = router.faults.get(Kind.SESSION_LIMIT)
    most = limit.number("most") if limit else int(offered.get("max-sessions", MOST_SESSIONS))
    here = offered["disabled"] == "false" and offered["port"] == str(PORTS[service])
    near = accounts.is_near(offered.get("available-from", offered.get("address", "")), host)
    return here and near and sum(guest.service == service for guest in router.guests) < most


class Welcome(Enum):
    """How a router meets a new connection: with a session, with a reset, or not at all."""

    TAKEN = auto()
    REFUSED = auto()
    UNHEARD = auto()


def welcome(router: Router, service: str, host: str) -> Welcome:
    """Tell how a connection from a host to a service is met as things are."""
    if router.condition is Condition.SILENT or Kind.SILENT in router.faults:
        return Welcome.UNHEARD
    if router.condition is Condition.STARTING or Kind.DOWN in router.faults or not admits(router, service, host):
        return Welcome.REFUSED
    return Welcome.TAKEN
