"""A change on a simulated router, from the poll that sees it to the backup that is taken and to quiet afterwards."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count

from actors.access import Access
from actors.chore import Occasion
from actors.chores import backups
from actors.credentials import Credentials
from actors.session import Session, Tools
from db import configpolicies, inventory
from db.operations import Author
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.backups import Policy
from fleet.clock import FakeClock
from fleet.egress import SIMULATED
from fleet.events import Event
from routeros import switches
from tests.fixtures.configs import Safe, Scene
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW, received, stored, write
from tests.fixtures.simulator import Factory

MINUTE = timedelta(minutes=1)
V6, V7 = 0, 1


class Watch:
    """Polls a device with all collectors, a minute after the other, and does what follows."""

    def __init__(self, scene: Scene, device: int) -> None:
        self.scene, self.device = scene, device
        self.first = count(1, 100)

    def poll(self) -> list[str]:
        """Poll as the pollers would, store what was told, and tell why a backup was asked for."""
        self.scene.clock.advance(MINUTE)
        write(self.scene.database, received(asyncio.run(self._poll()), next(self.first)))
        backups.look(Occasion(self.scene.database.stores, self.scene.clock.now()))
        open_ones = stored(self.scene.database, "SELECT detail->>'reason' FROM errands WHERE ended_at IS NULL")
        return [reason for (reason,) in open_ones]

    def take(self) -> None:
        """Take the backup that was asked for."""
        self.scene.clock.advance(timedelta(seconds=5))
        self.scene.take(self.device, reason="change")
        stored(self.scene.database, "DELETE FROM errands RETURNING 1")

    async def _poll(self) -> list[Event]:
        database, one = self.scene.database, self.scene.tenant.devices[self.device]
        (device,) = inventory.some(database.stores, [one.id])
        access = Access(Credentials(self.scene.safe), timedelta(minutes=1))
        tools = Tools(
            access.connect, switches.everything(), self.scene.clock, timedelta(minutes=15), timedelta(minutes=1)
        )
        session = Session(device, tools)
        try:
            return list((await session.poll()).events)
        finally:
            await session.close()


def watch(database: Database, tenant: Tenant, simulator: Factory, device: int) -> Watch:
    """Have one device of a tenant backed up after a change."""
    scene = Scene.of(database, tenant, simulator(3), Safe(), FakeClock(NOW))
    with platform_session(database.stores, "a test") as session:
        inventory.allow(session, tenant.id, [str(SIMULATED)])
    its_id = scene.tenant.devices[device].id
    with tenant_session(database.stores, tenant.principal) as session:
        configpolicies.put(session, Author("anna", NOW), tenant.id, its_id, Policy(on_change=True))
    return Watch(scene, device)


def test_a_change_is_seen_by_the_next_poll_and_backed_up_once(
    database: Database, two_tenants: tuple[Tenant, Tenant], simulator: Factory
) -> None:
    for device in (V6, V7):
        watched = watch(database, two_tenants[device], simulator, device)
        assert watched.poll() == ["change"], "the first backup, to compare with"
        watched.take()
        assert watched.poll() == []
        watched.scene.set("/system/identity/set", device, name="renamed")
        assert watched.poll() == ["change"]
        watched.take()
        assert watched.poll() == []
        numbers = stored(database, "SELECT number FROM config_versions WHERE tenant_id = %s", two_tenants[device].id)
        assert sorted(numbers) == [(1,), (2,)]
