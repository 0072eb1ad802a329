"""Who listens hears what is published from then on, and is told wherever something may have been missed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from bus import streams, subjects
from bus.connection import Bus
from bus.listening import listen
from fleet.events import Change, DeviceChangedEvent, Event, encode
from tests.bus.brokers import Broker

AT = datetime(2026, 1, 5, tzinfo=UTC)
TENANT = UUID(int=1)


@dataclass
class Ear:
    """What was heard, and how often something may have been missed."""

    heard: list[Event] = field(default_factory=list)
    missed: int = 0

    def miss(self) -> None:
        self.missed += 1


def changed(number: int) -> DeviceChangedEvent:
    return DeviceChangedEvent(
        tenant_id=TENANT,
        device_id=UUID(int=number),
        at=AT,
        change=Change.UPDATED,
        event_id=UUID(int=number),
    )


@asynccontextmanager
async def listening(broker: Broker) -> AsyncIterator[tuple[Bus, Ear]]:
    """Listen to changes of devices by a connection of its own, and give one to publish by."""
    ear = Ear()
    async with (
        Bus(broker.url, name="ear", token=broker.token) as near,
        Bus(broker.url, name="mouth", token=broker.token) as bus,
    ):
        await streams.ensure(await bus.jetstream())
        task = asyncio.create_task(listen(near, f"{subjects.DEVICE_CHANGED}.>", ear.heard.append, ear.miss))
        await until(lambda: ear.missed == 1)
        await (await near.client()).flush()
        yield bus, ear
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0.01)


async def publish(bus: Bus, subject: str, data: bytes) -> None:
    await (await bus.jetstream()).publish(subject, data)


def test_what_is_published_is_heard_and_nothing_else(broker: Broker) -> None:
    async def run() -> Ear:
        async with listening(broker) as (bus, ear):
            await publish(bus, "audit.somebody", encode(changed(7)))
            for event in (changed(1), changed(2)):
                await publish(bus, subjects.of(event), encode(event))
            await until(lambda: len(ear.heard) >= 2)
            return ear

    ear = asyncio.run(run())
    assert (ear.heard, ear.missed) == ([changed(1), changed(2)], 1)


def test_what_cannot_be_read_is_passed_over(broker: Broker) -> None:
    async def run() -> Ear:
        async with listening(broker) as (bus, ear):
            await publish(bus, subjects.of(changed(1)), b"\xc1 nonsense")
            await publish(bus, subjects.of(changed(1)), encode(changed(1)))
            await until(lambda: len(ear.heard) >= 1)
            return ear

    assert asyncio.run(run()).heard == [changed(1)]


def test_after_an_outage_something_may_have_been_missed_and_what_follows_is_heard_once(broker: Broker) -> None:
    async def run() -> Ear:
        async with listening(broker) as (bus, ear):
            broker.kill()
            await until(lambda: not bus.connected)
            await asyncio.to_thread(broker.restart)
            await until(lambda: ear.missed >= 2)
            for event in (changed(1), changed(2)):
                await publish(bus, subjects.of(event), encode(event))
            await until(lambda: len(ear.heard) >= 2)
            return ear

    ear = asyncio.run(run())
    assert ear.heard == [changed(1), changed(2)]
