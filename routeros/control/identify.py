"""Make a device known to who stands before it: the lights of its ports blink, and it beeps where it can.

Nothing of its configuration is touched, so nothing has to be put back.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from routeros.client import Client
from routeros.errors import Trap
from routeros.words import Command

PORTS: Final = Command("/interface/ethernet/print", ("name",))
BEEP: Final = Command("/beep", attributes={"frequency": "880", "length": "200ms"})
EVERY: Final = 2.0
"""Seconds between two beeps."""

PATIENCE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Shown:
    """What could be done: whether its lights blinked, and whether it was told to beep."""

    blinked: bool
    beeped: bool


async def identify(client: Client, seconds: float) -> Shown:
    """Blink and beep for so long; raises RouterOSError where the connection is lost."""
    blinked, beeped = await asyncio.gather(_blink(client, seconds), _beep(client, seconds))
    return Shown(blinked, beeped)


async def _blink(client: Client, seconds: float) -> bool:
    """Blink all ports; the command goes on until it is cancelled, which leaving the stream does."""
    try:
        names = [row["name"] for row in await client.call(PORTS, timeout=PATIENCE) if "name" in row]
        if not names:
            return False
        blink = Command("/interface/ethernet/blink", attributes={"numbers": ",".join(names)})
        async with client.stream(blink) as rows:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    async for _ in rows:
                        pass
    except Trap:
        return False
    return True


async def _beep(client: Client, seconds: float) -> bool:
    """Beep again and again; a board without a speaker is silent and says nothing of it."""
    try:
        for _ in range(max(1, int(seconds / EVERY))):
            await client.call(BEEP, timeout=PATIENCE)
            await asyncio.sleep(EVERY)
    except Trap:
        return False
    return True
