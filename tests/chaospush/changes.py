"""The classes of change, one or two of each: what they say, and whether they cut the path to the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.chaospush.runs import Change

_LIST = "\n".join(f"/ip firewall address-list add list=guests address=10.9.0.{n}" for n in range(1, 4))

CHANGES: Final[Mapping[str, Change]] = {
    one.name: one
    for one in (
        Change("identity", "/system identity set name=after"),
        Change("list", _LIST),
        Change(
            "secrets",
            "/user add name=watcher group=read password=s3cret\n/snmp set contact=noc",
        ),
        Change(
            "rules",
            "/ip firewall filter add chain=forward action=drop comment=new src-address=10.66.0.0/16\n"
            "/ip firewall filter move [find comment=keep] destination=[find comment=first]\n"
            "/ip firewall filter remove [find comment=old]",
            setup="/ip firewall filter add chain=forward action=accept comment=first\n"
            "/ip firewall filter add chain=forward action=accept comment=old\n"
            "/ip firewall filter add chain=forward action=accept comment=keep",
            risky=True,
        ),
        Change(
            "bridge",
            "/interface bridge add name=br9\n"
            "/ip address add address=10.77.0.1/24 interface=br9\n"
            "/ip pool add name=p9 ranges=10.77.0.10-10.77.0.20",
            risky=True,
        ),
        Change(
            "service",
            "/system identity set name=after\n/ip service set api disabled=yes",
            risky=True,
            cuts=True,
        ),
        Change(
            "user",
            "/system identity set name=after\n/user set flotilla password=other",
            risky=True,
            cuts=True,
        ),
    )
}
