"""Which addresses a tenant may reach, checked after a name was resolved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from fleet.errors import BadInput, EgressDenied

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

NEVER = tuple(
    ip_network(n)
    for n in (
        "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32",
        "::/128", "::1/128", "fe80::/10", "ff00::/8", "fd00:ec2::/32",
    )
)  # fmt: skip
"""Loopback, link-local, multicast, reserved and clouds' metadata: denied unless a grant names a part of them."""

OWN = ip_network("127.0.0.0/16")
"""Where our own servers listen: never granted to anyone."""

WRAPPED = tuple(ip_network(n) for n in ("::/96", "64:ff9b::/96"))
"""IPv4 within IPv6, in the last 32 bits: the compatible form of RFC 4291, and a NAT64 gateway's of RFC 6052."""

NEVER_WRAPPED = (IPv6Address("::"), IPv6Address("::1"))

SIMULATED = ip_network("127.64.0.0/10")
"""Where the simulator's routers live: granted to the demo's tenants."""


@dataclass(frozen=True, slots=True)
class Egress:
    """The networks of one tenant. Without any, every address outside NEVER is allowed.

    ``own`` are those of our own machines (``fleet.listeners``), which no grant opens.
    """

    networks: tuple[Network, ...] = ()
    own: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str], own: tuple[Network, ...] = ()) -> Egress:
        """Read networks as text; raises BadInput for one that is none."""
        try:
            return cls(tuple(ip_network(n) for n in networks), own)
        except ValueError as error:
            raise BadInput(f"{error}.", "Write a network as 10.20.0.0/16 or 2001:db8::/32.") from error

    def check(self, address: str, port: int) -> None:
        """Raise EgressDenied unless this resolved address may be connected to."""
        place = _plain(address)
        if place in OWN or any(place in network for network in self.own):
            raise EgressDenied(f"{address} port {port} is one of Flotilla's own.", "Give the device's own address.")
        granted = [network for network in self.networks if place in network]
        never = [network for network in NEVER if place in network]
        if granted and all(any(_within(grant, barred) for grant in granted) for barred in never):
            return
        if self.networks and not granted:
            raise EgressDenied(
                f"{address} is outside the networks of this tenant.", "Ask an administrator to add it."
            )
        if never:
            raise EgressDenied(
                f"{address} is a loopback, link-local or reserved address.", "Give a routable address."
            )


def outward(address: str, port: int, allowed: Iterable[Network], own: Iterable[Network] = ()) -> None:
    """Raise EgressDenied unless a message may go to this resolved address: a public one, or one of ``allowed``."""
    place = _plain(address)
    if any(place in network for network in allowed):
        return
    if not place.is_global or any(place in network for network in (*NEVER, *own)):
        raise EgressDenied(
            f"{address} port {port} is no address of the public internet.",
            "Ask the operator to name its network in notify_networks.",
        )


def _within(grant: Network, barred: Network) -> bool:
    """Tell whether a grant lies inside a barred network, and so means it."""
    return grant.version == barred.version and grant.subnet_of(barred)  # type: ignore[arg-type]


def _plain(address: str) -> Address:
    """Read an address; an IPv4 address in IPv6 clothes counts as IPv4."""
    try:
        place = ip_address(address.split("%")[0])
    except ValueError as error:
        raise EgressDenied(f"{address!r} is no address.", "Resolve the name first.") from error
    if isinstance(place, IPv4Address) or place in NEVER_WRAPPED:
        return place
    if any(place in network for network in WRAPPED):
        return IPv4Address(int(place) & 0xFFFFFFFF)
    return place.ipv4_mapped or place.sixtofour or place
