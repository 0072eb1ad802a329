"""Wait for a device that was told to restart, until it was seen to have done so."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from actors.errand import Visit
from fleet.control import BACK
from fleet.errands import Ending
from fleet.errors import FleetError, Unavailable
from routeros.control.look import Look, look
from routeros.errors import RouterOSError

EVERY = timedelta(seconds=10)
"""How often it is looked whether the device is back."""


async def back(visit: Visit, before: Look) -> Ending:
    """Look for the device until it was started anew, or for too long; ``before`` is how it was when it was told."""
    clock = visit.means.clock
    until, why = clock.now() + BACK, "it goes on as if nothing had been said"
    while clock.now() < until:
        await asyncio.sleep(clock.real(EVERY))
        seen = await _seen(visit)
        if isinstance(seen, Look):
            if seen.uptime < before.uptime or seen.started_after(visit.errand.at):
                return Ending.done()
        else:
            why = f"the last that was heard: {seen.message}"
    minutes = BACK.total_seconds() / 60
    return Ending.failed(f"It was told to restart and was not seen to have done so within {minutes:g} minutes; {why}")


async def _seen(visit: Visit) -> Look | FleetError:
    """Look at the device once."""
    try:
        client = await visit.means.access.connect(visit.device)
    except (RouterOSError, Unavailable) as error:
        return error
    try:
        return await look(client, visit.means.clock.now())
    except RouterOSError as error:
        return error
    finally:
        await client.close()
