"""What devices are reached over, by what is known of their network: routes, neighbours, and subnets. Pure.

A device is behind the gateways of its default routes. Where neighbours are known, it is behind those of them, too,
that are nearer to a way out. Of a device of which neither tells anything, the gateway of its subnet is taken.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from typing import Final

from fleet.identity import DeviceId

MOST_GATEWAYS: Final = 3
"""Of an address that more devices have nobody can tell which one is meant."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Told:
    """What devices tell of their network.

    ``ways`` are the default routes: a device, and who has the gateway's address; nobody, where it leads to what is
    not managed. ``cables`` join two devices. ``homes`` are the addresses at which devices are entered, ``addresses``
    those that they have, with the length of the prefix.
    """

    ways: Collection[tuple[DeviceId, frozenset[DeviceId]]]
    cables: Collection[tuple[DeviceId, DeviceId]] = ()
    homes: Mapping[DeviceId, str] = field(default_factory=dict)
    addresses: Collection[tuple[DeviceId, str]] = ()


def links(told: Told) -> dict[DeviceId, frozenset[DeviceId]]:
    """Tell what each device is reached over; one of which nothing is known is not named."""
    found: defaultdict[DeviceId, set[DeviceId]] = defaultdict(set)
    roots: set[DeviceId] = set()
    for one, owners in told.ways:
        others = owners - {one}
        if not owners:
            roots.add(one)
        elif len(others) <= MOST_GATEWAYS:
            found[one] |= others
            roots |= others
    for one, nearer in _nearer(told.cables, roots):
        found[one].add(nearer)
    lost = {one: home for one, home in told.homes.items() if not found[one] and one not in roots}
    for one, gateways in _by_subnet(lost, told.addresses, roots):
        found[one] |= gateways
    return {one: frozenset(above) for one, above in found.items() if above}


def _nearer(
    cables: Iterable[tuple[DeviceId, DeviceId]], roots: Collection[DeviceId]
) -> Iterator[tuple[DeviceId, DeviceId]]:
    """Yield devices with each neighbour that is a step nearer to the ways out."""
    beside: defaultdict[DeviceId, set[DeviceId]] = defaultdict(set)
    for one, other in cables:
        beside[one].add(other)
        beside[other].add(one)
    steps = dict.fromkeys(roots, 0)
    ahead = deque(sorted(roots))
    while ahead:
        here = ahead.popleft()
        for one in sorted(beside[here]):
            if one not in steps:
                steps[one] = steps[here] + 1
                ahead.append(one)
    for one, others in beside.items():
        yield from ((one, other) for other in others if steps.get(other, len(beside)) < steps.get(one, 0))


def _by_subnet(
    homes: Mapping[DeviceId, str], addresses: Iterable[tuple[DeviceId, str]], roots: Collection[DeviceId]
) -> Iterator[tuple[DeviceId, set[DeviceId]]]:
    """Yield devices with the gateways that have an address in the smallest network where each is entered."""
    owners: defaultdict[Network, set[DeviceId]] = defaultdict(set)
    for one, text in addresses if homes else ():
        if one in roots and (network := _network(text)) is not None:
            owners[network].add(one)
    lengths = sorted({network.prefixlen for network in owners}, reverse=True)
    for one, text in homes.items():
        if (at := _address(text)) is None:
            continue
        around = (ip_network((at, length), strict=False) for length in lengths if length < at.max_prefixlen)
        gateways = next((owners[network] - {one} for network in around if network in owners), set())
        if 0 < len(gateways) <= MOST_GATEWAYS:
            yield one, gateways


def _network(text: str) -> Network | None:
    """Read the network of an address; none of one that stands alone, or is everything."""
    try:
        found = ip_interface(text).network
    except ValueError:
        return None
    return found if 0 < found.prefixlen < found.max_prefixlen else None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
