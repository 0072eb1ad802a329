"""Leases of every DHCP server by their status, and how full its pool is, from ``/ip/dhcp-server`` and ``/ip/pool``.

A pool fills over hours, and a server may have thousands of leases: with the slow ones, four properties of each. Where
the pool itself does not tell how much of it is used (before 7.17 or so), the dynamic leases do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

from fleet.families import Cycle, Family, Field, Sample, Value
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row

family = Family(
    "dhcp",
    "DHCP servers",
    (
        Field("leases_bound", unit="leases", title="Bound leases"),
        Field("leases_waiting", unit="leases", title="Leases that nobody uses"),
        Field("leases_offered", unit="leases", title="Offered leases"),
        Field("leases_busy", unit="leases", title="Leases in conflict"),
        Field("pool_addresses", unit="addresses", title="Addresses of the pool"),
        Field("pool_used_addresses", unit="addresses", title="Addresses in use"),
        Field("pool_used_ratio", unit="ratio", title="Part of the pool in use"),
    ),
    labels=("server",),
)

STATUSES = ("bound", "waiting", "offered", "busy")
DYNAMIC = "dynamic"
LONGEST = 16
"""How many pools one after the other are followed; a ring of them has been configured before."""

commands = (
    Command("/ip/dhcp-server/print", ("name", "address-pool")),
    Command("/ip/pool/print", ("name", "ranges", "next-pool", "total", "used")),
    Command("/ip/dhcp-server/lease/print", ("server", "active-server", "status", "dynamic")),
)


def read(replies: Replies) -> Reading:
    """Read a sample for each server; a lease that belongs to any server counts for none until it is bound."""
    notes = Notes()
    pools = {row["name"]: row for row in replies[1] or () if row.get("name")}
    leases: dict[str, Counter[str]] = {}
    for row in replies[2] or ():
        found = leases.setdefault(row.get("active-server") or row.get("server", ""), Counter())
        status = row.get("status", "")
        found[status] += 1
        if status == "bound" and row.get("dynamic") in ("true", "yes"):
            found[DYNAMIC] += 1
    servers = [row for row in replies[0] or () if row.get("name")]
    samples = notes.samples(_sample(notes, row, leases.get(row["name"], Counter()), pools) for row in servers)
    return Reading(samples, problems=tuple(notes.problems))


def _sample(notes: Notes, server: Row, leases: Counter[str], pools: Mapping[str, Row]) -> Sample:
    told: dict[str, Value] = {f"leases_{status}": leases[status] for status in STATUSES}
    total, used = _room(notes, server.get("address-pool", ""), pools)
    used = leases[DYNAMIC] if used is None else used
    if total:
        told |= {"pool_addresses": total, "pool_used_addresses": used, "pool_used_ratio": used / total}
    return Sample(told, (values.text(server["name"]),))


def _room(notes: Notes, name: str, pools: Mapping[str, Row]) -> tuple[int, int | None]:
    """Sum a pool and those that follow it up; what is used is None where one of them does not tell."""
    total, used, passed = 0, list[int | None](), set[str]()
    while name in pools and name not in passed and len(passed) < LONGEST:
        passed.add(name)
        pool = pools[name]
        size = notes.value(pool, "total", values.integer)
        total += (notes.value(pool, "ranges", _size) or 0) if size is None else size
        used.append(notes.value(pool, "used", values.integer))
        name = pool.get("next-pool", "")
    known = [count for count in used if count is not None]
    return total, sum(known) if known and len(known) == len(used) else None


@lru_cache(maxsize=1024)
def _size(ranges: str) -> int:
    """Count the addresses of ``10.0.0.10-10.0.0.99,10.0.1.0/24,10.0.2.1``."""
    return sum(map(_span, ranges.split(",")))


def _span(raw: str) -> int:
    if "/" in raw:
        return IPv4Network(raw, strict=False).num_addresses
    first, _, last = raw.partition("-")
    return max(0, int(IPv4Address(last or first)) - int(IPv4Address(first)) + 1)


collector = Collector("dhcp", Cycle.SLOW, commands, family, read, rows=20_000)
