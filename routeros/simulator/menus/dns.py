"""The resolver: ``/ip/dns``, its static names and its cache."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key
from routeros.simulator.device.persona import Role
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import flag, ip, listed, one_of, since, span, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Outcome, Refused, Reply, Row
from routeros.simulator.router import Router

NAMES = ("www", "mail", "cdn", "api", "time", "update", "login", "img", "news", "maps", "chat", "sync")


def _stored(model: Model) -> list[Row]:
    if model.persona.role is Role.GATEWAY:
        return [{"allow-remote-requests": "true", "servers": "9.9.9.9,149.112.112.112"}]
    return [{"servers": f"{lan.site_prefix(model)}.1"}]


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    dynamic = lan.uplink(router.model)[1] if router.model.persona.role is Role.GATEWAY else ""
    used = 30 + len(cached(router)) * 2
    return [{**row, "dynamic-servers": dynamic, "cache-used": f"{used}KiB"} for row in rows]


DNS = Menu(
    "/ip/dns",
    _stored,
    _show,
    single=True,
    fields={
        "servers": listed(ip(), ""),
        "use-doh-server": text(""),
        "verify-doh-cert": flag(),
        "doh-max-server-connections": since("7.8", whole(1, 2**32 - 1, "5")),
        "doh-max-concurrent-queries": since("7.8", whole(1, 2**32 - 1, "50")),
        "doh-timeout": since("7.8", span("5s")),
        "allow-remote-requests": flag(),
        "max-udp-packet-size": whole(50, 65507, "4096"),
        "query-server-timeout": span("2s"),
        "query-total-timeout": span("10s"),
        "max-concurrent-queries": whole(1, 2**32 - 1, "100"),
        "max-concurrent-tcp-sessions": whole(1, 2**32 - 1, "20"),
        "cache-size": text("2048KiB"),
        "cache-max-ttl": span("1w"),
        "address-list-extra-time": since("7.15", span("0s")),
        "vrf": since("7.15", text("main")),
    },
)


def _names(model: Model) -> list[Row]:
    if model.persona.role is not Role.GATEWAY:
        return []
    return [{".id": "*1", "name": f"router.{model.site.name}.lan", "address": f"{lan.site_prefix(model)}.1"}]


def _check(_: Router, row: Row) -> None:
    if "name" not in row and "regexp" not in row:
        raise Refused("failure: name or regexp must be set")
    if row.get("type", "A") == "A" and "address" not in row:
        raise Refused("failure: address must be set")


STATIC = Menu(
    "/ip/dns/static",
    _names,
    lambda _, rows, __: [{**row, "dynamic": "false"} for row in rows],
    fields={
        "name": text(),
        "regexp": text(),
        "address": ip(),
        "type": one_of("A AAAA CNAME FWD MX NS NXDOMAIN SRV TXT"),
        "cname": text(),
        "forward-to": text(),
        "mx-exchange": text(),
        "mx-preference": whole(0, 65535),
        "ns": text(),
        "srv-port": whole(0, 65535),
        "srv-priority": whole(0, 65535),
        "srv-target": text(),
        "srv-weight": whole(0, 65535),
        "text": text(),
        "ttl": span("1d"),
        "match-subdomain": flag(),
        "address-list": text(),
        "comment": text(),
        "disabled": flag(),
    },
    required=(),
    check=_check,
    ordered=True,
    reset=True,
)


class Cache:
    """A part of a router: when its cache was emptied last."""

    def __init__(self, router: Router) -> None:
        self.emptied = router.booted(router.now())


def cached(router: Router) -> list[tuple[str, str, int]]:
    """Tell names, addresses and seconds left of what was asked for; a gateway is asked most."""
    at = router.now()
    most = 150 if router.model.persona.role is Role.GATEWAY else 6
    filled = int(min(most, (at - max(router.booted(at), router.part(Cache).emptied)) / 2))
    found = []
    for place in range(filled):
        number = key(router.model.root, "dns", place)
        name = f"{NAMES[number % len(NAMES)]}.example-{number % 400}.net"
        found.append(
            (
                name,
                f"93.{number >> 8 & 127}.{number >> 16 & 255}.{1 + (number >> 24) % 250}",
                int(300 - (at + 7 * place) % 300),
            )
        )
    return found


def _cache(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    fixed = router.table(STATIC.table, STATIC.stored)
    rows = [
        {
            ".id": f"*{0x8000 + n:X}",
            "name": row["name"],
            "type": "A",
            "data": row["address"],
            "ttl": row.get("ttl", "1d"),
        }
        | {"static": "true"}
        for n, row in enumerate(fixed)
        if "address" in row and "name" in row
    ]
    return rows + [
        {".id": f"*{n:X}", "name": name, "type": "A", "data": address, "ttl": formats.span(left), "static": "false"}
        for n, (name, address, left) in enumerate(cached(router), 1)
    ]


def _flush(router: Router, _: Call) -> Outcome:
    router.part(Cache).emptied = router.now()
    return Reply()


CACHE = Menu("/ip/dns/cache", show=_cache, commands={"flush": _flush})
