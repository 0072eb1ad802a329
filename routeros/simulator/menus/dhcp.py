"""DHCP: the pools, ``/ip/pool``, the server with its networks and leases, and the client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from ipaddress import IPv4Address

from fleet.versions import Version
from routeros.simulator import references, selecting, writing
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import (
    either,
    flag,
    ip4,
    listed,
    mac,
    maybe,
    one_of,
    prefix,
    ref,
    since,
    some_of,
    span,
    text,
    whole,
    words_of,
)  # fmt: skip
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply, Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

RANGE = r"\d+\.\d+\.\d+\.\d+(-\d+\.\d+\.\d+\.\d+|/\d+)?"
FIRST_DYNAMIC = 0x1000


def _pools(model: Model) -> list[Row]:
    return [{".id": f"*{n:X}", "name": net.name, "ranges": net.range} for n, net in enumerate(lan.nets(model), 1)]


COUNTED = Version(7, 18)
"""From here on a pool tells how much of it is used."""


def _show_pools(router: Router, rows: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    if router.model.version < COUNTED or not any(name in wanted for name in ("total", "used", "available")):
        return rows
    used = Counter(host.net.name for host in lan.hosts(router.model, router.now()))
    return [_counted(row, used[row["name"]]) for row in rows]


def _counted(row: Row, used: int) -> Row:
    total = sum(map(_size, row["ranges"].split(",")))
    return {**row, "total": str(total), "used": str(used), "available": str(max(0, total - used))}


def _size(part: str) -> int:
    """Count the addresses of a range; what is none counts as one."""
    first, _, last = part.partition("-")
    try:
        return max(1, int(IPv4Address(last)) - int(IPv4Address(first)) + 1)
    except ValueError:
        return 1


POOL = Menu(
    "/ip/pool",
    _pools,
    _show_pools,
    fields={
        "name": text(),
        "ranges": words_of(RANGE),
        "next-pool": ref("/ip/pool", "none", also="none"),
        "comment": text(),
    },
    required=("name", "ranges"),
    unique={("name",): "failure: pool with such name exists"},
    reset=True,
)


def _used(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return [
        {".id": f"*{place:X}", "pool": host.net.name, "address": host.address, "owner": "DHCP", "info": host.mac}
        for place, host in enumerate(lan.hosts(router.model, router.now()), 1)
    ]


USED = Menu("/ip/pool/used", show=_used)


def _servers(model: Model) -> list[Row]:
    return [
        {
            ".id": f"*{n:X}",
            "name": net.name,
            "interface": net.interface,
            "address-pool": net.name,
            "lease-time": "30m",
        }
        for n, net in enumerate(lan.nets(model), 1)
    ]


def _show_servers(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    return [
        {**row, "dynamic": "false", "invalid": formats.flag(references.lost(router, SERVER.path, row))}
        for row in rows
    ]


SERVER = Menu(
    "/ip/dhcp-server",
    _servers,
    _show_servers,
    fields={
        "name": text(),
        "interface": ref(ports.STORE),
        "address-pool": ref("/ip/pool", "static-only", also="static-only"),
        "lease-time": span("10m"),
        "authoritative": one_of("after-10sec-delay after-2sec-delay no yes", "yes"),
        "bootp-lease-time": either("forever lease-time", span(), "forever"),
        "bootp-support": one_of("dynamic none static"),
        "lease-script": text(""),
        "relay": ip4(),
        "server-address": ip4(),
        "delay-threshold": either("none", span()),
        "add-arp": flag(),
        "always-broadcast": maybe(),
        "conflict-detection": maybe(),
        "use-radius": one_of("accounting no yes", "no"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("interface",),
    unique={("interface", "relay"): "failure: can not run two dhcp servers on one interface"},
    reset=True,
)


def _networks(model: Model) -> list[Row]:
    return [
        {".id": f"*{n:X}", "address": net.network, "gateway": net.gateway, "dns-server": net.gateway}
        for n, net in enumerate(lan.nets(model), 1)
    ]


NETWORK = Menu(
    "/ip/dhcp-server/network",
    _networks,
    lambda _, rows, __: [{**row, "dynamic": "false"} for row in rows],
    fields={
        "address": prefix(),
        "gateway": listed(ip4(), ""),
        "netmask": whole(0, 32),
        "dns-server": listed(ip4(), ""),
        "dns-none": flag(),
        "domain": text(""),
        "ntp-server": listed(ip4(), ""),
        "wins-server": listed(ip4(), ""),
        "caps-manager": listed(ip4(), ""),
        "next-server": ip4(),
        "boot-file-name": text(""),
        "dhcp-option": text(""),
        "dhcp-option-set": text(""),
        "comment": text(),
    },
    required=("address",),
    unique={("address",): "failure: dhcp-network with such address already exists"},
    marks=(),
    unset=True,
    reset=True,
)


def _leases(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    """The stored ones are static; those of the hosts that are there now are dynamic."""
    at = router.now()
    shown = [{**row, "status": "waiting", "last-seen": "never", "dynamic": "false"} for row in rows]
    fixed = {row.get("mac-address"): row for row in shown}
    known = {row["name"] for row in router.table(SERVER.table, SERVER.stored) if row.get("disabled") != "true"}
    for host in lan.hosts(router.model, at):
        if host.net.name not in known:
            continue
        seen = (at - host.since) % (lan.LEASE / 2)
        bound = {"active-address": host.address, "active-mac-address": host.mac, "active-server": host.net.name}
        bound |= {"host-name": host.name, "status": "bound", "last-seen": formats.span(seen)}
        bound |= {"expires-after": formats.span(lan.LEASE - seen)}
        if host.mac in fixed:
            fixed[host.mac] |= bound | {"active-address": fixed[host.mac]["address"]}
        else:
            shown.append(_dynamic(host) | bound)
    return shown


def _dynamic(host: lan.Host) -> Row:
    place = FIRST_DYNAMIC + 256 * int(host.net.interface.removeprefix("vlan")) + host.slot
    row = {".id": f"*{place:X}", "address": host.address, "mac-address": host.mac, "server": host.net.name}
    row |= {"client-id": f"1:{host.mac.lower()}", "dynamic": "true"}
    return row | dict.fromkeys(("disabled", "blocked", "radius"), "false")


def _make_static(router: Router, call: Call) -> Outcome:
    """Keep dynamic leases as they are."""
    marks = selecting.asked(call).split(",")
    wanted = [row for row in map(_dynamic, lan.hosts(router.model, router.now())) if row[".id"] in marks]
    if len(wanted) != len(marks):
        raise Refused("no such item", MISSING)
    for row in wanted:
        fixed = {name: row[name] for name in ("address", "mac-address", "client-id", "server")}
        writing.add(router, menus(router.model)[LEASE.path], Call(LEASE.path, "add", fixed, who=call.who))
    return Reply()


LEASE = Menu(
    "/ip/dhcp-server/lease",
    show=_leases,
    fields={
        "address": ref("/ip/pool", strict=False),
        "mac-address": mac(),
        "client-id": text(),
        "server": ref("/ip/dhcp-server", also="all"),
        "address-lists": text(""),
        "block-access": flag(),
        "always-broadcast": flag(),
        "lease-time": span(),
        "rate-limit": text(),
        "dhcp-option": text(""),
        "comment": text(),
        "disabled": flag(),
    },
    required=("address",),
    marks=("address",),
    commands={"make-static": _make_static},
    unset=True,
    reset=True,
    prints=frozenset({"active"}),
)


def _clients(model: Model) -> list[Row]:
    if model.persona.role is not Role.GATEWAY:
        return []
    return [{".id": "*1", "interface": model.interfaces[0].name, "comment": "provider"}]


def _show_clients(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    """The first client has the uplink's address, others find nobody to lend them one."""
    own, gateway = lan.uplink(router.model)
    left = 43_200 - (router.now() - router.booted(router.now())) % 21_600
    bound = {"status": "bound", "address": own, "gateway": gateway, "dhcp-server": gateway}
    bound |= {"primary-dns": gateway, "expires-after": formats.span(left)}
    uplink = router.model.interfaces[0].name
    shown = []
    for row in rows:
        here = row["interface"] == uplink and row["disabled"] == "false"
        shown.append(
            {**row, **(bound if here else {"status": "searching..."}), "dynamic": "false", "invalid": "false"}
        )
    return shown


CLIENT = Menu(
    "/ip/dhcp-client",
    _clients,
    _show_clients,
    fields={
        "interface": ref(ports.STORE),
        "add-default-route": one_of("no special-classless yes", "yes"),
        "default-route-distance": whole(1, 255, "1"),
        "check-gateway": since("7.19", one_of("arp bfd none ping", "none")),
        "use-peer-dns": flag(True),
        "use-peer-ntp": flag(True),
        "dhcp-options": some_of("clientid clientid_duid hostname", "hostname,clientid"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("interface",),
    unique={("interface",): "failure: dhcp-client on that interface already exists"},
    marks=("interface",),
    commands={"release": lambda _, __: Reply(), "renew": lambda _, __: Reply()},
    unset=True,
    reset=True,
)
