"""The relay on real servers: what was committed is in the stream once, whatever is killed on the way."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from actors.relay import BATCH, Carrier, Relay
from bus import streams, subjects
from bus.connection import Bus
from bus.relaying import Courier, Receipt
from bus.streams import OPERATION_EVENTS
from db import outbox
from db.access import PLATFORM
from db.engine import Stores
from db.tenancy import tenant_session
from fleet.clock import FakeClock
from fleet.errors import Unavailable
from fleet.events import Change, DeviceChangedEvent, decode
from fleet.letter import Letter
from tests.actors.conftest import until
from tests.bus.brokers import Broker
from tests.fixtures.database import CREATED, Database, Tenant

Tenants = tuple[Tenant, Tenant]
CLOCK = FakeClock()
PATIENCE = timedelta(seconds=60)


@dataclass
class Watched:
    """A carrier that keeps what it was given, and does something before or after it carries."""

    carrier: Carrier
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None
    given: list[UUID] = field(default_factory=list)

    async def ready(self) -> None:
        await self.carrier.ready()

    async def send(self, letters: Sequence[Letter]) -> Receipt:
        self.given += [letter.event_id for letter in letters]
        self.before()
        receipt = await self.carrier.send(letters)
        self.after()
        return receipt


def commit(database: Database, tenant: Tenant, count: int) -> list[UUID]:
    """Commit some events, and return their ids in the order in which they are to be published."""
    events = [
        DeviceChangedEvent(tenant_id=tenant.id, device_id=tenant.devices[0].id, at=CREATED, change=Change.UPDATED)
        for _ in range(count)
    ]
    with tenant_session(database.stores, tenant.principal) as session:
        for number, event in enumerate(events):
            outbox.put(session, [event], subjects.of, CREATED + number * timedelta(seconds=1))
    return [event.event_id for event in events]


def waiting(database: Database) -> int:
    with psycopg.connect(database.admin_url) as admin:
        return len(admin.execute("SELECT 1 FROM outbox WHERE published_at IS NULL").fetchall())


@asynccontextmanager
async def a_bus(broker: Broker, *, there: bool = True) -> AsyncIterator[Bus]:
    """Give a connection, which stands where the broker is there."""
    async with Bus(broker.url, name="test", token=broker.token) as bus:
        if there:
            await bus.client()
        yield bus


def patient(bus: Bus) -> Courier:
    """Make a courier that waits for answers for as long as any machine may need."""
    return Courier(bus, PATIENCE.total_seconds())


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    """Run relays, and drain them at the end."""
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    yield
    for relay in relays:
        assert await relay.drain(PATIENCE) == 0
    await asyncio.wait_for(asyncio.gather(*tasks), 60)


async def in_stream(bus: Bus) -> list[UUID]:
    """Read the ids of all events that are in the stream, in its order."""
    js = await bus.jetstream()
    count = (await streams.tally(bus, OPERATION_EVENTS)).published
    found = [await js.get_msg(OPERATION_EVENTS.name, number + 1) for number in range(count)]
    return [decode(message.data or b"").event_id for message in found]


def test_what_was_committed_is_published_and_marked(database: Database, two_tenants: Tenants, broker: Broker) -> None:
    ids = commit(database, two_tenants[0], 3)

    async def run() -> None:
        async with a_bus(broker) as bus:
            relay = Relay(database.stores, patient(bus), CLOCK)
            assert await relay.turn() == 3
            assert await relay.turn() == 0
            assert sorted(await in_stream(bus)) == sorted(ids)
            assert relay.report() == {"outbox_waiting": 0, "outbox_published": 3}

    asyncio.run(run())
    with psycopg.connect(database.admin_url) as admin:
        assert admin.execute("SELECT DISTINCT published_at FROM outbox").fetchall() == [(CLOCK.at,)]


def test_a_running_relay_takes_the_oldest_first_and_all(
    database: Database, two_tenants: Tenants, broker: Broker
) -> None:
    ids = commit(database, two_tenants[0], 2 * BATCH + 10)

    async def run() -> list[UUID]:
        async with a_bus(broker) as bus:
            watched = Watched(patient(bus))
            async with running(Relay(database.stores, watched, CLOCK)):
                await until(lambda: waiting(database) == 0, "not all was published")
                more = commit(database, two_tenants[1], 1)
                await until(lambda: waiting(database) == 0, "what came later was not published")
            assert watched.given == [*ids, *more]
            return await in_stream(bus)

    assert len(asyncio.run(run())) == len(ids) + 1


def test_two_relays_share_the_work(database: Database, two_tenants: Tenants, broker: Broker) -> None:
    ids = commit(database, two_tenants[0], 3 * BATCH)

    async def run() -> None:
        async with a_bus(broker) as one, a_bus(broker) as two:
            carriers = [Watched(patient(one)), Watched(patient(two))]
            relays = [Relay(database.stores, carrier, CLOCK) for carrier in carriers]
            async with running(*relays):
                await until(lambda: waiting(database) == 0, "not all was published")
            assert sorted(carriers[0].given + carriers[1].given) == sorted(ids)
            assert sum(int(str(relay.report()["outbox_published"])) for relay in relays) == len(ids)
            assert sorted(await in_stream(one)) == sorted(ids)

    asyncio.run(run())


def test_while_one_holds_letters_the_other_takes_the_next(
    database: Database, two_tenants: Tenants, broker: Broker
) -> None:
    ids = commit(database, two_tenants[0], BATCH + 5)

    async def run() -> None:
        async with a_bus(broker) as bus:
            holding, let_go = asyncio.Event(), asyncio.Event()

            class Slow(Watched):
                async def send(self, letters: Sequence[Letter]) -> Receipt:
                    holding.set()
                    await let_go.wait()
                    return await super().send(letters)

            slow, quick = Slow(patient(bus)), Watched(patient(bus))
            first = asyncio.create_task(Relay(database.stores, slow, CLOCK).turn())
            await holding.wait()
            assert await Relay(database.stores, quick, CLOCK).turn() == 5
            let_go.set()
            assert await first == BATCH
            assert (slow.given, quick.given) == (ids[:BATCH], ids[BATCH:])

    asyncio.run(run())


def dying(urls: Mapping[str, str], url: str, token: str) -> None:
    """Publish what waits, and be killed before it is marked."""

    async def run() -> None:
        async with Bus(url, name="dying", token=token) as bus:
            await bus.client()
            watched = Watched(patient(bus), after=lambda: os.kill(os.getpid(), signal.SIGKILL))
            await Relay(Stores(urls), watched, CLOCK).turn()

    asyncio.run(run())


def test_a_relay_killed_before_the_mark_doubles_nothing(
    database: Database, two_tenants: Tenants, broker: Broker
) -> None:
    ids = commit(database, two_tenants[0], 7)
    arguments = (dict(database.urls), broker.url, broker.token)
    process = multiprocessing.get_context("spawn").Process(target=dying, args=arguments)
    process.start()
    process.join(240)
    assert process.exitcode == -signal.SIGKILL
    assert waiting(database) == 7

    async def run() -> None:
        async with a_bus(broker) as bus:
            assert sorted(await in_stream(bus)) == sorted(ids)
            watched = Watched(patient(bus))
            async with running(Relay(database.stores, watched, CLOCK)):
                await until(lambda: waiting(database) == 0, "nobody took over")
            assert watched.given == ids
            assert sorted(await in_stream(bus)) == sorted(ids)

    asyncio.run(run())


def test_a_connection_cut_before_the_mark_doubles_nothing(
    database: Database, two_tenants: Tenants, broker: Broker
) -> None:
    ids = commit(database, two_tenants[0], 4)

    def cut() -> None:
        statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            admin.execute(statement, (PLATFORM,))

    async def run() -> None:
        async with a_bus(broker) as bus:
            watched = Watched(patient(bus), after=cut)
            relay = Relay(database.stores, watched, CLOCK)
            with pytest.raises(Unavailable):
                await relay.turn()
            assert waiting(database) == 4
            watched.after = lambda: None
            assert await relay.turn() == 4
            assert watched.given == ids + ids
            assert sorted(await in_stream(bus)) == sorted(ids)

    asyncio.run(run())


def test_while_nats_is_away_letters_wait(database: Database, two_tenants: Tenants, broker: Broker) -> None:
    commit(database, two_tenants[0], 2)

    async def run() -> None:
        async with a_bus(broker) as bus:
            relay = Relay(database.stores, Courier(bus), CLOCK)
            async with running(relay):
                await until(lambda: waiting(database) == 0, "nothing was published")
                broker.kill()
                await until(lambda: not bus.connected, "it does not notice that NATS is away")
                ids = commit(database, two_tenants[0], 3)
                await until(lambda: relay.problem != "", "it does not say that NATS is away")
                assert (relay.report()["outbox_waiting"], waiting(database)) == (3, 3)
                await asyncio.to_thread(broker.restart)
                await until(lambda: waiting(database) == 0, "it does not go on")
                await until(lambda: relay.problem == "", "it still complains")
            assert set(ids) <= set(await in_stream(bus))
            assert len(await in_stream(bus)) == 5

    asyncio.run(run())


def test_while_the_database_is_away_it_says_so_and_goes_on(
    database: Database, two_tenants: Tenants, broker: Broker
) -> None:
    async def run() -> None:
        async with a_bus(broker) as bus:
            urls = dict(database.urls)
            urls[PLATFORM] = "postgresql://x:y@127.0.0.1:9/z"
            with Stores(urls) as stores:
                relay = Relay(stores, Courier(bus), CLOCK)
                task = asyncio.create_task(relay.run())
                await until(lambda: "database" in relay.problem, "it does not say that the database is away")
                assert relay.report()["outbox_waiting"] is None
                assert await relay.drain(timedelta(seconds=0.2)) == 0
                await asyncio.wait_for(task, 60)

    asyncio.run(run())


def test_draining_tells_what_is_left(database: Database, two_tenants: Tenants, broker: Broker) -> None:
    commit(database, two_tenants[0], 2)
    broker.kill()

    async def run() -> None:
        async with a_bus(broker, there=False) as bus:
            relay = Relay(database.stores, Courier(bus), CLOCK)
            task = asyncio.create_task(relay.run())
            await until(lambda: relay.problem != "", "it does not say that NATS is away")
            assert await relay.drain(timedelta(seconds=0.2)) == 2
            await asyncio.wait_for(task, 60)

    asyncio.run(run())
    assert waiting(database) == 2
