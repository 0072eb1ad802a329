"""A server that was set up by an older program takes what the present one declares, and forgets nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from bus import streams, subjects
from bus.connection import Bus
from bus.consumer import consume
from bus.publisher import Publisher
from bus.pull import Pull
from bus.streams import DEVICE_EVENTS, WRITER, Durable
from fleet.events import PartitionFenceEvent, Received, encode
from fleet.ownership import Fence
from tests.bus.brokers import Broker
from tests.bus.children import status

OLD = replace(DEVICE_EVENTS, subjects=("device.>",))
OLD_WRITER = replace(WRITER, stream=OLD)
AT = datetime(2026, 1, 5, tzinfo=UTC)


async def taken(bus: Bus, durable: Durable, count: int) -> list[Received]:
    """Consume and acknowledge so many events."""
    stop, seen = asyncio.Event(), list[Received]()

    async def keep(events: Sequence[Received]) -> None:
        seen.extend(events)
        if len(seen) >= count:
            stop.set()

    await asyncio.wait_for(consume(Pull(bus, durable), keep, stop), 60)
    return seen


def test_an_older_stream_and_durable_take_the_fences_and_keep_their_place(broker: Broker) -> None:
    async def run() -> tuple[list[Received], list[Received], Fence, datetime, list[str]]:
        async with Bus(broker.url, name="test", token=broker.token) as bus:
            js = await bus.jetstream()
            await streams.ensure(js, (OLD,))
            created = await streams.incarnation(js, OLD)
            for number in range(3):
                await js.publish(subjects.of(status(number)), encode(status(number)))
            before = await taken(bus, OLD_WRITER, 3)
            publisher = Publisher(bus)
            sending = asyncio.create_task(publisher.run())
            fence = await publisher.mark(PartitionFenceEvent(at=AT, epoch=7, partitions=(1, 2)))
            publisher.publish(status(3))
            after = await taken(bus, WRITER, 2)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            durable = await js.consumer_info(DEVICE_EVENTS.name, WRITER.name)
            return before, after, fence, created, list(durable.config.filter_subjects or ())

    before, after, fence, created, filtered = asyncio.run(run())
    assert [received.sequence for received in before] == [1, 2, 3]
    assert [received.sequence for received in after] == [4, 5]
    assert isinstance(after[0].event, PartitionFenceEvent)
    assert after[0].event.partitions == (1, 2)
    assert after[1].event.event_id == UUID(int=3)
    assert fence == Fence(4, created)
    assert filtered == list(DEVICE_EVENTS.subjects)
