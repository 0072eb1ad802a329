"""OSPF: ``/routing/ospf``; the gateways that speak BGP have their providers' neighbours there too."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.fields import (
    NOBODY,
    Field,
    flag,
    ip4,
    one_of,
    present,
    ref,
    secret,
    some_of,
    span,
    text,
    whole,
)
from routeros.simulator.menu import Menu, is_seven, is_six
from routeros.simulator.menus.bgp import SOURCES, speaks
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router


def _instances(model: Model) -> list[Row]:
    return [{".id": "*1", "name": "site", "router-id": f"{lan.site_prefix(model)}.1"}] if speaks(model) else []


INSTANCE = Menu(
    "/routing/ospf/instance",
    _instances,
    fields={
        "name": text(),
        "version": one_of("2 3", "2"),
        "router-id": text("main"),
        "vrf": text("main"),
        "routing-table": text(),
        "redistribute": some_of(SOURCES),
        "originate-default": one_of("always if-installed never"),
        "in-filter-chain": text(),
        "out-filter-chain": text(),
        "domain-id": text(),
        "mpls-te-address": text(),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name",),
    unique={("name",): "failure: already have instance with such name"},
    exists=is_seven,
    unset=True,
    reset=True,
)
AREA = Menu(
    "/routing/ospf/area",
    lambda model: [{".id": "*1", "name": "backbone", "instance": "site"}] if speaks(model) else [],
    fields={
        "name": text(),
        "instance": ref("/routing/ospf/instance"),
        "area-id": ip4(NOBODY),
        "type": one_of("default nssa stub", "default"),
        "default-cost": whole(1, 65535),
        "nssa-translator": one_of("candidate no yes"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("instance",),
    exists=is_seven,
    unset=True,
    reset=True,
)
TEMPLATE = Menu(
    "/routing/ospf/interface-template",
    lambda model: (
        [{".id": "*1", "area": "backbone", "interfaces": model.interfaces[0].name}] if speaks(model) else []
    ),
    fields={
        "area": ref("/routing/ospf/area"),
        "interfaces": ref(f"{ports.STORE} /interface/list", many=True),
        "networks": text(),
        "type": one_of("broadcast nbma ptmp ptmp-broadcast ptp ptp-unnumbered virtual-link", "broadcast"),
        "cost": whole(1, 65535, "1"),
        "priority": whole(0, 255, "128"),
        "hello-interval": span("10s"),
        "dead-interval": span("40s"),
        "retransmit-interval": span("5s"),
        "transmit-delay": span("1s"),
        "auth": one_of("md5 sha1 sha256 sha384 sha512 simple"),
        "auth-id": whole(0, 255),
        "auth-key": secret(text()),
        "passive": Field(present),
        "comment": text(),
        "disabled": flag(),
    },
    required=("area",),
    ordered=True,
    marks=(),
    exists=is_seven,
    unset=True,
    reset=True,
)


def _neighbours(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    """One full neighbour over the uplink, while that is up."""
    (uplink, *_rest) = router.table(ports.STORE, ports.stored)
    templates = [row for row in router.table(TEMPLATE.table, TEMPLATE.stored) if row.get("disabled") != "true"]
    if not speaks(router.model) or not (templates or is_six(router.model)) or not ports.is_running(router, uplink):
        return []
    _own, far = lan.uplink(router.model)
    since = router.now() - router.booted(router.now()) - 45
    adjacent = {"state": "Full", "state-changes": "6"} if since > 0 else {"state": "Init", "state-changes": "1"}
    row = {".id": "*1", "instance": "default" if is_six(router.model) else "site", "area": "backbone"}
    row |= {"address": far, "router-id": far, "priority": "128"}
    row |= {"dr": far, "bdr": lan.uplink(router.model)[0].split("/")[0], "timeout": "32s", "dynamic": "true"}
    return [row | adjacent | ({"adjacency": formats.span(since)} if since > 0 else {})]


NEIGHBOR = Menu("/routing/ospf/neighbor", show=_neighbours, exists=is_seven)
OLD_NEIGHBOR = Menu("/routing/ospf/neighbor", show=_neighbours, exists=is_six)
OLD_INSTANCE = Menu(
    "/routing/ospf/instance",
    lambda _: [{".id": "*1", "name": "default", "router-id": NOBODY}],
    fields={
        "name": text(),
        "router-id": ip4(NOBODY),
        "distribute-default": one_of("always-as-type-1 always-as-type-2 if-installed-as-type-1 never", "never"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name",),
    exists=is_six,
)
