"""Routes: ``/ip/route``, those of addresses and of the provider beside those that were written."""

from __future__ import annotations

from collections.abc import Container, Sequence
from ipaddress import IPv4Interface, ip_network

from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import Field, flag, ip, one_of, prefix, text, until, whole, words
from routeros.simulator.menu import Menu, is_seven, is_six
from routeros.simulator.menus import address, bgp
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

FIRST_DYNAMIC = 0x10000
_NEW = ("routing-table", "blackhole", "vrf-interface", "suppress-hw-offload", "immediate-gw", "local-address")
TOLD_BGP = 40
"""Routes of BGP are very many on a real router; so many are told here, all are counted in the session."""


def _stored(model: Model) -> list[Row]:
    """Who is no gateway reaches the world through the site's."""
    if model.persona.role is Role.GATEWAY:
        return []
    return [{".id": "*1", "dst-address": "0.0.0.0/0", "gateway": f"{lan.site_prefix(model)}.1"}]


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    connected = _connected(router)
    nets = [ip_network(row["dst-address"]) for row in connected if row["active"] == "true"]
    written = [_written(row, nets) for row in rows]
    made = [*_default(router), *connected, *_learnt(router)]
    numbered = [{".id": f"*{FIRST_DYNAMIC + n:X}", **row} for n, row in enumerate(made)]
    return [_dressed(router, row) for row in [*written, *numbered]]


def _written(row: Row, nets: Sequence[object]) -> Row:
    """A route works where its gateway is in a network that is connected."""
    gateway = row.get("gateway", "").split("%")[0].split("@")[0]
    try:
        near = any(ip_network(gateway).subnet_of(net) for net in nets)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        near = gateway != ""
    active = row.get("disabled") != "true" and (near or "blackhole" in row)
    return {**row, "static": "true", "dynamic": "false", "active": formats.flag(active)} | (
        {"immediate-gw": gateway} if active and gateway else {}
    )


def _connected(router: Router) -> list[Row]:
    known = {row["name"]: row for row in router.table(ports.STORE, ports.stored)}
    made = []
    for row in router.table(address.MENU.table, address.MENU.stored):
        there = known.get(row["interface"])
        if row.get("disabled") != "true" and there is not None:
            net = str(IPv4Interface(row["address"]).network)
            up = formats.flag(ports.is_running(router, there))
            way = {"gateway": row["interface"], "immediate-gw": row["interface"], "connect": "true"}
            way |= {"distance": "0", "scope": "10", "local-address": row["address"].split("/")[0], "active": up}
            made.append({"dst-address": net, **way})
    return made


def _default(router: Router) -> list[Row]:
    """A gateway learns its way out from its provider."""
    if router.model.persona.role is not Role.GATEWAY:
        return []
    _, far = lan.uplink(router.model)
    name = next(iter(router.table(ports.STORE, ports.stored)))["name"]
    way = {"dst-address": "0.0.0.0/0", "gateway": far, "immediate-gw": f"{far}%{name}", "dhcp": "true"}
    return [way | {"vrf-interface": name, "distance": "1", "scope": "30", "active": "true"}]


def _learnt(router: Router) -> list[Row]:
    made = []
    for session in bgp.sessions(router):
        for place in range(min(TOLD_BGP, session.prefixes)):
            net = f"{45 + place % 140}.{session.place * 64 + place % 64}.{place * 37 % 256}.0/24"
            way = {"gateway": session.remote, "immediate-gw": session.remote, "bgp": "true"}
            way |= {"distance": "20", "scope": "40", "active": formats.flag(session.established)}
            made.append({"dst-address": net, **way})
    return made


def _dressed(router: Router, row: Row) -> Row:
    """Version 7 tells inactive ones too; version 6 tells flags of its own."""
    active = row["active"] == "true"
    if is_seven(router.model):
        own = {} if active else {"inactive": "true"}
        return {"dynamic": "true", "disabled": "false", "routing-table": "main", "target-scope": "10"} | row | own
    row = {name: value for name, value in row.items() if name not in _NEW}
    status = {"gateway-status": f"{row.get('gateway', '')} {'reachable' if active else 'unreachable'}"}
    return {"dynamic": "true", "disabled": "false", "target-scope": "10"} | row | status


FIELDS: dict[str, Field] = {
    "dst-address": prefix("0.0.0.0/0"),
    "gateway": text(),
    "distance": whole(1, 255, "1"),
    "pref-src": ip(),
    "routing-table": text("main"),
    "scope": whole(0, 255, "30"),
    "target-scope": whole(0, 255, "10"),
    "check-gateway": one_of("arp bfd none ping"),
    "blackhole": Field(words),
    "vrf-interface": text(),
    "suppress-hw-offload": until("7.20", flag()),
    "comment": text(),
    "disabled": flag(),
}
OLD_FIELDS = {
    **{name: field for name, field in FIELDS.items() if name not in _NEW},
    "routing-mark": text(),
    "type": one_of("blackhole prohibit unicast unreachable", "unicast"),
}
OLD = Menu(
    "/ip/route", _stored, _show, fields=OLD_FIELDS, required=(), marks=(), exists=is_six, unset=True,
)  # fmt: skip
NEW = Menu(
    "/ip/route",
    _stored,
    _show,
    fields=FIELDS,
    required=(),
    marks=(),
    exists=is_seven,
    unset=True,
    reset=True,
    prints=frozenset({"stats"}),
)
