"""The firewall's tables: ``/ip/firewall/filter``, ``nat``, ``mangle`` and ``raw``, and ``/ipv6/firewall/filter``."""

from __future__ import annotations

from routeros.simulator.device import lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.persona import Role
from routeros.simulator.fields import flag, ip4, one_of, since, text, until, whole, words_of
from routeros.simulator.menu import nothing
from routeros.simulator.outcome import Row
from routeros.simulator.rules import MATCHERS, STATEFUL, TRACKED, actions, numbered, table

REJECTED = (
    "icmp-admin-prohibited icmp-host-prohibited icmp-host-unreachable icmp-net-prohibited "
    "icmp-network-unreachable icmp-port-unreachable icmp-protocol-unreachable tcp-reset"
)
_ONLY_FOUR = ("fragment", "hotspot", "ipv4-options", "layer7-protocol", "psd", "realm", "ttl")
KNOWN = "established,related,untracked"


def _filter(model: Model) -> list[Row]:
    """A gateway lets in what belongs to something known, and nothing new from its provider."""
    if model.persona.role is not Role.GATEWAY:
        return []
    dummy = {"chain": "forward", "action": "passthrough", "comment": "special dummy rule to show fasttrack counters"}
    return numbered([
        {**dummy, "dynamic": "true"},
        {"chain": "input", "connection-state": KNOWN, "comment": "known connections"},
        {"chain": "input", "action": "drop", "connection-state": "invalid"},
        {"chain": "input", "protocol": "icmp"},
        {"chain": "input", "src-address-list": "management", "comment": "management"},
        {"chain": "input", "action": "drop", "in-interface-list": "!LAN"},
        {"chain": "forward", "action": "fasttrack-connection", "connection-state": "established,related"},
        {"chain": "forward", "connection-state": KNOWN},
        {"chain": "forward", "action": "drop", "connection-state": "invalid"},
        {"chain": "forward", "action": "drop", "in-interface": "vlan20", "out-interface": "bridge", "log": "true"}
        | {"log-prefix": "guest", "comment": "guests stay out of the devices' network"},
        {"chain": "forward", "action": "drop", "connection-state": "new", "connection-nat-state": "!dstnat"}
        | {"in-interface-list": "WAN", "comment": "nothing new from outside"},
    ])  # fmt: skip


def _nat(model: Model) -> list[Row]:
    if model.persona.role is not Role.GATEWAY:
        return []
    forward = {"chain": "dstnat", "action": "dst-nat", "protocol": "tcp", "dst-port": "8443", "to-ports": "443"}
    inside = {"in-interface-list": "WAN", "to-addresses": lan.nets(model)[0].prefix + ".20", "comment": "cameras"}
    return numbered([{"chain": "srcnat", "action": "masquerade", "out-interface-list": "WAN"}, forward | inside])


def _mangle(model: Model) -> list[Row]:
    if model.persona.role is not Role.GATEWAY:
        return []
    clamp = {"chain": "forward", "action": "change-mss", "new-mss": "clamp-to-pmtu", "protocol": "tcp"}
    return numbered([clamp | {"tcp-flags": "syn", "out-interface-list": "WAN"}])


FILTER = table(
    "/ip/firewall/filter",
    {
        **MATCHERS,
        **TRACKED,
        **STATEFUL,
        "hw-offload": until("7.20", flag(True)),
        "p2p": text(),
        "reject-with": one_of(REJECTED),
    },
    _filter,
    actions("drop fasttrack-connection reject tarpit"),
)
NAT = table(
    "/ip/firewall/nat",
    {
        **MATCHERS,
        **TRACKED,
        "tls-host": until("7.16", text()),
        "to-addresses": words_of(r"\d+\.\d+\.\d+\.\d+([-/][\d.]+)?"),
        "to-ports": words_of(r"\d{1,5}(-\d{1,5})?"),
        "randomise-ports": flag(),
        "same-not-by-dst": flag(),
        "socks5-server": since("7.20", ip4()),
        "socks5-port": since("7.20", whole(0, 65535)),
    },
    _nat,
    actions("dst-nat endpoint-independent-nat masquerade netmap redirect same socksify src-nat"),
)
MANGLE = table(
    "/ip/firewall/mangle",
    {
        **MATCHERS,
        **TRACKED,
        **STATEFUL,
        "p2p": text(),
        "new-connection-mark": text(),
        "new-packet-mark": text(),
        "new-routing-mark": text(),
        "new-dscp": text(),
        "new-mss": text(),
        "new-priority": text(),
        "new-ttl": text(),
        "passthrough": flag(True),
        "route-dst": ip4(),
        "sniff-target": ip4(),
        "sniff-target-port": whole(1, 65535),
    },
    _mangle,
    actions(
        "change-dscp change-mss change-ttl clear-df fasttrack-connection mark-connection mark-packet mark-routing "
        "route set-priority sniff-pc sniff-tzsp strip-ipv4-options"
    ),
)
RAW = table(
    "/ip/firewall/raw",
    {**MATCHERS, **{name: STATEFUL[name] for name in ("tcp-flags", "tls-host")}, "tcp-mss": text()},
    nothing,
    actions("drop notrack"),
)
SIX = table(
    "/ipv6/firewall/filter",
    {
        **{n: f for n, f in {**MATCHERS, **TRACKED, **STATEFUL}.items() if n not in _ONLY_FOUR},
        "headers": text(),
        "hop-limit": text(),
        "reject-with": text(),
    },
    nothing,
    actions("drop fasttrack-connection reject"),
)
