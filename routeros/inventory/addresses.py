"""The addresses, from ``/ip/address`` and ``/ipv6/address``.

Left out are those that say nothing of the network: IPv6's link-local ones, and what belongs to a client's session.
"""

from __future__ import annotations

from routeros.collector import Reading, Replies
from routeros.facts import flag, is_session, rows_of, sheet, word
from routeros.words import Command

addresses = sheet(
    "addresses",
    "Addresses",
    (
        word("address", "The address with the length of its network."),
        word("interface", "The interface that it was given to."),
        word("network", "The network (IPv4)."),
        word("actual_interface", "The interface on which it works: the bridge of a port."),
        word("vrf", "The VRF that it belongs to."),
        flag("dynamic", "Whether the device got or made it by itself: DHCP, router advertisements."),
        flag("disabled", "Whether it is switched off."),
        flag("invalid", "Whether it cannot work: its interface is not there."),
        word("comment", "What somebody wrote beside it."),
    ),
    key=("address", "interface"),
)

commands = (
    Command("/ip/address/print", addresses.properties),
    Command("/ipv6/address/print", (*addresses.properties, "link-local")),
)


def read(replies: Replies) -> Reading:
    return addresses.items(
        row for row in rows_of(replies) if row.get("link-local") != "true" and not is_session(row, "interface")
    )


collector = addresses.collector(commands, read)
