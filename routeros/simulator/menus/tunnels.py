"""Interfaces that are built on others: VLANs, bonds, WireGuard and PPPoE."""

from __future__ import annotations

from routeros.simulator import virtual
from routeros.simulator.device.noise import key
from routeros.simulator.fields import (
    either,
    flag,
    listed,
    one_of,
    prefix,
    ref,
    secret,
    since,
    some_of,
    span,
    text,
    whole,
)  # fmt: skip
from routeros.simulator.menu import Menu, is_seven
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports
from routeros.simulator.parts.ports import ARP

VLAN = virtual.menu(
    "/interface/vlan",
    "vlan",
    {
        "name": text(),
        "mtu": whole(68, 65535, "1500"),
        "arp": one_of(ARP, "enabled"),
        "arp-timeout": either("auto", span(), "auto"),
        "loop-protect": one_of("default off on", "default"),
        "loop-protect-disable-time": span("5m"),
        "loop-protect-send-interval": span("5s"),
        "vlan-id": whole(1, 4095),
        "interface": ref(ports.STORE),
        "use-service-tag": flag(),
        "comment": text(),
        "disabled": flag(),
    },
    ("mac-address", "l2mtu"),
    required=("name", "vlan-id", "interface"),
)

BONDING = virtual.menu(
    "/interface/bonding",
    "bond",
    {
        "name": text(),
        "mtu": whole(68, 65535, "1500"),
        "slaves": ref(ports.STORE, many=True),
        "mode": one_of(
            "802.3ad active-backup balance-alb balance-rr balance-tlb balance-xor broadcast", "balance-rr"
        ),
        "primary": ref(ports.STORE, "none", also="none"),
        "link-monitoring": one_of("arp mii none", "mii"),
        "arp": one_of(ARP, "enabled"),
        "arp-timeout": either("auto", span(), "auto"),
        "mii-interval": span("100ms"),
        "lacp-rate": one_of("1sec 30secs", "30secs"),
        "transmit-hash-policy": one_of("encap-2-and-3 encap-3-and-4 layer-2 layer-2-and-3 layer-3-and-4", "layer-2"),
        "min-links": whole(0, 32, "0"),
        "comment": text(),
        "disabled": flag(),
    },
    ("mac-address",),
    required=("name", "slaves"),
    unset=True,
)


def _keyed(row: Row) -> Row:
    """A key of the right shape that follows from the private one, or from the name."""
    return {"public-key": public_key(row.get("private-key", row["name"]))}


def public_key(seed: str) -> str:
    """Make a key of the right shape."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return "".join(letters[key(seed, place) % 64] for place in range(43)) + "="


WIREGUARD = virtual.menu(
    "/interface/wireguard",
    "wg",
    {
        "name": text(),
        "mtu": either("auto", whole(68, 65535), "1420"),
        "listen-port": whole(1, 65535),
        "private-key": secret(text()),
        "comment": text(),
        "disabled": flag(),
    },
    told=_keyed,
    exists=is_seven,
)

PEER = Menu(
    "/interface/wireguard/peers",
    fields={
        "interface": ref(ports.STORE),
        "name": since("7.15", text()),
        "public-key": text(),
        "preshared-key": secret(text()),
        "endpoint-address": text(""),
        "endpoint-port": whole(0, 65535, "0"),
        "allowed-address": listed(prefix()),
        "persistent-keepalive": span(),
        "comment": text(),
        "disabled": flag(),
    },
    show=lambda _, rows, __: [
        {**row, "dynamic": "false", "rx": "0", "tx": "0", "current-endpoint-address": ""} for row in rows
    ],
    required=("interface", "public-key", "allowed-address"),
    unique={("interface", "public-key"): "failure: public-key already exists"},
    exists=is_seven,
    ordered=True,
    reset=True,
)

PPPOE = virtual.menu(
    "/interface/pppoe-client",
    "pppoe-out",
    {
        "name": text(),
        "interface": ref(ports.STORE),
        "user": text(""),
        "password": secret(text("")),
        "profile": ref("/ppp/profile", "default"),
        "service-name": text(""),
        "ac-name": text(""),
        "keepalive-timeout": either("disabled", whole(1, 65535), "10"),
        "max-mtu": either("auto", whole(512, 65535), "auto"),
        "max-mru": either("auto", whole(512, 65535), "auto"),
        "mrru": either("disabled", whole(512, 65535), "disabled"),
        "add-default-route": flag(),
        "default-route-distance": whole(1, 255, "1"),
        "dial-on-demand": flag(),
        "use-peer-dns": flag(),
        "allow": some_of("pap chap mschap1 mschap2", "pap,chap,mschap1,mschap2"),
        "comment": text(),
        "disabled": flag(True),
    },
    required=("name", "interface"),
    unset=True,
)
