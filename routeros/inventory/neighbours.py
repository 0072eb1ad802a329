"""Who is near, from ``/ip/neighbor``: what was heard by MNDP, LLDP and CDP.

How long ago one was heard, and how long it has been up, changes with every look and is not asked for.
"""

from __future__ import annotations

from routeros.collector import Reading, Replies
from routeros.facts import rows_of, sheet, word
from routeros.words import Command

neighbours = sheet(
    "neighbours",
    "Neighbours",
    (
        word("interface", "Where it was heard; RouterOS 7 names the bridge behind the port."),
        word("mac_address", "Its hardware address."),
        word("identity", "What it calls itself."),
        word("address", "The address under which it can be reached."),
        word("address6", "Its IPv6 address."),
        word("platform", "Who made it."),
        word("board", "Which board it is."),
        word("version", "What it runs."),
        word("neighbour_interface", "The interface by which it spoke.", "interface-name"),
        word("software_id", "Its licence's software id."),
        word("discovered_by", "By which protocols it was heard (RouterOS 7)."),
        word("description", "What it says of itself (LLDP).", "system-description"),
        word("capabilities", "What it says to be: bridge, router (LLDP).", "system-caps-enabled"),
    ),
    key=("interface", "mac_address"),
)

command = Command("/ip/neighbor/print", neighbours.properties)


def read(replies: Replies) -> Reading:
    return neighbours.items(rows_of(replies))


collector = neighbours.collector((command,), read)
