"""The errand that restarts a device, and ends when the device was seen to have gone and come back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from actors.errand import Duty, Visit
from fleet.control import BACK, REBOOT, expected
from fleet.errands import Ending
from fleet.errors import FleetError, Unavailable
from routeros.client import Client
from routeros.control.look import PATIENCE, Look, look
from routeros.errors import Fatal, RouterOSError, TimedOut, Unreachable
from routeros.words import Command

RESTART = Command("/system/reboot")
EVERY = timedelta(seconds=10)
"""How often it is looked whether the device is back."""


async def run(visit: Visit) -> Ending:
    """Restart the device that was named; whoever takes this over looks first whether it was started anew."""
    client = await visit.means.access.connect(visit.device)
    try:
        seen = await look(client, visit.means.clock.now())
        if seen.started_after(visit.errand.at):
            return Ending.done()
        if seen.identity != expected(visit.errand):
            return Ending.failed(
                f"The device calls itself {seen.identity!r} by now, so another one may have been meant. "
                "Nothing was done: ask again with that name."
            )
        await _restart(visit, client)
    finally:
        await client.close()
    return await _back(visit)


async def _restart(visit: Visit, client: Client) -> None:
    """Say the word; that the connection ends is the answer of most. Raises Trap where the device refuses."""
    if not visit.may():
        raise Unavailable("The device is about to change hands.", "Its next owner goes on.")
    try:
        await client.call(RESTART, timeout=PATIENCE)
    except (Unreachable, Fatal, TimedOut):
        return


async def _back(visit: Visit) -> Ending:
    """Look for the device until it was started anew, or for too long."""
    clock = visit.means.clock
    until, why = clock.now() + BACK, "it goes on as if nothing had been said"
    while clock.now() < until:
        await asyncio.sleep(clock.real(EVERY))
        seen = await _seen(visit)
        if isinstance(seen, Look):
            if seen.started_after(visit.errand.at):
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


duty = Duty(REBOOT, run)
