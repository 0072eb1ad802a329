"""What a device's answers amount to, found apart from the product: asked once, and read by the collectors alone.

It also lets a ``--canned`` simulator prepare its answers, which takes it forty times as long as to give them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import uvloop

from bench.fleet.simulated import Entry
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from routeros import collectors, inventory
from routeros.client import Reply, connect
from routeros.words import Command

PATIENCE: Final = timedelta(seconds=120)
AT_ONCE: Final = 20
EVERY: Final = (*collectors.every().values(), *inventory.every().values())
COMMANDS: Final[tuple[Command, ...]] = tuple(c for one in EVERY for c in one.commands if c.menu.endswith("/print"))


def rows(entries: Sequence[Entry]) -> list[int]:
    """Ask every device for all that the collectors read; returns the rows that a poll makes, device by device."""
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
    async with await connect(endpoint, login, timeout=PATIENCE, egress=Egress((SIMULATED,))) as client:
        return dict(zip(COMMANDS, await client.calls(COMMANDS, timeout=PATIENCE), strict=True))


def counted(replies: Mapping[Command, Reply]) -> int:
    """Count the rows that the collectors with a family make of a device's replies."""
    found = 0
    for collector in collectors.every().values():
        if collector.family is not None:
            given = [said if isinstance(said := replies[c], list) else None for c in collector.commands]
            found += len(collector.read(given).samples)
    return found
