"""Who is near: ``/ip/neighbor`` (the devices of the site) and ``/ip/arp``."""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from fleet.versions import Version
from routeros.simulator.device import formats, lan, naming
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import NOBODY, either, flag, ip4, mac, one_of, ref, since, some_of, span, text
from routeros.simulator.menu import Menu, lone
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

SEVEN = Version(7, 0)


def site(model: Model) -> list[Model]:
    """Tell the other devices of a site: a gateway, a switch and access points."""
    return [
        Model(model.seed, index, model.kinds, fleet=model.fleet) for index in model.neighbours if index != model.index
    ]


def toward(model: Model, other: Model) -> int:
    """Tell the place of the port by which a device reaches another: the switch has a port for each."""
    if model.persona.role is Role.GATEWAY:
        return 1 if len(model.interfaces) > 1 and model.interfaces[1].type == "ether" else 0
    if model.persona.role is Role.SWITCH and other.index % naming.SITE_SIZE > 0:
        return other.index % naming.SITE_SIZE - 1
    return 0


def is_wired(model: Model, other: Model) -> bool:
    """Tell whether a cable joins two devices: all cables meet at the switch."""
    return Role.SWITCH in (model.persona.role, other.persona.role)


def _neighbours(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    """All of a site hear each other's MNDP through the bridges; LLDP comes no further than a cable."""
    at, model = router.now(), router.model
    known = {row[".id"]: row for row in router.table(ports.STORE, ports.stored)}
    rows = []
    for other in site(model):
        mine = known.get(model.interfaces[toward(model, other)].id)
        if mine is not None and mine["disabled"] == "false":
            rows.append(_neighbour(model, other, mine["name"], at))
    return rows


def _neighbour(model: Model, other: Model, name: str, at: float) -> Row:
    up = at - float(other.boots.last(np.array([at]))[0, 0])
    theirs = other.persona.ports[0].names()[0]
    address, modern = lan.own_address(other), model.version >= SEVEN
    version = f"{other.version} ({'stable' if other.version.major > 6 else 'long-term'})"
    row = {
        ".id": f"*{other.index % naming.SITE_SIZE + 1:X}",
        "interface": f"{name},bridge" if modern and model.persona.role is not Role.GATEWAY else name,
        "address": address,
        "address4": address,
        "mac-address": naming.hardware_address(other.root, toward(other, model) + 1),
        "identity": other.identity,
        "platform": "MikroTik",
        "version": version,
        "unpack": "none",
        "age": formats.span((at + key(other.root, "mndp") % 30) % 30),
        "uptime": formats.span(up),
        "software-id": naming.software_id(other.root) if other.persona.board.model else "",
        "board": other.persona.board.model or "CHR",
        "ipv6": "false",
        "interface-name": f"bridge/{theirs}" if modern else theirs,
        "system-description": f"MikroTik RouterOS {version} {other.persona.board.name}",
        "system-caps": "bridge,router",
        "system-caps-enabled": "bridge,router",
    }
    return row | ({"discovered-by": "mndp,lldp" if is_wired(model, other) else "mndp"} if modern else {})


NEIGHBOR = Menu("/ip/neighbor", show=_neighbours, prints=frozenset({"oid"}))
DISCOVERY = Menu(
    "/ip/neighbor/discovery-settings",
    lone,
    single=True,
    fields={
        "discover-interface-list": text("!dynamic"),
        "lldp-med-net-policy-vlan": either("disabled", text(), "disabled"),
        "protocol": some_of("cdp lldp mndp", "cdp,lldp,mndp"),
        "mode": since("7.7", one_of("rx-only tx-and-rx tx-only", "tx-and-rx")),
        "discover-interval": since("7.16", span("30s")),
    },
)


def _arp(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    """Beside what is written: a gateway's neighbours and hosts, everyone else's gateway."""
    at, model = router.now(), router.model
    shown = [{**row, "dynamic": "false", "complete": "true", "dhcp": "false", "invalid": "false"} for row in rows]
    found = [("bridge", lan.own_address(other), naming.hardware_address(other.root, 1)) for other in _spoken(model)]
    found += [(host.net.interface, host.address, host.mac) for host in lan.hosts(model, at)]
    if model.persona.role is Role.GATEWAY:
        uplink, far = model.interfaces[0], lan.uplink(model)[1]
        found.append((uplink.name, far, naming.hardware_address(key(model.root, "provider"), 1)))
    state = {"dynamic": "true", "complete": "true"}
    state |= dict.fromkeys(("dhcp", "published", "disabled", "invalid"), "false")
    state |= {"status": "reachable"} if model.version >= Version(7, 12) else {}
    return shown + [
        {".id": f"*{0x1000 + n:X}", "address": address, "mac-address": mac, "interface": name, **state}
        for n, (name, address, mac) in enumerate(found)
    ]


def _spoken(model: Model) -> list[Model]:
    others = site(model)
    return others if model.persona.role is Role.GATEWAY else others[:1]


ARP = Menu(
    "/ip/arp",
    show=_arp,
    fields={
        "address": ip4(NOBODY),
        "mac-address": mac("00:00:00:00:00:00"),
        "interface": ref(ports.STORE),
        "published": flag(),
        "comment": text(),
        "disabled": flag(),
    },
    required=("interface",),
    unique={("address", "interface"): "failure: already have such entry"},
    marks=(),
    reset=True,
)
