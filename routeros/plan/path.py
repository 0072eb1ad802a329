"""The path by which a device is reached: from where, to which service, as whom, over which interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_interface, ip_network
from typing import Final

from routeros.export.document import Document
from routeros.plan import world
from routeros.plan.item import Item, World
from routeros.plan.naming import INTERFACES

DEEPEST: Final = 4
"""So many interfaces may lie on top of each other: an address on a VLAN on a bridge on a bond."""


@dataclass(frozen=True, slots=True)
class Path:
    """How we reach a device. ``source`` is our address as the device sees it, empty where that is not known.

    ``interface`` carries ``address``, and ``parents`` carry it: the bridge's ports, the interface of a VLAN. Both are
    empty where the device's text does not say (an address that DHCP gave, or one behind NAT). ``now`` is the
    configuration as it is.
    """

    source: str
    address: str
    port: int
    service: str
    user: str
    interface: str = ""
    parents: tuple[str, ...] = ()
    gateway: str = ""
    now: World = field(default_factory=dict, repr=False, compare=False)

    @property
    def family(self) -> str:
        """The menu of the address's family."""
        return "/ipv6" if ":" in self.address else "/ip"


def read(document: Document, seen: Path) -> Path:
    """Complete a path by what the device's export says."""
    now = world.read(document)
    interface = carrying(now, seen)
    parents = tuple(dict.fromkeys(name for _, item in below(now, interface) if (name := _name(item)) != interface))
    best = route(seen, now)
    gateway = best.values.get("gateway", "") if best else ""
    return replace(seen, interface=interface, parents=parents, gateway=gateway, now=now)


def _name(item: Item) -> str:
    return item.get("", "name") or item.values.get("interface", "")


def carrying(now: World, path: Path) -> str:
    """Tell the interface that carries the address by which we come; the one of a DHCP client where none is told."""
    item = address(now, path)
    if item is not None:
        return item.values.get("interface", "")
    clients = [item.values.get("interface", "") for item in now.get("/ip/dhcp-client", ()) if enabled(item)]
    return clients[0] if len(clients) == 1 and path.family == "/ip" else ""


def carrying_any(now: World, path: Path) -> Sequence[str]:
    """Tell the interfaces that may carry the address: that one, or all that have any where it is not told."""
    known = carrying(now, path)
    rows = [item for menu in (f"{path.family}/address", "/ip/dhcp-client") for item in now.get(menu, ())]
    others = [item.values.get("interface", "") for item in rows if enabled(item)]
    return [known] if known else [*dict.fromkeys(filter(None, others))]


def address(now: World, path: Path) -> Item | None:
    """Find the row of the address by which we come."""
    for item in now.get(f"{path.family}/address", ()):
        if enabled(item) and item.values.get("address", "").partition("/")[0] == path.address:
            return item
    return None


def enabled(item: Item) -> bool:
    return item.values.get("disabled", "no") in ("no", "false")


def below(now: World, name: str, depth: int = 0) -> Iterator[tuple[str, Item]]:
    """Tell the rows that make an interface what it is, and those of the ones that carry it."""
    if not name or depth > DEEPEST:
        return
    rows = [(menu, i) for menu, items in now.items() if INTERFACES.match(menu) for i in items]
    here = [(menu, item) for menu, item in rows if item.get(menu, "name") == name]
    for menu, item in here or [("/interface", Item({"name": name}))]:
        yield menu, item
        for under in carriers(item):
            yield from below(now, under, depth + 1)
    for item in now.get("/interface/bridge/port", ()):
        if item.values.get("bridge") == name:
            yield "/interface/bridge/port", item
            yield from below(now, item.values.get("interface", ""), depth + 1)


def carriers(item: Item) -> Sequence[str]:
    """Tell what an interface says that it runs over."""
    said = [item.values.get(name, "") for name in ("interface", "master-interface", "slaves")]
    return [name for names in said for name in names.split(",") if name]


def route(path: Path, now: World) -> Item | None:
    """Find the route by which answers to us leave: the most specific one, of those the nearest."""
    best: tuple[int, int] | None = None
    found: Item | None = None
    for item in now.get(f"{path.family}/route", ()):
        width = covers(item.values.get("dst-address", "0.0.0.0/0"), path.source)
        distance = item.values.get("distance", "1")
        if width is None or not enabled(item) or item.values.get("routing-table", "main") != "main":
            continue
        rank = (-width, int(distance) if distance.isdigit() else 1)
        if best is None or rank < best:
            best, found = rank, item
    return found


def covers(network: str, source: str) -> int | None:
    """Tell how many bits of a network an address of ours shares, None where it is outside or unknown."""
    try:
        there, us = ip_network(network, strict=False), ip_address(source)
    except ValueError:
        return None
    return there.prefixlen if us in there else None


def neighbour(path: Path, now: World) -> bool:
    """Tell whether we stand in the very network of the address, so that no route is needed."""
    item = address(now, path)
    try:
        return item is not None and ip_address(path.source) in ip_interface(item.values["address"]).network
    except (KeyError, ValueError):
        return False
