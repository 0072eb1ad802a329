"""The search for routers in a network: what may be searched, where it knocks, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Final

from fleet.egress import Address, Egress, Network
from fleet.endpoints import BadField
from fleet.errors import EgressDenied

MOST: Final = 4096
"""Addresses of one search: a /20."""

SLOWEST, USUAL, FASTEST = 1.0, 100.0, 200.0
"""Connections begun in a second."""


class Service(StrEnum):
    """A door of a router at which it is knocked."""

    API = "api"
    API_SSL = "api-ssl"
    WINBOX = "winbox"
    SSH = "ssh"


PORTS: Final[Mapping[Service, int]] = {
    Service.API: 8728,
    Service.API_SSL: 8729,
    Service.WINBOX: 8291,
    Service.SSH: 22,
}


class Progress(StrEnum):
    """How far a search is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def live(self) -> bool:
        """Tell whether it goes on."""
        return self in (Progress.WAITING, Progress.RUNNING)


@dataclass(frozen=True, slots=True)
class Found:
    """An address at which something answered.

    ``ports`` are those that are open. ``fingerprint`` is the certificate's of api-ssl, None where it shows none.
    ``speaks`` tells whether the answer was RouterOS's API.
    """

    address: str
    ports: Mapping[Service, int] = field(default_factory=dict)
    fingerprint: str | None = None
    speaks: bool = False


def network(text: str) -> Network:
    """Read a network that is not too large to search; raises BadField."""
    try:
        found = ip_network(text)
    except ValueError as error:
        advice = "Write it as 10.20.0.0/20, without bits of a host."
        raise BadField("network", f"{text[:80]!r} is no network.", advice) from error
    if found.num_addresses > MOST:
        advice = f"Search at most {MOST} addresses at once, a /20 or, of IPv6, a /116."
        raise BadField("network", f"{found} has more than {MOST} addresses.", advice)
    return found


def address(text: str) -> str:
    """Read the address after which a page begins; raises BadField."""
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise BadField("after", f"{text[:80]!r} is no address.", "Give a page's `next`.") from error


def addresses(network: Network) -> Sequence[Address]:
    """List the addresses at which hosts can be, in order."""
    return list(network.hosts())


def allow(network: Network, egress: Egress) -> None:
    """Raise EgressDenied unless every address may be reached.

    Who has no networks of its own may reach any routable address, but does not search other people's: of those it
    gets private ones alone.
    """
    for address in network:
        egress.check(str(address), PORTS[Service.API_SSL])
        if not egress.networks and address.is_global:
            advice = "Ask an administrator to add it to this tenant's networks."
            raise EgressDenied(f"{network} is no private network, and none of this tenant's.", advice)
