"""The devices behind one that is restarted: which of them are in reach, as a knock at their doors tells."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from actors.errand import Visit
from db import inventory
from fleet.device import Device
from fleet.errors import Unavailable
from fleet.identity import DeviceId

AT_ONCE: Final = 64
"""At so many doors it is knocked at a time."""


async def reached(visit: Visit, behind: Collection[DeviceId]) -> frozenset[str] | None:
    """Name those of some devices that are in reach; None where that cannot be told just now.

    Nobody logs in: that is done by their own pollers alone.
    """
    if not behind:
        return frozenset()
    try:
        found = await asyncio.to_thread(inventory.some, visit.means.stores, behind)
    except Unavailable:
        return None
    mine = [one for one in found if one.tenant_id == visit.device.tenant_id]
    gate = asyncio.Semaphore(AT_ONCE)
    answered = await asyncio.gather(*(_answers(visit, one, gate) for one in mine))
    return frozenset(one.name for one, answers in zip(mine, answered, strict=True) if answers)


async def _answers(visit: Visit, one: Device, gate: asyncio.Semaphore) -> bool:
    async with gate:
        return await visit.means.access.answers(one)
