"""Settings of tools and services that the product does not use, but configurations name."""

from __future__ import annotations

from routeros.simulator.fields import (
    Field,
    either,
    flag,
    ip4,
    listed,
    one_of,
    prefix,
    ref,
    since,
    text,
    whole,
)  # fmt: skip
from routeros.simulator.menu import Menu, is_seven, lone
from routeros.simulator.parts import ports
from routeros.simulator.rules import numbered

LISTS = "/interface/list"
FILTERS = (
    *("cpu", "interface", "ip-address", "ip-protocol", "ipv6-address", "mac-address", "mac-protocol", "port", "size"),
)

SNIFFER = Menu(
    "/tool/sniffer",
    lone,
    lambda _, rows, __: [{**row, "running": "false"} for row in rows],
    single=True,
    fields={
        "file-limit": text("1000KiB"),
        "file-name": text(""),
        "memory-limit": text("100KiB"),
        "memory-scroll": flag(True),
        "only-headers": flag(),
        "streaming-enabled": flag(),
        "streaming-server": text("0.0.0.0:37008"),
        "filter-stream": flag(),
        "filter-direction": one_of("any rx tx", "any"),
        "filter-operator-between-entries": one_of("and or", "or"),
        **{f"filter-{name}": Field(text().check, "") for name in FILTERS},
    },
)
MAC_SERVER = Menu("/tool/mac-server", lone, single=True, fields={"allowed-interface-list": ref(LISTS, "all")})
MAC_WINBOX = Menu(
    "/tool/mac-server/mac-winbox", lone, single=True, fields={"allowed-interface-list": ref(LISTS, "all")}
)
BANDWIDTH = Menu(
    "/tool/bandwidth-server",
    lone,
    single=True,
    fields={
        "enabled": flag(True),
        "authenticate": flag(True),
        "allocate-udp-ports-from": whole(1000, 64000, "2000"),
        "max-sessions": whole(1, 1000, "100"),
        "allowed-addresses4": since("7.18", listed(prefix(), "")),
    },
)
GRAPHING = Menu(
    "/tool/graphing",
    lone,
    single=True,
    fields={
        "store-every": one_of("24hours 5min hour", "5min"),
        "page-refresh": either("never", whole(5, 2**32 - 1), "300"),
    },
)
UPNP = Menu(
    "/ip/upnp",
    lone,
    single=True,
    fields={"enabled": flag(), "allow-disable-external-interface": flag(), "show-dummy-rule": flag(True)},
)
NTP_SERVER = Menu(
    "/system/ntp/server",
    lone,
    single=True,
    exists=is_seven,
    fields={
        "enabled": flag(),
        "broadcast": flag(),
        "multicast": flag(),
        "manycast": flag(),
        "broadcast-addresses": listed(ip4(), ""),
        "use-local-clock": flag(),
        "local-clock-stratum": whole(1, 15, "5"),
        "vrf": text("main"),
    },
)
NTP_SERVERS = Menu(
    "/system/ntp/client/servers",
    show=lambda _, rows, __: [{**row, "dynamic": "false"} for row in rows],
    exists=is_seven,
    fields={
        "address": text(),
        "auth-key": text("none"),
        "iburst": flag(True),
        "max-poll": whole(3, 17, "10"),
        "min-poll": whole(3, 17, "6"),
        "comment": text(),
        "disabled": flag(),
    },
    required=("address",),
    marks=("address",),
    reset=True,
)
HELPERS = ("ftp", "tftp", "irc", "h323", "sip", "pptp", "rtsp", "udplite", "dccp", "sctp")
SERVICE_PORT = Menu(
    "/ip/firewall/service-port",
    lambda _: numbered([{"name": name, "disabled": "false"} for name in HELPERS]),
    lambda _, rows, __: [{**row, "invalid": "false"} for row in rows],
    fields={"ports": text(), "sip-direct-media": text(), "sip-timeout": text(), "disabled": flag()},
    reset=True,
)
LAYER7 = Menu(
    "/ip/firewall/layer7-protocol",
    fields={"name": text(), "regexp": text(), "comment": text()},
    required=("name",),
    unique={("name",): "failure: already have protocol with such name"},
    reset=True,
)
BRIDGE_SETTINGS = Menu(
    "/interface/bridge/settings",
    lone,
    lambda _, rows, __: [{**row, "bridge-fast-path-active": "true"} for row in rows],
    single=True,
    fields={
        "use-ip-firewall": flag(),
        "use-ip-firewall-for-vlan": flag(),
        "use-ip-firewall-for-pppoe": flag(),
        "allow-fast-path": flag(True),
    },
)
RELAY = Menu(
    "/ip/dhcp-relay",
    show=lambda _, rows, __: [{**row, "invalid": "false"} for row in rows],
    fields={
        "name": text(),
        "interface": ref(ports.STORE),
        "dhcp-server": listed(ip4()),
        "local-address": ip4(),
        "local-address-as-src-ip": since("7.17", flag()),
        "dhcp-server-vrf": since("7.15", text("main")),
        "delay-threshold": text(),
        "add-relay-info": flag(),
        "relay-info-remote-id": text(),
        "disabled": flag(True),
    },
    required=("name", "interface", "dhcp-server"),
    unique={("name",): "failure: already have relay with such name"},
    unset=True,
    reset=True,
)
