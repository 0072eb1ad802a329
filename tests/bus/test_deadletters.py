"""A poisonous event dies alone, with its reason, and comes back when it is replayed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bus import deadletters, streams, subjects
from bus.connection import Bus
from bus.consumer import Progress, consume
from bus.deadletters import DeadLetter
from bus.pull import Pull
from bus.streams import DEAD_LETTERS, DEVICE_EVENTS, WRITER, Durable
from fleet.errors import NotFound, Unavailable
from fleet.events import PartitionFenceEvent, Received, encode
from tests.bus.brokers import Broker
from tests.bus.children import NOBODY, status

AT = datetime(2026, 1, 5, tzinfo=UTC)
QUICK = replace(WRITER, back_off=(timedelta(milliseconds=10),), patience=timedelta(minutes=1))
POISON = UUID(int=250)


@asynccontextmanager
async def opened(broker: Broker) -> AsyncIterator[Bus]:
    async with Bus(broker.url, name="test", token=broker.token) as bus:
        await streams.ensure(await bus.jetstream())
        yield bus


async def put(bus: Bus, data: bytes, subject: str = "device.status.a.b", **headers: str) -> int:
    js = await bus.jetstream()
    return int((await js.publish(subject, data, headers=headers or None)).seq)


@asynccontextmanager
async def consuming(
    broker: Broker, handler: Callable[[Sequence[Received]], Awaitable[None]], durable: Durable = QUICK
) -> AsyncIterator[Progress]:
    async with Bus(broker.url, name="consumer", token=broker.token) as bus:
        stop, progress = asyncio.Event(), Progress()
        task = asyncio.create_task(consume(Pull(bus, durable), handler, stop, progress))
        yield progress
        stop.set()
        await asyncio.wait_for(task, 60)


class Store:
    """A handler that keeps what it gets, but refuses a whole batch for one event in it."""

    def __init__(self, poison: UUID | None = POISON) -> None:
        self.poison = poison
        self.kept: list[Received] = []
        self.sizes: list[int] = []
        self.tries = 0

    async def write(self, events: Sequence[Received]) -> None:
        self.sizes.append(len(events))
        if any(received.event.event_id == self.poison for received in events):
            self.tries += len(events) == 1
            raise RuntimeError("cannot be stored:\nCONTEXT: München")
        self.kept += events


async def until(right: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not right():
            await asyncio.sleep(0.01)


async def settled(bus: Bus) -> streams.Tally:
    """Count the stream as soon as the server has noted every acknowledgement that was sent to it."""
    async with asyncio.timeout(60):
        while (tally := await streams.tally(bus, DEVICE_EVENTS)).lag:
            await asyncio.sleep(0.01)
    return tally


async def letters(bus: Bus, after: int = 0) -> list[DeadLetter]:
    return [letter async for letter in deadletters.read(bus, after)]


async def buried(broker: Broker, bus: Bus, *bodies: bytes) -> list[DeadLetter]:
    """Have bodies that cannot be decoded die."""
    for body in bodies:
        await put(bus, body)
    async with consuming(broker, Store().write) as progress:
        await until(lambda: progress.dead == len(bodies))
    return await letters(bus)


def test_one_poisonous_event_of_500_dies_after_five_tries_and_the_rest_is_stored_once(broker: Broker) -> None:
    async def run() -> tuple[Store, list[DeadLetter], streams.Tally]:
        store = Store()
        async with opened(broker) as bus:
            for event in map(status, range(500)):
                await put(bus, encode(event), subjects.of(event))
            async with consuming(broker, store.write) as progress:
                await until(lambda: progress.dead == 1 and len(store.kept) >= 499)
            return store, await letters(bus), await settled(bus)

    store, found, tally = asyncio.run(run())
    assert max(store.sizes) > 1
    assert store.tries == WRITER.tries == 5
    assert sorted(r.event.event_id.int for r in store.kept) == [n for n in range(500) if n != POISON.int]
    (letter,) = found
    assert (letter.durable, letter.stream, letter.origin, letter.deliveries) == ("writer", "DEVICE_EVENTS", 251, 5)
    assert letter.subject == subjects.of(status(POISON.int))
    assert letter.reason == "RuntimeError: cannot be stored: CONTEXT: M\\xfcnchen"
    assert deadletters.document(letter.data)["event_id"] == str(POISON)
    assert (tally.published, tally.lag) == (500, 0)


def test_what_cannot_be_decoded_dies_at_once_and_the_rest_flows(broker: Broker) -> None:
    async def run() -> tuple[Store, list[DeadLetter]]:
        store = Store()
        async with opened(broker) as bus:
            await put(bus, encode(status(1)))
            await put(bus, b"\xc1 nonsense")
            await put(bus, encode(status(2)))
            async with consuming(broker, store.write) as progress:
                await until(lambda: progress.dead == 1 and len(store.kept) == 2)
            return store, await letters(bus)

    store, (letter,) = asyncio.run(run())
    assert [received.event.event_id.int for received in store.kept] == [1, 2]
    assert (letter.origin, letter.deliveries) == (2, 1)
    assert letter.reason.startswith("undecodable")
    assert deadletters.document(letter.data) is None


def test_a_replayed_letter_is_gone_and_its_event_tells_where_it_stood_first(broker: Broker) -> None:
    async def run() -> tuple[int, list[DeadLetter], Received]:
        store = Store()
        async with opened(broker) as bus:
            await put(bus, encode(status(POISON.int)), **{"Nats-Msg-Id": str(POISON)})
            await put(bus, encode(PartitionFenceEvent(at=AT, epoch=7, partitions=(1,))), "partition.fence.7")
            async with consuming(broker, store.write) as progress:
                await until(lambda: progress.dead == 1)
                store.poison = None
                (letter,) = await letters(bus)
                sequence = await deadletters.replay(bus, letter)
                await until(lambda: len(store.kept) == 2)
            return sequence, await letters(bus), store.kept[-1]

    sequence, left, again = asyncio.run(run())
    assert (sequence, left) == (3, [])
    assert again.event == status(POISON.int)
    assert (again.sequence, again.origin, again.accepted, again.deliveries) == (3, 1, 1, 1)
    assert again.subject == "device.status.a.b"


def test_a_letter_that_is_replayed_twice_at_once_is_stored_once(broker: Broker) -> None:
    async def run() -> tuple[list[int], int]:
        async with opened(broker) as bus:
            (letter,) = await buried(broker, bus, b"\xc1")
            sequences = await asyncio.gather(*(deadletters.replay(bus, letter) for _ in range(3)))
            return sequences, (await streams.tally(bus, DEVICE_EVENTS)).published

    assert asyncio.run(run()) == ([2, 2, 2], 2)


def test_a_replayed_event_that_dies_again_is_a_new_letter_that_remembers_its_first_place(broker: Broker) -> None:
    async def run() -> tuple[DeadLetter, list[DeadLetter]]:
        async with opened(broker) as bus:
            (letter,) = await buried(broker, bus, b"\xc1")
            await deadletters.replay(bus, letter)
            async with consuming(broker, Store().write) as progress:
                await until(lambda: progress.dead == 1)
            return letter, await letters(bus)

    first, (second,) = asyncio.run(run())
    assert second.sequence > first.sequence
    assert (second.origin, second.data) == (first.origin, first.data) == (1, b"\xc1")


def test_a_letter_of_a_stream_that_was_made_anew_stands_before_everything_in_it(broker: Broker) -> None:
    async def run() -> Received:
        store = Store()
        async with opened(broker) as bus:
            for number in range(5):
                await put(bus, encode(status(number)))
            await put(bus, encode(status(POISON.int)))
            async with consuming(broker, store.write) as progress:
                await until(lambda: progress.dead == 1)
            js = await bus.jetstream()
            await js.delete_stream(DEVICE_EVENTS.name)
            await streams.ensure(js)
            (letter,) = await letters(bus)
            await deadletters.replay(bus, letter)
            store.poison = None
            async with consuming(broker, store.write):
                await until(lambda: len(store.kept) == 6)
        return store.kept[-1]

    again = asyncio.run(run())
    assert (again.sequence, again.accepted) == (1, 0)


def test_a_letter_stays_where_its_stream_cannot_take_it(broker: Broker) -> None:
    async def run() -> list[DeadLetter]:
        async with opened(broker) as bus:
            (letter,) = await buried(broker, bus, b"\xc1")
            js = await bus.jetstream()
            await js.delete_stream(DEVICE_EVENTS.name)
            with pytest.raises(Unavailable, match="DEVICE_EVENTS"):
                await deadletters.replay(bus, letter)
            return await letters(bus)

    assert [letter.data for letter in asyncio.run(run())] == [b"\xc1"]


def test_letters_are_read_from_a_sequence_on_and_only_those_there_are_when_it_begins(broker: Broker) -> None:
    async def run() -> tuple[list[int], list[int], list[int]]:
        async with opened(broker) as bus:
            found = await buried(broker, bus, b"\xc1", b"\xc1\xc1", b"")
            during = list[int]()
            async for letter in deadletters.read(bus):
                during.append(letter.sequence)
                await put(bus, b"more", "dead.writer.device.status.a.b")
            return [x.sequence for x in found], [x.sequence for x in await letters(bus, 1)], during

    found, behind, during = asyncio.run(run())
    assert found == during == [1, 2, 3]
    assert behind == [2, 3, 4, 5, 6]


def test_what_others_put_among_the_letters_is_shown_as_far_as_it_goes(broker: Broker) -> None:
    async def run() -> list[DeadLetter]:
        async with opened(broker) as bus:
            headers = {"Flotilla-Sequence": "many", "Flotilla-Created": "long ago", "Flotilla-Stream": ""}
            await put(bus, b"", "dead.somebody", **headers)
            (letter,) = await letters(bus)
            with pytest.raises(Unavailable):
                await deadletters.replay(bus, letter)
            return await letters(bus)

    (letter,) = asyncio.run(run())
    assert (letter.durable, letter.subject, letter.origin, letter.created) == ("somebody", "", 0, None)


def test_where_there_are_no_letters_there_are_none(broker: Broker) -> None:
    async def run() -> list[DeadLetter]:
        async with Bus(broker.url, name="test", token=broker.token) as bus:
            await bus.client()
            found = await letters(bus)
            with pytest.raises(NotFound, match="17"):
                await deadletters.find(bus, 17)
            await streams.ensure(await bus.jetstream(), (DEAD_LETTERS,))
            return found + await letters(bus)

    assert asyncio.run(run()) == []


def test_without_nats_it_is_said() -> None:
    async def run() -> None:
        await letters(Bus(NOBODY, name="test"))

    with pytest.raises(Unavailable):
        asyncio.run(run())


@pytest.mark.parametrize(("data", "shown"), [(b"\x81\x01\xc4\x02ab", {"1": "YWI="}), (b"\x00", 0), (b"hello", None)])
def test_a_body_is_shown_as_json_where_it_can_be(data: bytes, shown: object) -> None:
    assert deadletters.document(data) == shown
