"""The errand that makes a device known to who stands before it."""

from __future__ import annotations

from dataclasses import replace

from actors.errand import Duty, Visit
from fleet.control import IDENTIFY, seconds
from fleet.errands import Ending
from fleet.errors import Unavailable
from routeros.control.identify import identify


async def run(visit: Visit) -> Ending:
    """Blink and beep; done where the device could do one of the two."""
    # Blinking lasts, and beside what lasts a connection wants another place.
    endpoint = visit.device.endpoint
    roomy = replace(visit.device, endpoint=replace(endpoint, streams=max(3, endpoint.streams)))
    client = await visit.means.access.connect(roomy)
    try:
        if not visit.may():
            raise Unavailable("The device is about to change hands.", "Its next owner does it.")
        shown = await identify(client, seconds(visit.errand))
    finally:
        await client.close()
    if shown.blinked or shown.beeped:
        return Ending.done()
    return Ending.failed("The device has no ports whose lights it can blink, and no beep.")


duty = Duty(IDENTIFY, run)
