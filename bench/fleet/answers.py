"""What a device's answers amount to, found apart from the product: asked once, and read by the collectors alone.

It also lets a ``--canned`` simulator prepare its answers, which takes it forty times as long as to give them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

import uvloop

from bench.fleet.simulated import Entry
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from fleet.families import Cycle
from routeros import collectors, inventory
from routeros.client import Reply, connect
from routeros.collector import Collector
from routeros.words import Command, Row

PATIENCE: Final = timedelta(seconds=120)
AT_ONCE: Final = 20
EVERY: Final[tuple[Collector, ...]] = (*collectors.every().values(), *inventory.every().values())
STEADY: Final[tuple[Collector, ...]] = tuple(
    one for one in collectors.every().values() if one.cycle is Cycle.FAST and one.family and one.idle is None
)
"""The collectors that make rows of every poll, whatever a device has to tell."""


def rows(entries: Sequence[Entry]) -> list[int]:
    """Ask every device for all that the collectors read; returns the rows of every poll, device by device."""
    return uvloop.run(_all(entries))


async def _all(entries: Sequence[Entry]) -> list[int]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(entry: Entry) -> int:
        async with gate:
            return counted(await _replies(entry))

    return list(await asyncio.gather(*map(one, entries)))


async def _replies(entry: Entry) -> dict[Command, Reply]:
    endpoint = Endpoint(entry["address"], entry["api_port"], TlsMode.PLAIN)
    login = Login(entry["username"], entry["password"])
    known: dict[Command, Reply] = {}
    async with await connect(endpoint, login, timeout=PATIENCE, egress=Egress((SIMULATED,))) as client:
        for further in (False, True):
            wanted = [c for c in dict.fromkeys(_commands(known, further=further)) if c not in known]
            known |= dict(zip(wanted, await client.calls(wanted, timeout=PATIENCE), strict=True))
    return known


def _commands(known: Mapping[Command, Reply], *, further: bool) -> Iterator[Command]:
    """Yield what the collectors ask, or what follows from the answers."""
    for collector in EVERY:
        first = (*collector.commands, *collector.seldom)
        asked = collector.further(_told(known, first)) if further else first
        # What an inventory asks beside the menus makes a device ask others.
        yield from (c for c in asked if collector.kind is None or c.menu.endswith("/print"))


def _told(known: Mapping[Command, Reply], commands: Iterable[Command]) -> list[list[Row] | None]:
    return [said if isinstance(said := known.get(command), list) else None for command in commands]


def counted(known: Mapping[Command, Reply]) -> int:
    """Count the rows that the steady collectors make of a device's replies."""
    found = 0
    for collector in STEADY:
        first = _told(known, collector.commands)
        found += len(collector.read(first + _told(known, collector.further(first))).samples)
    return found
