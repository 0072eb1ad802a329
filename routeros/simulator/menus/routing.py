"""What steers routes: ``/ip/vrf``, ``/routing/table``, ``rule`` and ``filter/rule``, and router advertisements."""

from __future__ import annotations

from routeros.simulator.device import formats
from routeros.simulator.fields import (
    Field,
    either,
    flag,
    matched,
    one_of,
    ref,
    since,
    span,
    text,
    whole,
    words,
    words_of,
)  # fmt: skip
from routeros.simulator.menu import Menu, is_seven, lone
from routeros.simulator.parts import ports

VRF = Menu(
    "/ip/vrf",
    lambda _: [{".id": "*1", "name": "main", "interfaces": "all", "builtin": "true"}],
    exists=is_seven,
    fields={
        "name": text(),
        "interfaces": ref(f"{ports.STORE} /interface/list", many=True),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name",),
    unique={("name",): "failure: already have vrf with such name"},
    kept=lambda row: "failure: can not remove builtin vrf" if row.get("builtin") else None,
    ordered=True,
    reset=True,
)
TABLE = Menu(
    "/routing/table",
    lambda _: [{".id": "*0", "name": "main", "fib": "", "dynamic": "true"}],
    lambda _, rows, __: [{**row, "dynamic": row.get("dynamic", "false"), "invalid": "false"} for row in rows],
    exists=is_seven,
    fields={"name": text(), "fib": Field(words), "comment": text(), "disabled": flag()},
    required=("name",),
    unique={("name",): "failure: already have table with such name"},
    unset=True,
    reset=True,
)
RULE = Menu(
    "/routing/rule",
    exists=is_seven,
    fields={
        "action": one_of("drop lookup lookup-only-in-table unreachable"),
        "table": ref("/routing/table"),
        "src-address": matched(),
        "dst-address": matched(),
        "interface": ref(ports.STORE),
        "routing-mark": text(),
        "min-prefix": whole(0, 128),
        "comment": text(),
        "disabled": flag(),
    },
    required=(),
    ordered=True,
    marks=(),
    unset=True,
    reset=True,
)
FILTER = Menu(
    "/routing/filter/rule",
    show=lambda _, rows, __: [{**row, "inactive": formats.flag(row["disabled"] == "true")} for row in rows],
    exists=is_seven,
    fields={"chain": text(), "rule": text(), "comment": text(), "disabled": flag()},
    required=("chain",),
    ordered=True,
    marks=(),
    reset=True,
)
ND = Menu(
    "/ipv6/nd",
    lambda _: [{".id": "*1", "interface": "all"}],
    lambda _, rows, __: [
        {**row, "invalid": "false"} | ({"default": "true"} if row[".id"] == "*1" else {}) for row in rows
    ],
    fields={
        "interface": ref(ports.STORE, also="all"),
        "ra-interval": text("3m20s-10m"),
        "ra-delay": span("3s"),
        "mtu": either("unspecified", whole(1280, 65535), "unspecified"),
        "reachable-time": either("unspecified", span(), "unspecified"),
        "retransmit-interval": either("unspecified", span(), "unspecified"),
        "ra-lifetime": either("none", span(), "30m"),
        "ra-preference": one_of("high low medium", "medium"),
        "hop-limit": either("unspecified", whole(0, 255), "unspecified"),
        "advertise-mac-address": flag(True),
        "advertise-dns": one_of("no self yes", "yes"),
        "managed-address-configuration": flag(),
        "other-configuration": flag(),
        "dns": text(""),
        "disabled": flag(),
    },
    required=("interface",),
    unique={("interface",): "failure: already have such interface"},
    kept=lambda row: "failure: can not remove default nd" if row[".id"] == "*1" else None,
    marks=("interface",),
    anchor="default",
    reset=True,
)
SETTINGS = Menu(
    "/ipv6/settings",
    lone,
    single=True,
    fields={
        "disable-ipv6": flag(),
        "forward": flag(True),
        "accept-redirects": one_of("no yes-if-forwarding-disabled", "yes-if-forwarding-disabled"),
        "accept-router-advertisements": one_of("no yes yes-if-forwarding-disabled", "yes-if-forwarding-disabled"),
        "max-neighbor-entries": whole(32, 2**24, "8192"),
        "multipath-hash-policy": since("7.16", one_of("l3 l3-inner l4", "l3")),
    },
)
LIST6 = Menu(
    "/ipv6/firewall/address-list",
    show=lambda _, rows, __: [{**row, "dynamic": "false"} for row in rows],
    fields={
        "list": text(),
        "address": words_of(r"[0-9a-fA-F:.]+(/\d{1,3})?"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("list", "address"),
    unique={("list", "address"): "failure: already have such entry"},
    marks=(),
    reset=True,
)
