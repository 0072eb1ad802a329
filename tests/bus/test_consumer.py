"""The loop acknowledges after success, holds while the store is away, and sets the poisonous event apart."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from bus.consumer import SHORTLY, Progress, consume
from bus.memory import MemoryBus
from fleet.device import State
from fleet.errors import Unavailable
from fleet.events import DeviceStatusEvent, PartitionFenceEvent, Received, encode

AT = datetime(2026, 1, 5, tzinfo=UTC)
TENANT = uuid4()


def status(device: UUID | None = None) -> DeviceStatusEvent:
    return DeviceStatusEvent(tenant_id=TENANT, device_id=device or uuid4(), at=AT, state=State.UP)


class Store:
    """A handler that keeps what it gets, fails for poison, and is away for a number of calls."""

    def __init__(self, stop: asyncio.Event, until: int) -> None:
        self.kept: list[int] = []
        self.calls: list[int] = []
        self.poison: set[int] = set()
        self.away = 0
        self._stop = stop
        self._until = until

    async def write(self, events: Sequence[Received]) -> None:
        self.calls.append(len(events))
        if self.away:
            self.away -= 1
            raise Unavailable("The store is away.", "Wait.")
        if any(event.sequence in self.poison for event in events):
            raise RuntimeError("cannot be stored")
        self.kept += [event.sequence for event in events]
        self._finish()

    def _finish(self) -> None:
        if len(self.kept) >= self._until:
            self._stop.set()


def consumed(bus: MemoryBus, until: int, poison: Sequence[int] = (), away: int = 0) -> tuple[Store, Progress]:
    """Consume until so many events are kept and every poisonous one is dead."""

    async def run() -> tuple[Store, Progress]:
        stop, progress = asyncio.Event(), Progress()
        store = Store(stop, until)
        store.poison, store.away = set(poison), away
        task = asyncio.create_task(consume(bus, store.write, stop, progress))
        if poison:
            while len(bus.dead) < len(poison):
                stop.clear()
                await asyncio.sleep(0)
            stop.set()
        await asyncio.wait_for(task, 60)
        return store, progress

    return asyncio.run(run())


def test_a_batch_is_handled_at_once_and_acknowledged_after() -> None:
    bus = MemoryBus()
    for _ in range(10):
        bus.publish(status())
    store, progress = consumed(bus, until=10)
    assert store.calls == [10]
    assert bus.acked == store.kept == list(range(1, 11))
    assert (progress.batches, progress.events, progress.failures) == (1, 10, 0)


def test_what_cannot_be_settled_yet_is_delivered_again_and_holds_up_nothing_else() -> None:
    bus = MemoryBus()
    for _ in range(4):
        bus.publish(status())
    letters, calls = list(bus.waiting), list[list[int]]()

    async def run() -> Progress:
        stop, progress = asyncio.Event(), Progress()

        async def handle(events: Sequence[Received]) -> set[int]:
            calls.append([event.sequence for event in events])
            if len(calls) == 2:
                stop.set()
                return set()
            return {2, 3}

        await asyncio.wait_for(consume(bus, handle, stop, progress), 60)
        return progress

    progress = asyncio.run(run())
    assert calls == [[1, 2, 3, 4], [2, 3]]
    assert bus.acked == [1, 4, 2, 3]
    assert [letter.naks for letter in letters] == [[], [SHORTLY], [SHORTLY], []]
    assert (progress.events, progress.failures) == (4, 0)


def test_an_event_published_twice_is_in_the_stream_once() -> None:
    bus = MemoryBus()
    event = status()
    bus.publish(event)
    bus.publish(event)
    store, _ = consumed(bus, until=1)
    assert store.kept == [1]


def test_while_the_store_is_away_the_batch_is_held_and_nothing_is_counted_against_it() -> None:
    bus = MemoryBus()
    bus.publish(status())
    store, progress = consumed(bus, until=1, away=2)
    assert store.calls == [1, 1, 1]
    assert bus.acked == [1]
    assert not bus.dead
    assert progress.held == ""


def test_a_poisonous_event_is_dead_after_five_tries_and_the_others_are_stored_once() -> None:
    bus = MemoryBus()
    for _ in range(50):
        bus.publish(status())
    store, progress = consumed(bus, until=10**6, poison=[17])
    assert sorted(store.kept) == [n for n in range(1, 51) if n != 17]
    [(letter, reason)] = bus.dead
    assert (letter.sequence, letter.deliveries) == (17, 5)
    assert reason == "RuntimeError: cannot be stored"
    assert sorted(bus.acked) == list(range(1, 51))
    assert progress.dead == 1


def test_a_failing_event_is_asked_for_again_ever_later() -> None:
    bus = MemoryBus()
    bus.publish(status())
    consumed(bus, until=10**6, poison=[1])
    [(letter, _)] = bus.dead
    naks = [nak.total_seconds() for nak in getattr(letter, "naks", [])]
    assert naks == [1, 2, 5, 10]


def test_what_cannot_be_decoded_is_dead_at_once_and_the_rest_flows() -> None:
    bus = MemoryBus()
    bus.put("device.status.x", b"\xc1 no msgpack")
    bus.publish(status())
    store, progress = consumed(bus, until=1)
    assert store.kept == [2]
    [(letter, reason)] = bus.dead
    assert letter.deliveries == 1
    assert reason.startswith("undecodable")
    assert progress.dead == 1


def test_a_consumer_that_is_stopped_while_the_store_is_away_gives_its_batch_back() -> None:
    async def run() -> MemoryBus:
        bus, stop = MemoryBus(), asyncio.Event()
        bus.publish(status())

        async def away(events: Sequence[Received]) -> None:
            stop.set()
            raise Unavailable("The store is away.", "Wait.")

        await asyncio.wait_for(consume(bus, away, stop), 60)
        return bus

    bus = asyncio.run(run())
    assert not bus.acked
    assert [letter.sequence for letter in bus.waiting] == [1]


def test_a_fence_passes_though_it_has_no_tenant() -> None:
    seen = list[Received]()

    async def run() -> int:
        bus, stop = MemoryBus(), asyncio.Event()
        bus.publish(status())
        assert await bus.flush(timedelta(0))
        fence = await bus.mark(PartitionFenceEvent(at=AT, epoch=7, partitions=(1, 2)))
        bus.publish(status())

        async def keep(events: Sequence[Received]) -> None:
            seen.extend(events)
            stop.set()

        await asyncio.wait_for(consume(bus, keep, stop), 60)
        return fence.sequence

    assert asyncio.run(run()) == 2
    assert [received.subject for received in seen][1] == "partition.fence.7"
    assert isinstance(seen[1].event, PartitionFenceEvent)


def test_a_fence_that_is_published_again_keeps_its_place() -> None:
    async def run() -> tuple[int, int]:
        bus = MemoryBus()
        event = PartitionFenceEvent(at=AT, epoch=7, partitions=(1,))
        first = await bus.mark(event)
        bus.publish(status())
        return first.sequence, (await bus.mark(event)).sequence

    assert asyncio.run(run()) == (1, 1)


def test_a_replayed_event_tells_where_it_stood_first() -> None:
    async def run() -> list[Received]:
        bus, stop, seen = MemoryBus(), asyncio.Event(), list[Received]()
        bus.publish(status())
        bus.put("device.status.x", encode(status()), origin=1)

        async def keep(events: Sequence[Received]) -> None:
            seen.extend(events)
            stop.set()

        await asyncio.wait_for(consume(bus, keep, stop), 60)
        return seen

    first, again = asyncio.run(run())
    assert (first.origin, first.accepted) == (None, 1)
    assert (again.sequence, again.origin, again.accepted) == (2, 1, 1)
