"""Neighbours of BGP and OSPF, and how many routes there are, from ``/routing`` and ``/ip/route``.

A peer that is lost has to be known at once, so every poll asks for the peers; a device without any is left alone
between the slow polls. Counting routes walks the whole table, and one of the Internet's takes a router seconds:
seldom, and given up after five.

Version 7 has a session only while there is one, so the connections tell who is missing; version 6 has a row for
each peer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fleet.families import Cycle, Family, Field, Kind, Sample, Value
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row

STATES = ("down", "starting", "up")

family = Family(
    "routing",
    "Routing",
    (
        Field("state", Kind.STATE, title="State", states=STATES),
        Field("uptime_seconds", unit="seconds", title="Up since"),
        Field("prefixes", unit="prefixes", title="Prefixes received"),
        Field("state_changes_total", Kind.COUNTER, "changes", "Changes of the state"),
        Field("routes", unit="routes", title="Routes"),
    ),
    labels=("protocol", "peer", "address"),
)
"""``protocol`` is bgp or ospf; the number of routes stands beside ip and ipv6, which have no peers."""

WORDS = {"established": 2, "full": 2, "2-way": 2, "idle": 0, "down": 0}
"""What is neither up nor down is on its way. 2-Way is where two OSPF routers stay that others speak for."""

COUNT = {"count-only": ""}
PATIENCE = 5.0

commands = (
    Command("/routing/bgp/session/print", ("name", "remote.address", "established", "uptime", "prefix-count")),
    Command("/routing/bgp/connection/print", ("name", "remote.address", "disabled")),
    Command(
        "/routing/bgp/peer/print",
        ("name", "remote-address", "state", "established", "uptime", "prefix-count", "disabled"),
    ),
    Command("/routing/ospf/neighbor/print", ("router-id", "address", "state", "state-changes", "adjacency")),
)
seldom = (
    Command("/ip/route/print", attributes=COUNT, seconds=PATIENCE),
    Command("/ipv6/route/print", attributes=COUNT, seconds=PATIENCE),
)


def read(replies: Replies) -> Reading:
    """Read a sample for each peer, and one for each table of routes that was counted."""
    sessions, connections, peers, neighbours, *counted = (reply or () for reply in replies)
    notes = Notes()
    found = [_session(notes, row) for row in sessions if row.get("name")]
    found += _missing(connections, {row["name"] for row in sessions if row.get("name")})
    found += [_peer(notes, row) for row in peers if row.get("remote-address") and _enabled(row)]
    found += [_neighbour(notes, row) for row in neighbours if row.get("address")]
    found += _routes(notes, counted)
    return Reading(notes.samples(found), problems=tuple(notes.problems))


def _session(notes: Notes, row: Row) -> Sample:
    up = notes.value(row, "established", values.boolean)
    return _told(notes, row, "remote.address", STATES.index("up" if up else "starting"))


def _missing(connections: Iterable[Row], sessions: set[str]) -> Iterator[Sample]:
    """Tell of the peers that should be there and are not; a session is called after its connection, and numbered."""
    there = {name.rpartition("-")[0] for name in sessions}
    for row in connections:
        name = row.get("name", "")
        # Without an address it waits for whoever comes.
        if name and row.get("remote.address") and name not in there and _enabled(row):
            yield Sample({"state": STATES.index("down")}, _labels("bgp", f"{name}-1", row["remote.address"]))


def _peer(notes: Notes, row: Row) -> Sample:
    word = "established" if row.get("established") in ("true", "yes") else row.get("state", "")
    return _told(notes, row, "remote-address", _state(word))


def _told(notes: Notes, row: Row, address: str, state: int | None) -> Sample:
    told: dict[str, Value] = {
        "state": state,
        "uptime_seconds": notes.value(row, "uptime", values.seconds),
        "prefixes": notes.value(row, "prefix-count", values.integer),
    }
    return Sample(told, _labels("bgp", row.get("name", ""), row.get(address, "")))


def _neighbour(notes: Notes, row: Row) -> Sample:
    told: dict[str, Value] = {
        "state": _state(row.get("state", "")),
        "uptime_seconds": notes.value(row, "adjacency", values.seconds),
        "state_changes_total": notes.value(row, "state-changes", values.integer),
    }
    return Sample(told, _labels("ospf", row.get("router-id", ""), row["address"]))


def _routes(notes: Notes, counted: Sequence[Iterable[Row]]) -> Iterator[Sample]:
    for protocol, rows in zip(("ip", "ipv6"), counted, strict=False):
        for row in rows:
            routes = notes.value(row, "ret", values.integer)
            if routes is not None:
                yield Sample({"routes": routes}, (protocol, "", ""))


def _state(word: str) -> int | None:
    return WORDS.get(word.lower(), STATES.index("starting")) if word else None


def _enabled(row: Row) -> bool:
    return row.get("disabled") not in ("true", "yes")


def _labels(protocol: str, peer: str, address: str) -> tuple[str, str, str]:
    """Name a peer; an address may be told with the length of its network."""
    return protocol, values.text(peer), values.text(address.partition("/")[0])


def idle(replies: Replies) -> bool:
    """Tell whether there is no peer."""
    return not any(replies[: len(commands)])


collector = Collector("routing", Cycle.FAST, commands, family, read, seldom=seldom, idle=idle)
