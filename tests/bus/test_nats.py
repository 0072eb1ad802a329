"""The bus on a real server, which is killed, frozen and restarted at bad moments."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from nats.js.api import StreamConfig

from bus import connection, streams
from bus.connection import SILENCE, Bus
from bus.consumer import Progress, consume
from bus.publisher import Publisher
from bus.pull import Pull
from bus.streams import ALERTER, DEAD_LETTERS, DEVICE_EVENTS, WRITER
from fleet.device import State
from fleet.errors import Unavailable
from fleet.events import DeviceStatusEvent, Received
from tests.bus.brokers import Broker

AT = datetime(2026, 1, 5, tzinfo=UTC)
TENANT = uuid4()
PATIENCE = timedelta(seconds=60)
PACE = timedelta(seconds=8)
"""How long the server waits for word of an event that it delivered, where a handler shall work for longer."""


def status() -> DeviceStatusEvent:
    return DeviceStatusEvent(tenant_id=TENANT, device_id=uuid4(), at=AT, state=State.UP)


@asynccontextmanager
async def publishing(broker: Broker, silence: float = SILENCE) -> AsyncIterator[tuple[Bus, Publisher]]:
    async with Bus(broker.url, name="test", token=broker.token, silence=silence) as bus:
        publisher = Publisher(bus)
        task = asyncio.create_task(publisher.run())
        yield bus, publisher
        task.cancel()


@asynccontextmanager
async def consuming(
    broker: Broker, handler: Callable[[Sequence[Received]], Awaitable[None]], patience: timedelta = PATIENCE
) -> AsyncIterator[Progress]:
    async with Bus(broker.url, name="consumer", token=broker.token) as bus:
        stop, progress = asyncio.Event(), Progress()
        durable = replace(WRITER, patience=patience)
        task = asyncio.create_task(consume(Pull(bus, durable), handler, stop, progress))
        yield progress
        stop.set()
        await asyncio.wait_for(task, 60)


class Shelf:
    """A handler that counts every event by its id, and says when it has seen enough different ones."""

    def __init__(self, wanted: int) -> None:
        self.seen: Counter[UUID] = Counter()
        self.sequences: set[int] = set()
        self.full = asyncio.Event()
        self._wanted = wanted

    async def keep(self, events: Sequence[Received]) -> None:
        for received in events:
            self.seen[received.event.event_id] += 1
            self.sequences.add(received.sequence)
        if len(self.seen) >= self._wanted:
            self.full.set()


async def counted(bus: Bus, right: Callable[[streams.Tally], bool]) -> streams.Tally:
    """Count the stream until it is as it is to be: the server notes acknowledgements a moment after they came."""
    async with asyncio.timeout(60):
        while not right(tally := await streams.tally(bus, DEVICE_EVENTS)):
            await asyncio.sleep(0.01)
    return tally


async def last_sequence(bus: Bus) -> int:
    return (await streams.tally(bus, DEVICE_EVENTS)).published


def test_the_streams_are_made_once_and_updated_when_the_declaration_changes(broker: Broker) -> None:
    async def run() -> tuple[list[StreamConfig], int | None]:
        async with Bus(broker.url, name="test", token=broker.token) as bus:
            js = await bus.jetstream()
            await asyncio.gather(*(streams.ensure(js) for _ in range(3)))
            await js.publish("device.status.x.y", b"kept")
            await streams.ensure(js, [replace(DEVICE_EVENTS, max_bytes=2**20)])
            found = [(await js.stream_info(stream.name)) for stream in streams.EVERY]
            return [info.config for info in found], found[0].state.messages

    configs, messages = asyncio.run(run())
    assert [config.name for config in configs] == [stream.name for stream in streams.EVERY]
    assert configs[0].max_bytes == 2**20
    assert configs[0].storage == "file"
    assert configs[0].duplicate_window == 300
    assert messages == 1


def test_published_events_are_consumed_in_batches_and_acknowledged(broker: Broker) -> None:
    async def run() -> tuple[Shelf, Progress, streams.Tally]:
        async with publishing(broker) as (bus, publisher):
            shelf = Shelf(1200)
            for _ in range(1200):
                publisher.publish(status())
            assert await publisher.drain(PATIENCE) == 0
            async with consuming(broker, shelf.keep) as progress:
                await asyncio.wait_for(shelf.full.wait(), 60)
            return shelf, progress, await counted(bus, lambda tally: tally.lag == 0)

    shelf, progress, tally = asyncio.run(run())
    assert set(shelf.seen.values()) == {1}
    assert progress.batches < 60
    assert (tally.published, tally.lag) == (1200, 0)


def test_an_event_that_is_sent_twice_is_in_the_stream_once(broker: Broker) -> None:
    async def run() -> int:
        async with publishing(broker) as (bus, publisher):
            event = status()
            publisher.publish(event)
            publisher.publish(event)
            await publisher.drain(PATIENCE)
            return await last_sequence(bus)

    assert asyncio.run(run()) == 1


def test_events_accepted_while_nats_is_away_arrive_in_order(broker: Broker) -> None:
    async def run() -> tuple[list[UUID], list[UUID]]:
        async with publishing(broker) as (_, publisher):
            events = [status() for _ in range(300)]
            publisher.publish(events[0])
            await publisher.drain(PATIENCE)
            broker.kill()
            for event in events[1:]:
                publisher.publish(event)
            assert await publisher.drain(timedelta(seconds=0.5)) > 0
            broker.restart()
            assert await publisher.drain(PATIENCE) == 0
            arrived: list[UUID] = []

            async def keep(batch: Sequence[Received]) -> None:
                arrived.extend(r.event.event_id for r in sorted(batch, key=lambda r: r.sequence))

            async with consuming(broker, keep):
                async with asyncio.timeout(60):
                    while len(arrived) < 300:
                        await asyncio.sleep(0.01)
            return [event.event_id for event in events], arrived

    sent, arrived = asyncio.run(run())
    assert arrived == sent


def test_a_server_killed_again_and_again_under_load_loses_and_doubles_nothing(broker: Broker) -> None:
    """A stream holds each event once, and the consumer sees each; what it sees twice has the same sequence."""

    async def run() -> tuple[int, Shelf, int]:
        async with publishing(broker) as (bus, publisher):
            shelf, published = Shelf(10**9), 0
            async with consuming(broker, shelf.keep):
                for _ in range(3):
                    for _ in range(40):
                        for _ in range(20):
                            publisher.publish(status())
                        published += 20
                        await asyncio.sleep(0.005)
                    broker.kill()
                    for _ in range(200):
                        publisher.publish(status())
                    published += 200
                    await asyncio.to_thread(broker.restart)
                assert await publisher.drain(PATIENCE) == 0
                async with asyncio.timeout(60):
                    while len(shelf.seen) < published:
                        await asyncio.sleep(0.01)
            return published, shelf, await last_sequence(bus)

    published, shelf, last = asyncio.run(run())
    assert len(shelf.seen) == published
    assert len(shelf.sequences) == published
    assert last == published


def test_a_frozen_server_is_given_up_and_found_again(broker: Broker) -> None:
    async def run() -> int:
        async with publishing(broker, silence=0.3) as (bus, publisher):
            publisher.publish(status())
            await publisher.drain(PATIENCE)
            before = bus.generation
            broker.freeze()
            publisher.publish(status())
            async with asyncio.timeout(60):
                while bus.connected:
                    await asyncio.sleep(0.01)
            broker.thaw()
            assert await publisher.drain(PATIENCE) == 0
            # What the server had in its hands it may have confirmed before the new connection is there.
            async with asyncio.timeout(60):
                while bus.generation == before:
                    await asyncio.sleep(0.01)
        # By a connection that is not given up after so short a silence.
        async with Bus(broker.url, name="test", token=broker.token) as bus:
            await bus.client()
            return await last_sequence(bus)

    assert asyncio.run(run()) == 2


def test_an_event_too_large_for_the_server_is_refused_and_the_rest_flows(broker: Broker) -> None:
    async def run() -> tuple[int, dict[str, object]]:
        async with publishing(broker) as (bus, publisher):
            huge = DeviceStatusEvent(
                tenant_id=TENANT, device_id=uuid4(), at=AT, state=State.DOWN, error="x" * (9 * 2**20)
            )
            publisher.publish(huge)
            publisher.publish(status())
            assert await publisher.drain(PATIENCE) == 0
            return await last_sequence(bus), publisher.report()

    last, report = asyncio.run(run())
    assert last == 1
    assert report["events_refused"] == 1


def test_a_dead_letter_says_where_it_was_and_why_it_died(broker: Broker) -> None:
    async def run() -> tuple[dict[str, str], bytes, Progress]:
        async with Bus(broker.url, name="test", token=broker.token) as bus:
            js = await bus.jetstream()
            await streams.ensure(js)
            await js.publish("device.status.a.b", b"\xc1 nonsense")
            shelf = Shelf(1)
            async with consuming(broker, shelf.keep) as progress:
                async with asyncio.timeout(60):
                    while not progress.dead:
                        await asyncio.sleep(0.01)
            letter = await js.get_msg(DEAD_LETTERS.name, seq=1)
            return dict(letter.headers or {}), letter.data or b"", progress

    headers, data, progress = asyncio.run(run())
    assert data == b"\xc1 nonsense"
    assert headers["Flotilla-Stream"] == "DEVICE_EVENTS"
    assert headers["Flotilla-Sequence"] == "1"
    assert headers["Flotilla-Reason"].startswith("undecodable")
    assert progress.dead == 1


def test_a_slow_handler_keeps_its_events_to_itself(broker: Broker) -> None:
    """An event worked on for longer than the durable's patience is not delivered to a second consumer."""

    async def run() -> Counter[UUID]:
        async with publishing(broker) as (_, publisher):
            seen: Counter[UUID] = Counter()

            async def slow(events: Sequence[Received]) -> None:
                seen.update(r.event.event_id for r in events)
                await asyncio.sleep(1.1 * PACE.total_seconds())

            async with consuming(broker, slow, PACE), consuming(broker, slow, PACE):
                for _ in range(20):
                    publisher.publish(status())
                await publisher.drain(PATIENCE)
                async with asyncio.timeout(60):
                    while len(seen) < 20:
                        await asyncio.sleep(0.01)
                await asyncio.sleep(1.05 * PACE.total_seconds())
            return seen

    seen = asyncio.run(run())
    assert len(seen) == 20
    assert set(seen.values()) == {1}


