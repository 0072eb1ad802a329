"""The other vantage of a push: a poller of another node logs in to the device, and this one asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from actors.access import Access
from bus import vantage as bus_vantage
from bus.connection import Bus
from db import assignment, inventory
from db.engine import Stores
from fleet import vantage
from fleet.device import Device
from fleet.errors import FleetError, Unavailable
from fleet.identity import DeviceId
from fleet.vantage import ALONE, Sight, View, Wish

PATIENCE: Final = timedelta(seconds=15)
"""So long another poller may take to look; a login that fails is given up earlier."""

UNKNOWN: Final = Sight(seen=False, error="The device is not known there.")


@dataclass(frozen=True, slots=True)
class Lookout:
    """Looks at devices for other pollers."""

    stores: Stores
    access: Access

    async def look(self, wish: Wish) -> Sight:
        """Log in to a device and out again."""
        try:
            found = await asyncio.to_thread(inventory.some, self.stores, [DeviceId(wish.device_id)])
            mine = [device for device in found if device.tenant_id == wish.tenant_id]
            if not mine:
                return UNKNOWN
            client = await self.access.connect(mine[0])
            await client.close()
        except FleetError as error:
            return Sight(seen=False, error=str(error))
        return Sight(seen=True)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Asks a poller of another node than that of the poller ``mine`` to look."""

    mine: str
    bus: Bus
    stores: Stores

    async def look(self, device: Device, poller: str | None = None) -> View:
        """Let a poller look at a device, by default any of another node."""
        try:
            asked = poller or await self._other()
            if asked is None:
                return ALONE
            wish = Wish(tenant_id=device.tenant_id, device_id=device.id)
            sight = await bus_vantage.ask(self.bus, asked, wish, PATIENCE.total_seconds())
        except Unavailable as error:
            return View(poller, None, str(error))
        return View(asked, sight.seen, sight.error)

    async def _other(self) -> str | None:
        pollers = await asyncio.to_thread(assignment.pollers, self.stores)
        return vantage.elsewhere(pollers, self.mine)
