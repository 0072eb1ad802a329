"""A poller of another node logs in to a device for its owner, and tells how that went."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg

from actors.vantage import Elsewhere, Lookout
from bus.connection import Bus
from fleet.device import Device
from fleet.errors import FleetError
from fleet.vantage import ALONE, Sight, Wish
from routeros.errors import LoginFailed
from tests.fixtures.database import Database, Tenant


@dataclass
class Door:
    """A way to devices that lets in, or does not."""

    refuses: FleetError | None = None
    entered: list[Device] = field(default_factory=list)
    left: int = 0

    async def connect(self, device: Device) -> Door:
        if self.refuses:
            raise self.refuses
        self.entered.append(device)
        return self

    async def close(self) -> None:
        self.left += 1


def test_it_logs_in_and_out_again(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    wish, door = Wish(tenant_id=north.id, device_id=north.devices[0].id), Door()
    lookout = Lookout(database.stores, cast(Any, door))
    assert asyncio.run(lookout.look(wish)) == Sight(seen=True)
    assert ([one.id for one in door.entered], door.left) == ([north.devices[0].id], 1)
    another = Wish(tenant_id=south.id, device_id=north.devices[0].id)
    assert not asyncio.run(lookout.look(another)).seen
    assert len(door.entered) == 1
    door.refuses = LoginFailed("The password is wrong.")
    refused = asyncio.run(lookout.look(wish))
    assert not refused.seen
    assert "The password is wrong." in str(refused.error)


def test_where_all_pollers_are_of_one_node_nobody_is_asked(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    with psycopg.connect(database.admin_url) as admin:
        owned = "poller = 'poller-head-' || partition % 2, incarnation = gen_random_uuid(), since = now()"
        admin.execute(f"UPDATE partitions SET {owned}, taken_at = now() WHERE partition < 4")
    here = Elsewhere("poller-head-0", cast(Bus, None), database.stores)
    assert asyncio.run(here.look(two_tenants[0].devices[0])) == ALONE