def test_a_consumer_whose_durable_was_deleted_makes_it_anew(broker: Broker) -> None:
    async def run() -> Shelf:
        async with publishing(broker) as (bus, publisher):
            shelf = Shelf(2)
            async with consuming(broker, shelf.keep):
                publisher.publish(status())
                await publisher.drain(PATIENCE)
                while not shelf.seen:
                    await asyncio.sleep(0.01)
                js = await bus.jetstream()
                await js.delete_consumer(DEVICE_EVENTS.name, WRITER.name)
                publisher.publish(status())
                await asyncio.wait_for(shelf.full.wait(), 60)
            return shelf

    assert len(asyncio.run(run()).seen) == 2


def test_nobody_there_is_said_within_the_patience() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        asyncio.run(connection.connect("nats://127.0.0.1:1", name="test", patience=timedelta(seconds=0.3)))


def test_a_wrong_token_is_said(broker: Broker) -> None:
    async def run() -> bool:
        async with Bus(broker.url, name="test", token="wrong") as bus:
            asking = asyncio.create_task(bus.client())
            async with asyncio.timeout(60):
                while "uthorization" not in bus.problem:
                    await asyncio.sleep(0.01)
            asking.cancel()
            return bus.connected

    assert not asyncio.run(run())


def test_each_durable_has_a_lag_of_its_own_and_one_that_is_not_there_yet_owes_nothing(broker: Broker) -> None:
    async def run() -> list[Mapping[str, int]]:
        async with publishing(broker) as (bus, publisher):
            js = await bus.jetstream()
            await streams.ensure(js)
            publisher.publish(status())
            assert await publisher.drain(PATIENCE) == 0
            found = [(await streams.tally(bus, DEVICE_EVENTS)).lags]
            await streams.ensure_durable(js, ALERTER)
            publisher.publish(status())
            assert await publisher.drain(PATIENCE) == 0
            return [*found, (await counted(bus, lambda tally: tally.lags["alerter"] > 0)).lags]

    assert asyncio.run(run()) == [{"writer": 1, "alerter": 0}, {"writer": 2, "alerter": 1}]


def test_the_tally_of_a_bus_that_is_away_is_unavailable() -> None:
    async def run() -> None:
        await streams.tally(Bus("nats://127.0.0.1:1", name="test"), DEVICE_EVENTS)

    with pytest.raises(Unavailable):
        asyncio.run(run())
