"""What interfaces there are, from ``/interface``; those that come and go with a client are left out."""

from __future__ import annotations

from routeros.collector import Reading, Replies
from routeros.facts import count, flag, rows_of, sheet, word
from routeros.queries import Key, where
from routeros.words import Command

interfaces = sheet(
    "interfaces",
    "Interfaces",
    (
        word("name", "The interface."),
        word("default_name", "What a port was called when the device was new."),
        word("type", "Its type: ether, bridge, vlan, wlan, wifi, wg."),
        word("mac_address", "Its hardware address."),
        count("mtu", "The largest packet that it sends, in bytes.", "actual-mtu", "mtu"),
        count("l2mtu", "The largest frame without its header, in bytes."),
        flag("disabled", "Whether it is switched off."),
        word("comment", "What somebody wrote beside it."),
    ),
    key=("name",),
)

command = Command("/interface/print", interfaces.properties, queries=where(~(Key("dynamic") == True)))  # noqa: E712


def read(replies: Replies) -> Reading:
    return interfaces.items(row for row in rows_of(replies) if row.get("name"))


collector = interfaces.collector((command,), read)
