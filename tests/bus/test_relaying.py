"""Letters on a real server: every one is in the stream once, or it is told why not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bus import streams, subjects
from bus.connection import Bus
from bus.relaying import Courier
from bus.streams import OPERATION_EVENTS
from fleet.errors import Unavailable
from fleet.events import Change, DeviceChangedEvent, decode, encode
from fleet.letter import Letter
from tests.bus.brokers import Broker

AT = datetime(2026, 1, 5, tzinfo=UTC)


def letters(count: int) -> list[Letter]:
    made = []
    for _ in range(count):
        event = DeviceChangedEvent(tenant_id=uuid4(), device_id=uuid4(), at=AT, change=Change.CREATED)
        made.append(Letter(event.event_id, subjects.of(event), encode(event)))
    return made


LONG = 60.0


@asynccontextmanager
async def a_bus(broker: Broker) -> AsyncIterator[Bus]:
    """Give a connection that stands."""
    async with Bus(broker.url, name="test", token=broker.token) as bus:
        await bus.client()
        yield bus


def test_letters_reach_the_stream_whole_and_once(broker: Broker) -> None:
    sent = letters(50)

    async def run() -> tuple[list[object], int]:
        async with a_bus(broker) as bus:
            courier = Courier(bus, LONG)
            await courier.ready()
            for batch in (sent[:30], sent[10:], []):
                receipt = await courier.send(batch)
                assert (receipt.accepted, receipt.problem) == (tuple(one.event_id for one in batch), "")
            js = await bus.jetstream()
            found = [await js.get_msg(OPERATION_EVENTS.name, number + 1) for number in range(50)]
            published = (await streams.tally(bus, OPERATION_EVENTS)).published
            return [(message.subject, message.data) for message in found], published

    found, published = asyncio.run(run())
    assert published == 50
    assert sorted(found) == sorted((one.subject, one.event) for one in sent)  # type: ignore[type-var]
    assert decode(sent[0].event).event_id == sent[0].event_id


def test_one_that_no_stream_takes_costs_only_itself(broker: Broker) -> None:
    good = letters(3)
    bad = replace(good[1], subject="nowhere.at.all")

    async def run() -> None:
        async with a_bus(broker) as bus:
            courier = Courier(bus, LONG)
            await courier.ready()
            receipt = await courier.send([good[0], bad, good[2]])
            assert receipt.accepted == (good[0].event_id, good[2].event_id)
            assert "stream" in receipt.problem

    asyncio.run(run())


def test_streams_that_are_gone_are_made_again(broker: Broker) -> None:
    async def run() -> None:
        async with a_bus(broker) as bus:
            courier = Courier(bus, LONG)
            await courier.ready()
            await (await bus.jetstream()).delete_stream(OPERATION_EVENTS.name)
            assert (await courier.send(letters(1))).accepted == ()
            await courier.ready()
            assert len((await courier.send(letters(1))).accepted) == 1

    asyncio.run(run())


def test_while_the_server_is_away_it_is_told(broker: Broker) -> None:
    async def run() -> None:
        async with a_bus(broker) as bus:
            courier = Courier(bus, LONG)
            await courier.ready()
            broker.kill()
            receipt = await Courier(bus, patience=0.2).send(letters(2))
            assert receipt.accepted == ()
            assert receipt.problem
            async with asyncio.timeout(60):
                while bus.connected:
                    await asyncio.sleep(0.01)
            with pytest.raises(Unavailable) as told:
                await courier.ready()
            assert told.value.next_step
            await asyncio.to_thread(broker.restart)
            await bus.client()
            await courier.ready()
            assert len((await courier.send(letters(2))).accepted) == 2

    asyncio.run(run())


def test_a_server_that_hangs_is_not_waited_for(broker: Broker) -> None:
    sent = letters(3)

    async def run() -> int:
        async with a_bus(broker) as bus:
            await Courier(bus).ready()
            broker.freeze()
            receipt = await Courier(bus, patience=0.2).send(sent)
            broker.thaw()
            assert (receipt.accepted, bool(receipt.problem)) == ((), True)
            await bus.client()
            courier = Courier(bus, LONG)
            await courier.ready()
            assert len((await courier.send(sent)).accepted) == 3
            return (await streams.tally(bus, OPERATION_EVENTS)).published

    assert asyncio.run(run()) == 3
