"""Who is told what: ``/snmp`` with its communities, ``/system/logging`` with its actions."""

from __future__ import annotations

from collections.abc import Mapping

from routeros.simulator.device import formats
from routeros.simulator.device.model import Model
from routeros.simulator.fields import (
    NOBODY,
    Field,
    either,
    flag,
    ip,
    listed,
    one_of,
    prefix,
    ref,
    secret,
    since,
    text,
    until,
    whole,
)  # fmt: skip
from routeros.simulator.menu import Menu, lone
from routeros.simulator.outcome import ARGUMENT, Refused, Row
from routeros.simulator.rules import numbered

SNMP = Menu(
    "/snmp",
    lone,
    lambda router, rows, __: [
        {**row, "engine-id": f"80003a8c04{row['engine-id-suffix']}"} if "engine-id-suffix" in row else row
        for row in rows
    ],
    single=True,
    fields={
        "enabled": flag(),
        "contact": text(""),
        "location": text(""),
        "engine-id-suffix": since("7.10", text("")),
        "src-address": ip("::"),
        "trap-target": text(""),
        "trap-community": ref("/snmp/community", "public"),
        "trap-version": one_of("1 2 3", "1"),
        "trap-generators": text("temp-exception"),
        "trap-interfaces": text(""),
        "vrf": since("7.3", text("main")),
    },
)
COMMUNITY = Menu(
    "/snmp/community",
    lambda _: [{".id": "*0", "name": "public"}],
    lambda _, rows, __: [{**row, "default": formats.flag(row[".id"] == "*0")} for row in rows],
    fields={
        "name": text(),
        "addresses": listed(prefix(), "::/0"),
        "security": one_of("authorized none private", "none"),
        "read-access": flag(True),
        "write-access": flag(),
        "authentication-protocol": one_of("MD5 SHA1", "MD5"),
        "encryption-protocol": one_of("AES DES", "DES"),
        "authentication-password": secret(text("")),
        "encryption-password": secret(text("")),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name",),
    unique={("name",): "failure: community with such name already exists"},
    kept=lambda row: "failure: can not remove default community" if row[".id"] == "*0" else None,
    anchor="default",
    reset=True,
)

_WORDS = """
account async backup bfd bgp bridge calc caps certificate clock container critical ddns debug dhcp disk dns dot1x
dude e-mail error event evpn fetch firewall gps gsm health hotspot igmp-proxy info interface iot ipsec iscsi isdn
isis kvm l2tp ldp lora lte mac-discovery manager mlag mme modem mpls mqtt mvrp natpmp netwatch nfs ntp ospf ovpn
packet poe-out ppp pppoe pptp profiler ptp queue radius radvd raw read rip route rpki rsvp script sertcp smb snmp
socksify sr ssh ssl sstp state store stp suite system tftp timer update upnp ups vlan vrrp warning watchdog
web-proxy wireguard wireless write zigbee
"""
TOPICS = frozenset(_WORDS.split())
RULES = (("info", "memory"), ("error", "memory"), ("warning", "memory"), ("critical", "echo"))


def _topics(name: str, value: str) -> str:
    if not all(topic.removeprefix("!") in TOPICS for topic in value.split(",") if value):
        raise Refused(f"input does not match any value of {name}", ARGUMENT)
    return value


def _rules(_: Model) -> list[Row]:
    return numbered([{"topics": topics, "action": action} for topics, action in RULES])


LOGGING = Menu(
    "/system/logging",
    _rules,
    lambda _, rows, __: [
        {**row, "invalid": "false", "default": formats.flag(int(row[".id"][1:], 16) <= len(RULES))} for row in rows
    ],
    fields={
        "topics": Field(_topics, ""),
        "action": ref("/system/logging/action", "memory"),
        "prefix": text(""),
        "regex": since("7.17", text("")),
        "disabled": flag(),
    },
    required=(),
    marks=(),
    anchor="number",
    reset=True,
)
TARGETS: Mapping[str, str] = {"memory": "memory", "disk": "disk", "echo": "echo", "remote": "remote"}


def _actions(_: Model) -> list[Row]:
    return [{".id": f"*{n}", "name": name, "target": target} for n, (name, target) in enumerate(TARGETS.items())]


ACTION = Menu(
    "/system/logging/action",
    _actions,
    lambda _, rows, __: [{**row, "default": formats.flag(row["name"] in TARGETS)} for row in rows],
    fields={
        "name": text(),
        "target": one_of("disk echo email memory remote"),
        "memory-lines": whole(1, 65535, "1000"),
        "memory-stop-on-full": flag(),
        "disk-file-name": text("log"),
        "disk-lines-per-file": whole(1, 65535, "1000"),
        "disk-file-count": whole(1, 65535, "2"),
        "disk-stop-on-full": flag(),
        "email-to": text(""),
        "email-start-tls": flag(),
        "remember": flag(True),
        "remote": either("", ip(), NOBODY),
        "remote-port": whole(0, 65535, "514"),
        "remote-protocol": since("7.18", one_of("tcp udp", "udp")),
        "remote-log-format": since("7.18", one_of("cef default syslog", "default")),
        "bsd-syslog": until("7.18", flag()),
        "src-address": ip(NOBODY),
        "syslog-facility": text("daemon"),
        "syslog-severity": text("auto"),
        "comment": text(),
    },
    required=("name", "target"),
    unique={("name",): "failure: action with such name already exists"},
    kept=lambda row: "failure: can not remove default action" if row["name"] in TARGETS else None,
    reset=True,
)
