"""Which hosts answer a router's pings and how fast, as it follows from the site, the model and the time."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from routeros.simulator.device import lan, naming
from routeros.simulator.device.noise import draw, key
from routeros.simulator.device.persona import Role
from routeros.simulator.menus import dns
from routeros.simulator.outcome import Refused
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

SILENT = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "2001:db8::/32")))
"""Networks for documentation (RFC 5737, RFC 3849): nobody answers there."""


@dataclass(frozen=True, slots=True)
class Path:
    """How a host is reached: the time for there and back in milliseconds, and how many routers it leaves."""

    milliseconds: float
    ttl: int


def resolve(router: Router, name: str) -> str:
    """Find the address of a host by the router's static names; raises Refused."""
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    for row in router.table(dns.STATIC.table, dns.STATIC.stored):
        if row.get("name", "").lower() == name.lower() and row.get("disabled") != "true" and "address" in row:
            return row["address"]
    raise Refused("failure: dns name does not exist")


def path(router: Router, address: str, at: float) -> Path | None:
    """Tell how a host is reached at a time; None where it does not answer."""
    to = ip_address(address)
    wobble = draw(key(router.model.root, address, int(at * 5)), 0.8, 1.5)
    if to.is_loopback or address == lan.own_address(router.model):
        return Path(0.05 * wobble, 64)
    if _is_near(router, to, at):
        return Path(draw(key(address), 0.2, 1.8) * wobble, 64)
    if to.is_private or any(to in net for net in SILENT) or to.is_multicast or not _has_way(router):
        return None
    return Path(draw(key(address), 6, 38) * wobble, 64 - key(address) % 14)


def _is_near(router: Router, to: IPv4Address | IPv6Address, at: float) -> bool:
    """The devices of the site, the gateway's other addresses, the provider and the hosts that are there."""
    model = router.model
    prefix = lan.site_prefix(model)
    devices = {f"{prefix}.{index % naming.SITE_SIZE + 1}" for index in model.neighbours}
    if model.persona.role is not Role.GATEWAY:
        return str(to) in devices | {"172.16.10.1", "172.16.20.1"}
    own, far = lan.uplink(model)
    mine = {net.gateway for net in lan.nets(model)} | {own.split("/")[0], far}
    return str(to) in devices | mine | {host.address for host in lan.hosts(model, at)}


def _has_way(router: Router) -> bool:
    """The first interface is the uplink."""
    return ports.is_running(router, next(iter(router.table(ports.STORE, ports.stored))))
