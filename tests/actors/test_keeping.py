"""The keeper as an actor, on real servers: put together from the state directory, drained, begun again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from actors.chore import Chore
from actors.guard import Guard
from actors.keeping import CHORES, Keeper, KeeperActor, keeper
from actors.notifier import Notifier, Office
from actors.relay import Relay
from actors.timekeeper import Timekeeper
from bus import subjects
from cluster.servers.state import State
from db import outbox
from db.tenancy import tenant_session
from fleet import plugins, settings
from fleet.clock import FakeClock
from fleet.events import Change, DeviceChangedEvent
from tests.bus.brokers import Broker
from tests.fixtures.database import CREATED, Database, Tenant

PATIENCE = timedelta(seconds=60)
EVERY = len(list(plugins.discover(CHORES, Chore)))
KEYS = {"outbox_waiting", "outbox_published", "chores_done", "chores_failed", "keeper_problem"}
KEYS |= {"notifications_sent", "notifications_failed"}


@pytest.fixture
def place(home: State, broker: Broker, database: Database) -> Path:
    """The state directory in which the servers are announced."""
    urls = dict(database.urls)
    asked = settings.load(home.path, nats_url=broker.url, nats_token=broker.token, postgres_roles=urls)
    settings.announce(asked)
    return home.path


def commit(database: Database, tenant: Tenant) -> None:
    event = DeviceChangedEvent(tenant_id=tenant.id, device_id=tenant.devices[0].id, at=CREATED, change=Change.UPDATED)
    with tenant_session(database.stores, tenant.principal) as session:
        outbox.put(session, [event], subjects.of, CREATED)


def until(look: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 180
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_it_relays_and_keeps_time_until_drained(
    place: Path, database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    commit(database, two_tenants[0])
    actor = KeeperActor("keeper-0", str(place))
    said: dict[str, Any] = {}

    def reached() -> bool:
        said.update(actor.ping())
        done = said.get("outbox_published") == 1 and int(said.get("chores_done") or 0) >= EVERY
        return done and (said["problem"], said["keeper_problem"], said["outbox_waiting"]) == ("", "", 0)

    until(reached, f"it did not do its work: {said}")
    assert said.keys() >= KEYS
    assert (said["name"], said["chores_failed"]) == ("keeper-0", 0)
    commit(database, two_tenants[1])
    drained = actor.drain(PATIENCE.total_seconds())
    assert (drained["phase"], drained["left"]) == ("drained", 0)
    with psycopg.connect(database.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL").fetchone() == (0,)
        kinds = admin.execute("SELECT kind, last_outcome, claimed_by FROM schedules ORDER BY kind").fetchall()
    assert {("outbox.tidy", "done", None), ("partitions.ahead", "done", None)} <= set(kinds)
    actor.start()
    commit(database, two_tenants[0])
    until(lambda: actor.ping().get("outbox_published") == 1, "it did not begin again")
    actor.drain(PATIENCE.total_seconds())


def test_it_says_which_store_is_away(
    place: Path, broker: Broker, database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    broker.kill()
    commit(database, two_tenants[0])

    async def run() -> None:
        async with keeper("keeper-0", str(place)) as one:
            task = asyncio.create_task(one.run())
            async with asyncio.timeout(180):
                while "NATS" not in str(one.report()["keeper_problem"]) or not one.report()["chores_done"]:
                    await asyncio.sleep(0.05)
            assert one.report()["outbox_waiting"] == 1
            assert await one.drain(timedelta(seconds=0.2)) == 1
            await asyncio.wait_for(task, 60)

    asyncio.run(run())


def test_what_nobody_foresaw_ends_both_and_is_raised(database: Database) -> None:
    class Broken(Relay):
        async def run(self) -> None:
            raise ZeroDivisionError("by nobody")

    async def run() -> None:
        timekeeper = Timekeeper("keeper-0", database.stores, [], FakeClock())
        notifier = Notifier(Office(database.stores, lambda _, sealed: [], Guard()), FakeClock())
        relay = Broken(database.stores, None, FakeClock())  # type: ignore[arg-type]
        both = Keeper(relay, timekeeper, notifier)
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(both.run(), 60)

    asyncio.run(run())
