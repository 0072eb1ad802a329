"""Bridges with their ports, VLANs and hosts: ``/interface/bridge``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import fields, references, virtual
from routeros.simulator.device import formats
from routeros.simulator.device.layout import Part
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import either, flag, mac, one_of, ref, since, span, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.parts.ports import ARP
from routeros.simulator.router import Router

FRAMES = "admit-all admit-only-untagged-and-priority-tagged admit-only-vlan-tagged"
JOINABLE = ("ether", "wlan", "wifi")

BRIDGE = virtual.menu(
    "/interface/bridge",
    "bridge",
    {
        "name": text(),
        "mtu": either("auto", whole(68, 65535), "auto"),
        "arp": one_of(ARP, "enabled"),
        "arp-timeout": either("auto", span(), "auto"),
        "admin-mac": either("", mac(), ""),
        "auto-mac": flag(True),
        "ageing-time": span("5m"),
        "priority": text("0x8000"),
        "protocol-mode": one_of("mstp none rstp stp", "rstp"),
        "forward-delay": span("15s"),
        "max-message-age": span("20s"),
        "transmit-hold-count": whole(1, 10, "6"),
        "fast-forward": flag(True),
        "igmp-snooping": flag(),
        "dhcp-snooping": flag(),
        "vlan-filtering": flag(),
        "pvid": whole(1, 4094, "1"),
        "ether-type": one_of("0x8100 0x88a8 0x9100", "0x8100"),
        "frame-types": one_of(FRAMES, "admit-all"),
        "ingress-filtering": flag(True),
        "max-learned-entries": since("7.16", either("auto unlimited", whole(1, 2**31), "auto")),
        "port-cost-mode": since("7.13", one_of("short long", "long")),
        "comment": text(),
        "disabled": flag(),
    },
    ("mac-address", "l2mtu", "actual-mtu"),
)


def _ports(model: Model) -> list[Row]:
    """A gateway keeps its uplink apart; the others bridge all that they have."""
    joined = [i for i in model.interfaces if i.type in JOINABLE]
    joined = [i for i in joined if model.persona.role is not Role.GATEWAY or i.part is not Part.UPLINK]
    return [{".id": f"*{n:X}", "interface": i.name, "bridge": "bridge"} for n, i in enumerate(joined)]


def _show_ports(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    known = {row["name"]: row for row in router.table(ports.STORE, ports.stored)}
    shown = []
    for row in rows:
        there = known.get(row["interface"])
        up = there is not None and row["disabled"] == "false" and ports.is_running(router, there)
        state = {"status": "in-bridge" if up else "inactive", "inactive": formats.flag(not up)}
        state |= {"role": "designated-port" if up else "disabled-port", "hw-offload": formats.flag(up)}
        shown.append({**row, **state, "dynamic": "false"})
    return shown


PORT = Menu(
    "/interface/bridge/port",
    _ports,
    _show_ports,
    fields={
        "interface": ref(f"{ports.STORE} /interface/list", also="all dynamic none static"),
        "bridge": ref(ports.STORE),
        "priority": text("0x80"),
        "path-cost": whole(1, 200_000_000, "10"),
        "internal-path-cost": whole(1, 200_000_000, "10"),
        "edge": one_of("auto no no-discover yes yes-discover", "auto"),
        "point-to-point": one_of("auto no yes", "auto"),
        "learn": one_of("auto no yes", "auto"),
        "horizon": either("none", whole(0, 2**32 - 1), "none"),
        "hw": flag(True),
        "auto-isolate": flag(),
        "restricted-role": flag(),
        "restricted-tcn": flag(),
        "pvid": whole(1, 4094, "1"),
        "frame-types": one_of(FRAMES, "admit-all"),
        "ingress-filtering": flag(True),
        "unknown-unicast-flood": flag(True),
        "unknown-multicast-flood": flag(True),
        "broadcast-flood": flag(True),
        "tag-stacking": flag(),
        "bpdu-guard": flag(),
        "trusted": flag(),
        "fast-leave": flag(),
        "multicast-router": one_of("disabled permanent temporary-query", "temporary-query"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("interface", "bridge"),
    unique={("interface",): "failure: device already added as bridge port"},
    ordered=True,
    marks=("interface",),
    reset=True,
    prints=frozenset({"debug", "stats"}),
)


def _show_vlans(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    known = references.names(router, ports.STORE)

    def current(names: str) -> str:
        return ",".join(name for name in names.split(",") if name in known)

    return [
        {**row, "current-tagged": current(row["tagged"]), "current-untagged": current(row["untagged"])}
        | {"dynamic": "false"}
        for row in rows
    ]


VLAN = Menu(
    "/interface/bridge/vlan",
    show=_show_vlans,
    fields={
        "bridge": ref(ports.STORE),
        "vlan-ids": fields.words_of(r"\d{1,4}(-\d{1,4})?"),
        "tagged": ref(ports.STORE, "", many=True),
        "untagged": ref(ports.STORE, "", many=True),
        "comment": text(),
        "disabled": flag(),
    },
    required=("bridge", "vlan-ids"),
    reset=True,
)


def _hosts(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    """The bridge's own addresses, one for each port that is up."""
    bound = router.table(PORT.table, PORT.stored)
    known = {row["name"]: row for row in router.table(ports.STORE, ports.stored)}
    shown: list[Row] = []
    for place, row in enumerate(bound, start=1):
        there = known.get(row["interface"])
        if there is not None and ports.is_running(router, there):
            local = {"dynamic": "true", "local": "true", "external": "false", "invalid": "false", "disabled": "false"}
            where = {"interface": row["interface"], "on-interface": row["interface"], "bridge": row["bridge"]}
            shown.append({".id": f"*{place:X}", "mac-address": there["mac-address"], **where, **local})
    return shown


HOST = Menu("/interface/bridge/host", show=_hosts)
