"""BGP: ``/routing/bgp/connection`` and ``session`` (``peer`` before version 7), on a few gateways."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fleet.versions import Version
from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key, keys
from routeros.simulator.device.persona import Role
from routeros.simulator.device.signals import DAY, Returning
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import (
    either,
    flag,
    ip,
    listed,
    one_of,
    ref,
    secret,
    since,
    some_of,
    span,
    text,
    until,
    whole,
)  # fmt: skip
from routeros.simulator.menu import Menu, is_seven, is_six
from routeros.simulator.outcome import Outcome, Reply, Row
from routeros.simulator.router import Router

FAMILIES = "ip ipv6 l2vpn l2vpn-cisco vpnv4 vpnv6"
SOURCES = "connected static rip ospf isis bgp vpn dhcp fantasy modem bgp-mpls-vpn slaac"
ROLES = "ebgp ebgp-customer ebgp-peer ebgp-provider ebgp-rs ebgp-rs-client ibgp ibgp-rr"
INSTANCES = Version(7, 20)


def speaks(model: Model) -> bool:
    """Tell whether a device is one of the few that speak BGP: concentrators and about a third of the gateways."""
    asked = model.persona.subscribers > 0 or key(model.root, "bgp") % 3 == 0
    return model.persona.role is Role.GATEWAY and asked


def own_as(model: Model) -> str:
    return str(64512 + model.site.number % 1000)


def _connections(model: Model) -> list[Row]:
    """Two providers; the first carries the whole table of a small one, the second a part of it."""
    if not speaks(model):
        return []
    _, far = lan.uplink(model)
    second = far.rpartition(".")[0] + ".254"
    about = {"as": own_as(model), "templates": "default", "local.role": "ebgp"}
    about |= {"instance": "main"} if model.version >= INSTANCES else {"router-id": f"{lan.site_prefix(model)}.1"}
    return [
        {".id": f"*{n:X}", "name": f"provider-{n}", "remote.address": far, "remote.as": str(remote), **about}
        for n, (far, remote) in enumerate([(far, 65010), (second, 65020)], 1)
    ]


def _peers(model: Model) -> list[Row]:
    """The same before version 7."""
    return [
        {".id": row[".id"], "name": row["name"]}
        | {"remote-address": row["remote.address"], "remote-as": row["remote.as"]}
        for row in _connections(model)
    ]


@dataclass(frozen=True, slots=True)
class Session:
    """One session as it is now; ``uptime`` in seconds."""

    place: int
    name: str
    remote: str
    remote_as: str
    established: bool
    uptime: float
    prefixes: int
    messages: int


def sessions(router: Router) -> Iterator[Session]:
    """Yield the sessions of the connections: each is lost for a minute or two, every few weeks."""
    at, root = router.now(), key(router.model.root, "sessions")
    booted = router.booted(at) + 40
    old, mark = is_six(router.model), "-" if is_six(router.model) else "."
    for row in router.table(PEER.table, _peers) if old else router.table(CONNECTION.table, _connections):
        if row.get("disabled") == "true":
            continue
        place = int(row[".id"][1:], 16)
        near = place <= 2 and speaks(router.model)
        lost = float(Returning(keys(key(root, place), 1), np.array([17 * DAY])).last(np.array([at]))[0, 0])
        began = max(booted, lost + 90)
        up = near and at >= began
        grown = key(root, place, int(at // 300)) % 40 if up else 0
        count = (1 if place == 1 else 8) * (900 + key(root, place) % 400)
        name, far = row.get("name", ""), row[f"remote{mark}address"].split("/")[0]
        far_as = row.get(f"remote{mark}as", "0")
        seconds = at - began if up else 0.0
        yield Session(place, name, far, far_as, up, seconds, (count + grown) * up, int(seconds / 30))


def _sessions(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    instance = {"instance": "main"} if router.model.version >= INSTANCES else {}
    rows = []
    for session in sessions(router):
        row = {".id": f"*{0x2800000 + session.place:X}", "name": f"{session.name}-1", **instance}
        row |= {"remote.address": session.remote, "remote.as": session.remote_as, "ebgp": "true"}
        row |= {"local.role": "ebgp", "local.as": own_as(router.model), "hold-time": "3m", "keepalive-time": "1m"}
        if session.established:
            row |= {"established": "true", "uptime": formats.short_span(1000 * session.uptime)}
            row |= {"prefix-count": str(session.prefixes), "remote.messages": str(session.messages * 3)}
            row |= {"local.messages": str(session.messages), "remote.hold-time": "3m"}
        else:
            row |= {"last-stopped": formats.moment(router.model.version, router.local(router.now() - 60))}
        rows.append(row)
    return rows


def _done(_: Router, __: Call) -> Outcome:
    return Reply()


SHARED = {
    "as": text(),
    "address-families": until("7.19", some_of(FAMILIES)),
    "afi": since("7.19", some_of(FAMILIES + " evpn")),
    "router-id": until("7.20", text()),
    "cluster-id": until("7.20", ip()),
    "hold-time": either("infinity", span()),
    "keepalive-time": span(),
    "multihop": flag(),
    "nexthop-choice": one_of("default force-self propagate"),
    "input.filter": text(),
    "input.affinity": text(),
    "input.allow-as": whole(0, 10),
    "output.filter-chain": text(),
    "output.network": text(),
    "output.redistribute": some_of(SOURCES),
    "output.default-originate": one_of("always if-installed never"),
    "output.affinity": text(),
    "output.as-override": flag(),
    "output.remove-private-as": flag(),
    "routing-table": text(),
    "use-bfd": flag(),
    "vrf": text(),
    "comment": text(),
    "disabled": flag(),
}
CONNECTION = Menu(
    "/routing/bgp/connection",
    _connections,
    fields={
        "name": text(),
        "instance": since("7.20", ref("/routing/bgp/instance")),
        "templates": ref("/routing/bgp/template", many=True),
        "remote.address": text(),
        "remote.as": text(),
        "remote.port": whole(0, 65535),
        "local.address": text(),
        "local.port": whole(0, 65535),
        "local.role": one_of(ROLES),
        "local.ttl": whole(1, 255),
        "connect": flag(True),
        "listen": flag(True),
        "tcp-md5-key": secret(text()),
        **SHARED,
    },
    required=("name", "remote.address", "local.role"),
    unique={("name",): "failure: already have connection with such name"},
    exists=is_seven,
    unset=True,
    reset=True,
)
SESSION = Menu(
    "/routing/bgp/session",
    show=_sessions,
    exists=is_seven,
    commands=dict.fromkeys(("clear", "refresh", "resend", "stop"), _done),
)


def _templates(model: Model) -> list[Row]:
    return [{".id": "*1", "name": "default", "as": own_as(model) if speaks(model) else "65530"}]


TEMPLATE = Menu(
    "/routing/bgp/template",
    _templates,
    lambda _, rows, __: [{**row, "default": "true"} if row["name"] == "default" else row for row in rows],
    fields={
        "name": text(),
        "templates": text(),
        **SHARED,
        "hold-time": either("infinity", span(), "3m"),
        "keepalive-time": span("3m"),
        "nexthop-choice": one_of("default force-self propagate", "default"),
        "output.default-originate": one_of("always if-installed never", "never"),
        "routing-table": text("main"),
        "vrf": text("main"),
        "router-id": until("7.20", text("main")),
    },
    required=("name",),
    kept=lambda row: "failure: can not remove default template" if row["name"] == "default" else None,
    exists=is_seven,
    unset=True,
    reset=True,
)


def _has_instances(model: Model) -> bool:
    return model.version >= INSTANCES


INSTANCE = Menu(
    "/routing/bgp/instance",
    lambda model: [{".id": "*1", "name": "main", "as": own_as(model)}] if speaks(model) else [],
    fields={
        "name": text(),
        "as": text(),
        "router-id": text(),
        "cluster-id": ip(),
        "ignore-as-path-len": flag(),
        "routing-table": text("main"),
        "vrf": text("main"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name", "as"),
    exists=_has_instances,
    unset=True,
    reset=True,
)


def _show_peers(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    known = {session.place: session for session in sessions(router)}
    return [{**row, **_peer(known.get(int(row[".id"][1:], 16)))} for row in rows]


def _peer(session: Session | None) -> Row:
    if session is None or not session.established:
        return {"established": "false", "state": "idle" if session is None else "connect"}
    told = {"established": "true", "state": "established", "remote-id": session.remote, "remote-hold-time": "3m"}
    told |= {"uptime": formats.span(session.uptime), "prefix-count": str(session.prefixes)}
    told |= {"updates-sent": "2", "updates-received": str(session.messages * 3), "withdrawn-sent": "0"}
    return told | {"withdrawn-received": str(session.messages // 9), "used-hold-time": "3m"}


PEER = Menu(
    "/routing/bgp/peer",
    _peers,
    _show_peers,
    fields={
        "name": text(),
        "instance": text("default"),
        "remote-address": ip(),
        "remote-as": text(),
        "tcp-md5-key": secret(text("")),
        "nexthop-choice": one_of("default force-self propagate", "default"),
        "multihop": flag(),
        "route-reflect": flag(),
        "hold-time": span("3m"),
        "ttl": either("default", whole(1, 255), "default"),
        "in-filter": text(""),
        "out-filter": text(""),
        "address-families": listed(text(), "ip"),
        "default-originate": one_of("always if-installed never", "never"),
        "remove-private-as": flag(),
        "as-override": flag(),
        "passive": flag(),
        "use-bfd": flag(),
        "comment": text(),
        "disabled": flag(),
    },
    required=("remote-address", "remote-as"),
    exists=is_six,
)
