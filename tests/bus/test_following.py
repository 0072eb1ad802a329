"""A follower of a stream misses nothing and hears nothing twice; a replay gives what is behind a place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from bus import replaying, streams, subjects
from bus.connection import SILENCE, Bus
from bus.following import HEARTBEAT, Heard, follow
from bus.streams import DEVICE_EVENTS
from fleet.device import State
from fleet.errors import Unavailable
from fleet.events import DeviceStatusEvent, encode
from tests.bus.brokers import Broker

AT = datetime(2026, 1, 5, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)
STATUS = (f"{subjects.DEVICE_STATUS}.>",)
OFTEN = 0.5


@dataclass
class Follower:
    """What was heard, and from where on."""

    starts: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    near: Bus = field(init=False)

    def begin(self, made: datetime, sequence: int) -> None:
        self.starts.append(sequence)

    def hear(self, heard: Heard) -> None:
        self.heard.append(heard)

    def has(self, count: int) -> bool:
        return len(self.heard) >= count

    @property
    def sequences(self) -> list[int]:
        return [heard.sequence for heard in self.heard]


def event(number: int, tenant: UUID = ONE) -> DeviceStatusEvent:
    return DeviceStatusEvent(
        tenant_id=tenant, device_id=UUID(int=number), at=AT, state=State.UP, event_id=UUID(int=number)
    )


async def publish(bus: Bus, *events: DeviceStatusEvent) -> None:
    js = await bus.jetstream()
    for one in events:
        await js.publish(subjects.of(one), encode(one))


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0.01)


async def listened(bus: Bus) -> int:
    """Count the consumers of the stream to which somebody listens."""
    consumers = await (await bus.jetstream()).consumers_info(DEVICE_EVENTS.name)
    return sum(bool(one.push_bound) for one in consumers)


@asynccontextmanager
async def following(
    broker: Broker, before: int = 0, silence: float = SILENCE, heartbeat: float = HEARTBEAT
) -> AsyncIterator[tuple[Bus, Follower]]:
    """Follow the statuses of devices in a stream that holds some; after a silence the server counts as away."""
    follower = Follower()
    async with (
        Bus(broker.url, name="follower", token=broker.token, silence=silence) as near,
        Bus(broker.url, name="mouth", token=broker.token) as bus,
    ):
        follower.near = near
        await streams.ensure(await bus.jetstream())
        await publish(bus, *(event(n) for n in range(before)))
        task = asyncio.create_task(follow(near, DEVICE_EVENTS, STATUS, follower, heartbeat))
        await until(lambda: follower.starts != [])
        yield bus, follower
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_a_follower_hears_what_comes_from_now_on(broker: Broker) -> None:
    async def run() -> Follower:
        async with following(broker, before=3) as (bus, follower):
            await (await bus.jetstream()).publish("device.inventory.x.y", b"another subject")
            await publish(bus, event(10), event(11))
            await until(lambda: len(follower.heard) >= 2)
            return follower

    follower = asyncio.run(run())
    assert (follower.starts, follower.sequences) == ([3], [5, 6])
    assert follower.heard[0].subject == subjects.of(event(10))


def test_through_a_restart_nothing_is_missed_and_nothing_heard_twice(broker: Broker) -> None:
    async def run() -> Follower:
        async with following(broker) as (bus, follower):
            await publish(bus, event(1))
            await until(lambda: len(follower.heard) >= 1)
            broker.kill()
            await until(lambda: not bus.connected)
            await asyncio.to_thread(broker.restart)
            await publish(bus, *(event(n) for n in range(2, 50)))
            await until(lambda: len(follower.heard) >= 49)
            return follower

    follower = asyncio.run(run())
    assert (follower.starts, follower.sequences) == ([0], list(range(1, 50)))


def test_a_line_that_broke_is_not_listened_to_again_on_the_other_side_of_a_reconnect(broker: Broker) -> None:
    async def run() -> Follower:
        async with following(broker, silence=0.2) as (bus, follower):
            for number in range(1, 4):
                await publish(bus, event(number))
                await until(partial(follower.has, number))
                broker.freeze()
                await until(lambda: not follower.near.connected)
                broker.thaw()
                await until(lambda: follower.near.connected)
            await publish(bus, event(4))
            await until(lambda: len(follower.heard) >= 4)
            # One line, as soon as the server has heard that the others are not listened to any more.
            async with asyncio.timeout(60):
                while await listened(bus) != 1:
                    await asyncio.sleep(0.01)
            return follower

    assert asyncio.run(run()).sequences == [1, 2, 3, 4]


def test_a_consumer_that_is_gone_is_made_again(broker: Broker) -> None:
    async def run() -> Follower:
        async with following(broker, heartbeat=OFTEN) as (bus, follower):
            js = await bus.jetstream()
            await publish(bus, event(1))
            await until(lambda: len(follower.heard) >= 1)
            # After a silence there is another one already, and the server has not forgotten the first.
            for info in await js.consumers_info(DEVICE_EVENTS.name):
                await js.delete_consumer(DEVICE_EVENTS.name, info.name)
            await publish(bus, event(2))
            await until(lambda: len(follower.heard) >= 2)
            return follower

    assert asyncio.run(run()).sequences == [1, 2]


def test_a_stream_that_is_made_anew_begins_again(broker: Broker) -> None:
    async def run() -> Follower:
        async with following(broker, heartbeat=OFTEN) as (bus, follower):
            js = await bus.jetstream()
            await publish(bus, event(1), event(2))
            await until(lambda: len(follower.heard) >= 2)
            await js.delete_stream(DEVICE_EVENTS.name)
            await until(lambda: len(follower.starts) >= 2)
            await publish(bus, event(3))
            await until(lambda: len(follower.heard) >= 3)
            return follower

    follower = asyncio.run(run())
    assert (follower.starts, follower.sequences) == ([0, 0], [1, 2, 1])


def test_a_replay_gives_what_is_behind_a_place_page_by_page(broker: Broker) -> None:
    async def run() -> list[replaying.Page]:
        async with following(broker) as (bus, _):
            await publish(bus, *(event(n, OTHER if n % 3 == 0 else ONE) for n in range(30)))
            subject = f"{subjects.DEVICE_STATUS}.{OTHER}.>"
            pages = [await replaying.behind(bus, DEVICE_EVENTS, subject, 4, 5)]
            pages.append(await replaying.behind(bus, DEVICE_EVENTS, subject, pages[0].messages[-1].sequence, 5))
            pages.append(await replaying.behind(bus, DEVICE_EVENTS, subject, 28, 5))
            return pages

    first, second, nothing = asyncio.run(run())
    assert ([m.sequence for m in first.messages], first.left) == ([7, 10, 13, 16, 19], 3)
    assert ([m.sequence for m in second.messages], second.left) == ([22, 25, 28], 0)
    assert nothing == replaying.Page((), 0)


def test_a_replay_without_nats_is_unavailable(broker: Broker) -> None:
    async def run() -> None:
        async with following(broker) as (bus, _):
            broker.kill()
            await until(lambda: not bus.connected)
            both = replaying.behind(bus, DEVICE_EVENTS, "device.>", 0, 5), replaying.first(bus, DEVICE_EVENTS)
            for said in await asyncio.gather(*both, return_exceptions=True):
                assert isinstance(said, Unavailable)
                assert "NATS" in str(said)

    asyncio.run(run())
