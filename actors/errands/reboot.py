"""The errand that restarts a device, and ends when the device was seen to have gone and come back."""

from __future__ import annotations

from actors.errand import Duty, Visit
from actors.returning import back
from fleet.control import REBOOT, expected
from fleet.errands import Ending
from fleet.errors import Unavailable
from routeros.client import Client
from routeros.control.look import PATIENCE, look
from routeros.errors import Fatal, TimedOut, Unreachable
from routeros.words import Command

RESTART = Command("/system/reboot")


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
    return await back(visit, seen)


async def _restart(visit: Visit, client: Client) -> None:
    """Say the word; that the connection ends is the answer of most. Raises Trap where the device refuses."""
    if not visit.may():
        raise Unavailable("The device is about to change hands.", "Its next owner goes on.")
    try:
        await client.call(RESTART, timeout=PATIENCE)
    except (Unreachable, Fatal, TimedOut):
        return


duty = Duty(REBOOT, run)
