"""What the rules of all firewall tables have in common: matchers, checks and counters."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from routeros.simulator import references
from routeros.simulator.device import formats
from routeros.simulator.device.model import Model
from routeros.simulator.fields import (
    Field,
    flag,
    mac,
    matched,
    maybe,
    one_of,
    port_list,
    ref,
    since,
    some_of,
    text,
)  # fmt: skip
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Refused, Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router
from routeros.simulator.tally import Tally, resets

KINDS = "all-ethernet all-ppp all-vlan all-wireless"
STATES = "invalid established related new untracked"
WITH_PORTS = ("tcp", "udp", "udp-lite", "dccp", "sctp")
_PORT_NAMES = ("port", "src-port", "dst-port")

_ADDED = "accept add-dst-to-address-list add-src-to-address-list jump log passthrough return"

_PLAIN = (
    *("content", "dscp", "dst-limit", "hotspot", "icmp-options", "ingress-priority", "ipsec-policy", "limit", "nth"),
    *("packet-mark", "packet-size", "per-connection-classifier", "priority", "psd", "random", "time", "ttl"),
    *("src-address-type", "dst-address-type", "ipv4-options"),
)

MATCHERS: Mapping[str, Field] = {
    "src-address": matched(),
    "dst-address": matched(),
    "src-address-list": ref("/ip/firewall/address-list", strict=False),
    "dst-address-list": ref("/ip/firewall/address-list", strict=False),
    "protocol": text(),
    "src-port": port_list(),
    "dst-port": port_list(),
    "port": port_list(),
    "in-interface": ref(ports.STORE, also=KINDS),
    "out-interface": ref(ports.STORE, also=KINDS),
    "in-interface-list": ref("/interface/list"),
    "out-interface-list": ref("/interface/list"),
    "in-bridge-port": ref(ports.STORE, also=KINDS),
    "out-bridge-port": ref(ports.STORE, also=KINDS),
    "in-bridge-port-list": ref("/interface/list"),
    "out-bridge-port-list": ref("/interface/list"),
    "src-mac-address": mac(),
    "fragment": maybe(),
    "address-list": text(),
    "address-list-timeout": text(),
    "jump-target": text(),
    "log": flag(),
    "log-prefix": text(""),
    "tos": since("7.21", text()),
    **dict.fromkeys(_PLAIN, text()),
    "comment": text(),
    "disabled": flag(),
}
TRACKED: Mapping[str, Field] = dict.fromkeys(
    (
        *("connection-bytes", "connection-limit", "connection-mark", "connection-rate", "connection-type"),
        *("layer7-protocol", "realm", "routing-mark", "tcp-mss"),
    ),
    text(),
)
STATEFUL: Mapping[str, Field] = {
    "connection-state": some_of(STATES),
    "connection-nat-state": text(),
    "tcp-flags": text(),
    "tls-host": text(),
}


def actions(own: str) -> Field:
    """The actions of a table: those of all, and its own."""
    return one_of(f"{_ADDED} {own}", "accept")


def table(path: str, fields: Mapping[str, Field], stored: Callable[[Model], Sequence[Row]], known: Field) -> Menu:
    """Make the menu of a firewall table; ``known`` are its actions."""

    def show(router: Router, rows: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
        made = len(stored(router.model))
        counted = "bytes" in wanted or "packets" in wanted
        shown = []
        for row in rows:
            out = {**row, "dynamic": row.get("dynamic", "false")}
            out["invalid"] = formats.flag(references.lost(router, path, row))
            if counted:
                count = router.part(Tally).read(path, row, made)
                out["bytes"], out["packets"] = map(str, count)
            shown.append(out)
        return shown

    return Menu(
        path,
        stored,
        show,
        fields={"chain": text(), "action": known, **fields},
        required=("chain",),
        check=_check,
        commands=resets(path),
        ordered=True,
        marks=(),
        unset=True,
        reset=True,
        prints=frozenset({"all", "chain", "dynamic", "static", "stats"} if path.startswith("/ip/") else {"stats"}),
    )


def _check(_: Router, row: Row) -> None:
    """Refuse what cannot match, with a device's words."""
    if any(name in row for name in _PORT_NAMES):
        protocol = row.get("protocol", "")
        if protocol not in WITH_PORTS and protocol not in ("6", "17"):
            raise Refused(f"failure: ports can be specified if proto is {','.join(WITH_PORTS)}")
    if row["chain"] in ("input", "prerouting", "dstnat") and ("out-interface" in row or "out-interface-list" in row):
        raise Refused("failure: outgoing interface matching not possible in input and prerouting chains")
    if row["chain"] in ("output", "postrouting", "srcnat") and ("in-interface" in row or "in-interface-list" in row):
        raise Refused("failure: incoming interface matching not possible in output and postrouting chains")
    if row["action"] == "jump" and "jump-target" not in row:
        raise Refused("failure: jump target must be specified")


def numbered(rows: Sequence[Row]) -> list[Row]:
    """Give rows their ids in order."""
    return [{".id": f"*{n:X}", **row} for n, row in enumerate(rows, start=1)]
