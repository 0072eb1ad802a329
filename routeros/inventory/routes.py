"""The routes that tell how a device is connected, from ``/ip/route``: active default routes, and connected networks.

The router itself picks them, so that a table with a million routes of BGP gives a few rows. IPv6's are not read, nor
what belongs to a client's session.
"""

from __future__ import annotations

from routeros.collector import Reading, Replies
from routeros.facts import count, flag, is_session, rows_of, sheet, word
from routeros.queries import Key, where
from routeros.words import Command

routes = sheet(
    "routes",
    "Routes",
    (
        word("dst_address", "Where it leads; 0.0.0.0/0 is everywhere."),
        word("gateway", "Through whom, or by which interface."),
        word("immediate_gateway", "Through whom in the end, and by which interface (RouterOS 7).", "immediate-gw"),
        word("table", "The routing table, or the mark (RouterOS 6).", "routing-table", "routing-mark"),
        word("local_address", "The own address in that network.", "local-address", "pref-src"),
        count("distance", "The smaller, the better."),
        flag("connected", "Whether it follows from an address.", "connect"),
        flag("dhcp", "Whether a DHCP server told it."),
        flag("static", "Whether somebody wrote it."),
        word("comment", "What somebody wrote beside it."),
    ),
    key=("dst_address", "gateway", "table"),
    most=300,
)

DEFAULT = Key("dst-address") == "0.0.0.0/0"
CONNECTED = Key("connect") == True  # noqa: E712
ACTIVE = Key("active") == True  # noqa: E712

command = Command("/ip/route/print", routes.properties, queries=where((DEFAULT | CONNECTED) & ACTIVE))


def read(replies: Replies) -> Reading:
    return routes.items(row for row in rows_of(replies) if not is_session(row, "gateway"))


collector = routes.collector((command,), read)
