"""How many connections the firewall follows and how many it can, from ``/ip/firewall/connection/tracking``.

A full table is an outage, so every poll asks; it is one row of counts that the kernel keeps anyway, where printing
the connections would walk them all. A device that follows none (no firewall, ``enabled=auto``) is left alone between
the slow polls.
"""

from __future__ import annotations

from fleet.families import Cycle, Family, Field, Sample, Value
from routeros.collector import Collector, Notes, Reading, Replies, first
from routeros.words import Command

family = Family(
    "conntrack",
    "Connection tracking",
    (
        Field("connections", unit="connections", title="Connections"),
        Field("connections_ipv4", unit="connections", title="IPv4 connections"),
        Field("connections_ipv6", unit="connections", title="IPv6 connections"),
        Field("connections_limit", unit="connections", title="Room for connections"),
        Field("used_ratio", unit="ratio", title="Part of the room in use"),
    ),
)

COUNTS = {
    "connections": "total-entries",
    "connections_ipv4": "total-ip4-entries",
    "connections_ipv6": "total-ip6-entries",
    "connections_limit": "max-entries",
}

command = Command("/ip/firewall/connection/tracking/print", tuple(COUNTS.values()))


def read(replies: Replies) -> Reading:
    """Read the one row; versions before 7 do not tell the kinds of connections apart."""
    row = first(replies[0])
    if not row:
        return Reading()
    notes = Notes()
    counts = notes.counts(row, COUNTS)
    count, limit = counts["connections"], counts["connections_limit"]
    told: dict[str, Value] = {**counts, "used_ratio": None if count is None or not limit else count / limit}
    return Reading((Sample(told),), problems=tuple(notes.problems))


def idle(replies: Replies) -> bool:
    """Tell whether the device follows no connection."""
    return first(replies[0]).get("total-entries", "0") == "0"


collector = Collector("conntrack", Cycle.FAST, (command,), family, read, idle=idle)
