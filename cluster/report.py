"""The figures of a run: counted where they cannot be lost, by the simulator, the stream and the store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psutil

from bus import streams
from bus.connection import connect
from cluster.assembly import Assembly
from cluster.simulation import Simulation
from cluster.usage import Usage, alone, tree
from db import census, ledger
from db.engine import Stores
from fleet.settings import Settings
from routeros import collectors

PATIENCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of the demo did and cost. Counts are totals of the state directory, costs are of this run.

    ``events_before`` is what was stored when the run began, ``lost`` what actors say they dropped or set apart.
    ``polls_*`` are counted by the simulator, ``events_published`` by the stream, ``events_stored`` by the ledger of
    committed sequences. Memory is in MiB, shares of a core are fractions.
    """

    devices: int
    tenants: int
    polls_ok: int
    polls_failed: int
    events_published: int
    events_stored: int
    rows_stored: int
    duplicate_rows: int
    events_before: int
    lost: int
    poll_p95_ms: float | None
    start_seconds: float | None
    cpu_seconds: Mapping[str, float]
    rss_mb: Mapping[str, float]
    peak_core: Mapping[str, float]
    url: str
    restarts: tuple[str, ...] = field(default=())

    @property
    def flowed(self) -> bool:
        """Tell whether data went all the way in this run, whole and once."""
        whole = self.events_stored == self.events_published and self.duplicate_rows == self.lost == 0
        return whole and self.events_stored > self.events_before

    def document(self) -> dict[str, Any]:
        """Turn the report into what JSON can say, rounded."""
        return {**asdict(self), "flowed": self.flowed}


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of the whole path at one moment."""

    published: int
    stored: int
    rows: int
    duplicates: int


def published(asked: Settings) -> int:
    """Ask the stream how many messages were ever put into it; raises Unavailable when NATS is away."""
    return asyncio.run(_published(asked))


async def _published(asked: Settings) -> int:
    async with await connect(asked.nats_url, name="report", token=asked.nats_token, patience=PATIENCE) as bus:
        return (await streams.tally(bus, streams.DEVICE_EVENTS)).published


def stored(stores: Stores) -> int:
    """Ask the ledger how many of them are committed."""
    return ledger.counts(stores).get(streams.DEVICE_EVENTS.name, 0)


def tally(asked: Settings, stores: Stores, since: datetime) -> Tally:
    """Count everything; duplicates are rows from ``since`` on beyond one for each device, time and labels."""
    totals = census.totals(stores, collectors.families(), since)
    return Tally(published(asked), stored(stores), sum(totals.rows.values()), totals.duplicates)


def parts(assembly: Assembly, simulation: Simulation | None) -> dict[str, list[psutil.Process]]:
    """Name the processes of each part; an actor's process is Ray's child, and counted as the actor."""
    actors = assembly.conductor.actors()
    found: dict[str, list[psutil.Process]] = {"poller": [], "writer": []}
    for name, seen in actors.items():
        found.setdefault(name.split("-")[0], []).extend(alone(seen.get("pid")))
    found |= {server.name: tree(server.pid) for server in assembly.servers if server is not simulation}
    if simulation:
        found[simulation.name] = tree(simulation.pid)
    found["ray"] = [*tree(assembly.ray.pid), *found.pop("conductor", [])]
    found["flotilla"] = alone(psutil.Process().pid)
    return found


def rounded(usage: Usage) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Return CPU seconds, MiB and peak shares of a core, rounded for people."""
    memory = usage.rss_mb | {"total": sum(usage.rss_mb.values())}
    return (
        {part: round(value, 2) for part, value in usage.cpu_seconds.items()},
        {part: round(value, 1) for part, value in memory.items()},
        {part: round(value, 2) for part, value in usage.peak_core.items()},
    )
