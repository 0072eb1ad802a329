"""Settings of one row under ``/ip`` and ``/system``: settings, cloud, ntp client, note and watchdog."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats, lan
from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import key
from routeros.simulator.device.persona import Role
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import (
    NOBODY,
    either,
    flag,
    ip,
    listed,
    one_of,
    since,
    span,
    text,
    until,
    whole,
)  # fmt: skip
from routeros.simulator.menu import Menu, is_seven, is_six, lone
from routeros.simulator.outcome import Outcome, Reply, Row
from routeros.simulator.router import Router


def _fast(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    counts = router.meter.read(router.now())[:2, :, 0].sum(axis=1)
    routes = router.model.persona.role is Role.GATEWAY
    fast = [int(count * 0.8) if routes else 0 for count in counts]
    return [
        {**row, "ipv4-fast-path-active": "true", "ipv4-fast-path-bytes": "0", "ipv4-fast-path-packets": "0"}
        | {"ipv4-fasttrack-active": formats.flag(routes)}
        | {"ipv4-fasttrack-bytes": str(fast[0]), "ipv4-fasttrack-packets": str(fast[1])}
        for row in rows
    ]


SETTINGS = Menu(
    "/ip/settings",
    lone,
    _fast,
    single=True,
    fields={
        "ip-forward": flag(True),
        "send-redirects": flag(True),
        "accept-source-route": flag(),
        "accept-redirects": flag(),
        "secure-redirects": flag(True),
        "rp-filter": one_of("loose no strict", "no"),
        "tcp-syncookies": flag(),
        "max-neighbor-entries": whole(32, 2**24, "8192"),
        "arp-timeout": span("30s"),
        "icmp-rate-limit": whole(0, 2**32 - 1, "10"),
        "icmp-rate-mask": text("0x1818"),
        "route-cache": until("7.15", flag(True)),
        "allow-fast-path": flag(True),
        "ipv4-multipath-hash-policy": since("7.16", one_of("l3 l3-inner l4", "l3")),
    },
)


def _done(_: Router, __: Call) -> Outcome:
    return Reply()


def _cloud(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    """The name is known while the service is on."""
    if rows[0]["ddns-enabled"] not in ("yes", "true") or not router.model.serial:
        return rows
    address = lan.uplink(router.model)[0].split("/")[0]
    told = {"public-address": address, "dns-name": f"{router.model.serial.lower()}.sn.mynetname.net"}
    return [{**row, **told, "status": "updated"} for row in rows]


CLOUD = Menu(
    "/ip/cloud",
    lone,
    _cloud,
    single=True,
    fields={
        "ddns-enabled": one_of("auto no yes", "auto"),
        "ddns-update-interval": either("none", span(), "none"),
        "update-time": flag(True),
    },
    commands={"force-update": _done},
)


def _ntp(model: Model) -> list[Row]:
    return [{"enabled": "true", "servers": f"{lan.site_prefix(model)}.1"}] if model.index % 8 else [
        {"enabled": "true", "servers": "162.159.200.1,162.159.200.123"}
    ]  # fmt: skip


def _synced(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    at = router.now()
    (row,) = rows
    servers = [server for server in row["servers"].split(",") if server]
    if row["enabled"] == "false":
        return [{**row, "status": "stopped"}]
    if at - router.booted(at) < 30 or not servers:
        return [{**row, "status": "waiting"}]
    drift = (key(router.model.root, "drift", int(at // 600)) % 4000 - 2000) / 1000
    return [
        {**row, "status": "synchronized", "synced-server": servers[0], "synced-stratum": "3"}
        | {"freq-drift": f"{10 * drift:.3f} PPM", "system-offset": f"{drift:.3f} ms"}
    ]


NTP = Menu(
    "/system/ntp/client",
    _ntp,
    _synced,
    single=True,
    exists=is_seven,
    fields={
        "enabled": flag(),
        "mode": one_of("broadcast manycast multicast unicast", "unicast"),
        "servers": text(""),
        "vrf": text("main"),
    },
)
OLD_NTP = Menu(
    "/system/ntp/client",
    lambda model: [{"enabled": "true", "primary-ntp": f"{lan.site_prefix(model)}.1"}],
    lambda _, rows, __: [{**row, "mode": "unicast"} for row in rows],
    single=True,
    exists=is_six,
    fields={
        "enabled": flag(),
        "primary-ntp": ip(NOBODY),
        "secondary-ntp": ip(NOBODY),
        "server-dns-names": listed(text(), ""),
    },
)
NOTE = Menu(
    "/system/note",
    lone,
    single=True,
    fields={
        "note": text(""),
        "show-at-login": flag(True),
        "show-at-cli-login": since("7.14", flag()),
    },
    prints=frozenset({"oid"}),
)
WATCHDOG = Menu(
    "/system/watchdog",
    lone,
    single=True,
    fields={
        "watch-address": either("none", ip(), "none"),
        "watchdog-timer": flag(True),
        "ping-start-after-boot": span("5m"),
        "ping-timeout": span("1m"),
        "automatic-supout": flag(True),
        "auto-send-supout": flag(),
        "send-email-to": text("none"),
        "send-email-from": text("none"),
        "send-smtp-server": text("none"),
    },
)
