"""A poller polls what it owns and no more: lease, epochs, fences, hand-over, and what happens with a store away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from actors.credentials import Credentials
from actors.poller import Parts, Poller
from actors.tenure import Standing, Tenure
from bus.memory import MemoryBus
from fleet.clock import FakeClock
from fleet.device import Device
from fleet.errors import Unavailable
from fleet.events import DeviceStatusEvent, PartitionFenceEvent
from fleet.identity import DeviceId
from fleet.ownership import Deed, Fence, Holding, Lease
from tests.actors.doubles import SECOND, FakeRouter, device, tools
from tests.actors.test_poller import Safe

TTL = timedelta(seconds=1)
LONG = 3600.0
CREATED = datetime(2026, 1, 5, tzinfo=UTC)
LEASE = Lease("poller-0", UUID(int=1))
OTHER = Lease("poller-0", UUID(int=2))
SHORT = timedelta(milliseconds=40)
DEVICES = [device(n + 1, interval=SHORT) for n in range(6)]


class Line(MemoryBus):
    """A bus in memory that can be away, and notes its fences."""

    def __init__(self) -> None:
        super().__init__()
        self.up = True
        self.gate = asyncio.Event()
        self.gate.set()
        self.flow = asyncio.Event()
        self.flow.set()
        self.flushes = 0
        self.fences: list[PartitionFenceEvent] = []

    @property
    def connected(self) -> bool:
        return self.up

    async def mark(self, event: PartitionFenceEvent) -> Fence:
        await self.gate.wait()
        self.fences.append(event)
        return Fence(100 + len(self.fences), CREATED)

    async def flush(self, patience: timedelta) -> bool:
        self.flushes += 1
        await self.flow.wait()
        return self.up


@dataclass
class Shop:
    """Register of leases and desk in one; each may be away, and another may hold the lease."""

    ttl: timedelta = TTL
    redis: bool = True
    postgres: bool = True
    holder: UUID | None = None
    renewals: int = 0
    looks: int = 0
    count: int = 0
    holdings: list[Holding] = field(default_factory=list)
    fenced: dict[int, Fence] = field(default_factory=dict)
    released: list[tuple[frozenset[int], datetime]] = field(default_factory=list)
    dropped: bool = False
    refusal: Exception | None = None
    reading: threading.Event = field(default_factory=threading.Event)
    answer: threading.Event | None = None
    patience: float = 0.3
    seconds: float = 1000.0
    """The clock by which leases run out: it stands still until a test moves it."""

    def lapse(self) -> None:
        """Let the time of a lease go by."""
        self.seconds += self.ttl.total_seconds()

    async def keep(self, lease: Lease) -> bool:
        if not self.redis:
            raise Unavailable("Redis cannot be reached.")
        if self.holder not in (None, lease.incarnation):
            return False
        self.holder = lease.incarnation
        self.renewals += 1
        return True

    async def drop(self, lease: Lease) -> None:
        self.dropped = True

    def version(self) -> int:
        if not self.postgres:
            raise Unavailable("The database cannot be reached.")
        self.looks += 1
        return self.count

    def mine(self, incarnation: UUID) -> tuple[int, Sequence[Holding]]:
        found = self.version(), [h for h in self.holdings if h.incarnation == incarnation and h.released_at is None]
        if self.answer is not None:
            self.reading.set()
            self.answer.wait(self.patience)
        return found

    def fence(self, epoch: int, place: Fence) -> None:
        self.refuse()
        self.fenced[epoch] = place
        self.holdings = [replace(h, fence=place) if h.epoch == epoch else h for h in self.holdings]

    def refuse(self) -> None:
        """Fail once with an error that nobody foresaw."""
        self.version()
        refusal, self.refusal = self.refusal, None
        if refusal is not None:
            raise refusal

    def release(self, incarnation: UUID, partitions: Collection[int], at: datetime) -> int:
        self.refuse()
        self.released.append((frozenset(partitions), at))
        self.holdings = [replace(h, released_at=at) if h.partition in partitions else h for h in self.holdings]
        self.count += 1
        if self.answer is not None:
            self.answer.set()
        return len(partitions)

    def give(self, devices: Collection[Device], epoch: int, to: Lease = LEASE) -> None:
        """Let somebody own the partitions of devices under an epoch."""
        given = {d.partition for d in devices}
        kept = [h for h in self.holdings if h.partition not in given]
        self.holdings = [*kept, *(Holding(p, epoch, to.poller, to.incarnation) for p in given)]
        self.count += 1

    def want(self, devices: Collection[Device], poller: str | None) -> None:
        wanted = {d.partition for d in devices}
        self.holdings = [replace(h, wanted=poller) if h.partition in wanted else h for h in self.holdings]
        self.count += 1


class Bench:
    """A poller with its tenure over fake routers."""

    def __init__(self) -> None:
        self.shop, self.line, self.clock = Shop(), Line(), FakeClock()
        self.routers: dict[DeviceId, FakeRouter] = {}
        self.standing = Standing(now=lambda: self.shop.seconds)
        parts = replace(tools(FakeRouter(self.clock)), connect=self.connect)
        self.poller = Poller(Parts(self, Credentials(Safe()), self.line, parts, 100), self.standing.may_poll)
        # The fence is waited for however long it takes; a test that is about the waiting says for how long.
        self.tenure = Tenure(LEASE, self.shop, self.shop, self.poller, self.line, self.standing, patience=LONG)

    async def connect(self, of: Device) -> Any:
        return await self.routers.setdefault(of.id, FakeRouter(self.clock)).connect(of)

    def of(self, partitions: Collection[int]) -> list[Device]:
        return [d for d in DEVICES if d.partition in partitions]

    def some(self, device_ids: Collection[DeviceId]) -> list[Device]:
        return [d for d in DEVICES if d.id in device_ids]

    def polls(self, devices: Collection[Device] = DEVICES) -> list[int]:
        return [self.routers[d.id].polls if d.id in self.routers else 0 for d in devices]

    def epochs(self) -> set[int]:
        """Tell the epochs of the last few events of each device."""
        newest = {e.device_id: e.epoch for e in self.line.events if isinstance(e, DeviceStatusEvent)}
        return set(newest.values())

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not reached():
                self.clock.advance(timedelta(milliseconds=2))
                await asyncio.sleep(0.002)

    async def more(self, devices: Collection[Device] = DEVICES, count: int = 3) -> None:
        """Wait until each of the devices was polled a few times more."""
        before = self.polls(devices)
        await self.until(lambda: all(n >= b + count for n, b in zip(self.polls(devices), before, strict=True)))

    async def still(self, devices: Collection[Device] = DEVICES) -> None:
        """Find that devices are not polled any more, over several of their intervals."""
        before, looks = self.polls(devices), self.shop.looks + self.shop.renewals
        await self.until(lambda: self.shop.looks + self.shop.renewals >= looks + 6 or not self.shop.redis)
        assert self.polls(devices) == before


def tenured(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> Bench:
    """Run a poller and its tenure beside the test."""

    async def run() -> Bench:
        bench = Bench()
        tasks = [asyncio.create_task(bench.poller.run()), asyncio.create_task(bench.tenure.run())]
        try:
            await test(bench)
        finally:
            await bench.poller.drain(SECOND)
            tasks[1].cancel()
            await asyncio.wait(tasks, timeout=60)
        return bench

    return asyncio.run(run())


def test_what_is_owned_is_fenced_and_then_polled_under_its_epoch() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=7)
        await b.more()
        assert b.epochs() == {7}
        assert [(f.epoch, set(f.partitions)) for f in b.line.fences] == [(7, {d.partition for d in DEVICES})]
        assert b.shop.fenced == {7: Fence(101, CREATED)}

    tenured(run)


def test_polling_waits_for_the_fence_as_long_as_the_stream_is_there() -> None:
    async def run(b: Bench) -> None:
        b.line.gate.clear()
        b.shop.give(DEVICES, epoch=7)
        await b.until(lambda: b.tenure.report()["epoch"] == 7)
        await b.still()
        b.line.gate.set()
        await b.more()

    tenured(run)


def test_a_fence_that_does_not_come_is_not_waited_for_for_ever() -> None:
    async def run(b: Bench) -> None:
        b.tenure.patience = 0.05
        b.line.gate.clear()
        b.shop.give(DEVICES, epoch=7)
        await b.more()
        assert b.shop.fenced == {}
        b.line.gate.set()
        await b.until(lambda: 7 in b.shop.fenced)

    tenured(run)


def test_with_the_stream_away_polling_begins_and_the_fence_follows() -> None:
    async def run(b: Bench) -> None:
        b.line.up = False
        b.line.gate.clear()
        b.shop.give(DEVICES, epoch=7)
        await b.more()
        assert b.shop.fenced == {}
        b.line.up = True
        b.line.gate.set()
        await b.until(lambda: 7 in b.shop.fenced)

    tenured(run)


def test_a_fence_that_cannot_be_stored_is_stored_later() -> None:
    async def run(b: Bench) -> None:
        b.line.gate.clear()
        b.shop.give(DEVICES, epoch=7)
        await b.until(lambda: b.tenure.report()["epoch"] == 7)
        b.shop.postgres = False
        b.line.gate.set()
        await b.until(lambda: bool(b.line.fences))
        assert b.shop.fenced == {}
        b.shop.postgres = True
        await b.until(lambda: 7 in b.shop.fenced)

    tenured(run)


def test_what_another_owns_now_is_left_at_once() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.shop.give(DEVICES[:3], 2, OTHER)
        await b.until(lambda: b.poller.report()["devices"] == 3)
        await b.still(DEVICES[:3])
        await b.more(DEVICES[3:])

    tenured(run)


def test_what_comes_back_under_a_new_epoch_is_fenced_again() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.shop.give(DEVICES, epoch=5)
        await b.until(lambda: b.epochs() == {5})
        # It is polled at once, and fenced beside that.
        await b.until(lambda: set(b.shop.fenced) == {1, 5})

    tenured(run)


def test_what_another_is_to_have_is_given_back_after_its_last_poll_is_out() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        before = b.poller.now()
        b.shop.want(DEVICES[:2], "poller-1")
        await b.until(lambda: b.poller.report()["devices"] == 4)
        ((given, at),) = b.shop.released
        assert given == {d.partition for d in DEVICES[:2]}
        assert before - 0.001 <= at.timestamp() <= b.poller.now() + 0.001
        await b.still(DEVICES[:2])
        await b.more(DEVICES[2:])

    tenured(run)


@pytest.mark.parametrize("away", ["stream", "postgres", "redis"])
def test_nothing_is_handed_over_while_something_is_away_and_polling_goes_on(away: str) -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.line.up, b.shop.redis = away != "stream", away != "redis"
        await b.until(lambda: b.standing.redis == b.shop.redis)
        b.shop.want(DEVICES[:2], "poller-1")
        b.shop.postgres = away != "postgres"
        await b.more()
        assert b.shop.released == []
        b.line.up = b.shop.redis = b.shop.postgres = True
        await b.until(lambda: len(b.shop.released) == 1)

    tenured(run)


def test_while_redis_is_away_the_owner_polls_on_and_begins_no_operation() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.until(lambda: b.standing.may(Deed.OPERATE, b.tenure.margin))
        b.shop.redis = False
        await b.until(lambda: not b.standing.redis)
        b.shop.lapse()
        assert b.tenure.report()["lease_left_seconds"] == 0
        await b.more()
        assert b.tenure.report()["tenure_problem"]
        assert not b.standing.may(Deed.OPERATE, b.tenure.margin)
        b.shop.redis, b.shop.holder = True, None
        await b.until(lambda: b.standing.may(Deed.OPERATE, b.tenure.margin))
        await b.until(lambda: b.tenure.report()["tenure_problem"] == "")

    tenured(run)


def test_while_the_database_is_away_the_owner_polls_on() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.shop.postgres = False
        await b.until(lambda: not b.standing.postgres)
        await b.more()
        assert not b.standing.may(Deed.OPERATE, b.tenure.margin)

    tenured(run)


def test_a_process_whose_lease_another_holds_polls_nothing() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.shop.holder = OTHER.incarnation
        await b.until(lambda: b.poller.report()["devices"] == 0)
        await b.still()
        b.shop.holder = None
        await b.more()

    tenured(run)


def test_who_was_paused_asks_before_it_polls_again() -> None:
    standing = Standing(until=0.0, current=True)
    assert not standing.may_poll()
    assert Standing(until=0.0, redis=False).may_poll()
    assert Standing(until=0.0, postgres=False).may_poll()
    assert Standing(until=float("inf"), current=True).may_poll()
    assert not Standing(until=float("inf")).may_poll()
    assert not Standing(until=float("inf"), current=True, replaced=True).may_poll()


def test_in_the_end_everything_is_given_back() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        await b.tenure.give_back(CREATED)
        assert b.shop.released[-1] == ({d.partition for d in DEVICES}, CREATED)
        assert b.shop.dropped

    tenured(run)


def test_a_fence_that_fails_for_whatever_reason_is_stored_later() -> None:
    async def run(b: Bench) -> None:
        b.shop.refusal = RuntimeError("the database is read-only just now")
        b.shop.give(DEVICES, epoch=7)
        await b.until(lambda: 7 in b.shop.fenced)
        assert b.shop.refusal is None

    tenured(run)


def test_what_could_not_be_released_is_polled_on_for_whatever_reason() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.line.flow.clear()
        b.shop.want(DEVICES[:2], "poller-1")
        await b.until(lambda: b.line.flushes > 0)
        b.shop.refusal = RuntimeError("the database is read-only just now")
        b.shop.want(DEVICES[:2], None)
        looks = b.shop.looks
        await b.until(lambda: b.shop.looks >= looks + 2)
        b.line.flow.set()
        await b.until(lambda: b.shop.refusal is None)
        await b.more()

    tenured(run)


def test_while_a_backlog_goes_out_before_a_hand_over_polling_goes_on() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.line.flow.clear()
        b.shop.want(DEVICES[:2], "poller-1")
        await b.until(lambda: b.line.flushes > 0)
        await b.more()
        b.line.flow.set()
        await b.until(lambda: b.poller.report()["devices"] == 4)

    tenured(run)


def test_what_was_read_before_it_was_given_back_is_not_taken_for_a_gain() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.line.flow.clear()
        b.shop.want(DEVICES[:2], "poller-1")
        await b.until(lambda: b.line.flushes > 0)
        b.shop.answer = threading.Event()
        b.shop.count += 1
        await b.until(b.shop.reading.is_set)
        b.line.flow.set()
        await b.until(lambda: bool(b.shop.released))
        await b.still(DEVICES[:2])
        assert len(b.line.fences) == 1

    tenured(run)


def test_an_answer_from_before_the_lease_lapsed_gives_no_right() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.shop.answer, b.shop.patience = threading.Event(), 120.0
        b.shop.count += 1
        await b.until(b.shop.reading.is_set)
        b.shop.give(DEVICES, 2, OTHER)
        b.shop.lapse()
        renewals = b.shop.renewals
        await b.until(lambda: b.shop.renewals > renewals + 1)
        b.shop.postgres = False
        b.shop.answer.set()
        await b.until(lambda: not b.standing.postgres)
        assert not b.standing.current

    tenured(run)


def test_what_comes_back_under_a_new_epoch_says_nothing_more_under_the_old_one() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.line.gate.clear()
        b.shop.give(DEVICES, epoch=5)
        await b.until(lambda: b.tenure.report()["epoch"] == 5)
        said = len(b.line.events)
        await b.more()
        assert {event.epoch for event in b.line.events[said:]} == {5}

    tenured(run)


def test_who_holds_what_is_fenced_already_fences_it_only_once() -> None:
    async def run(b: Bench) -> None:
        b.shop.give(DEVICES, epoch=1)
        await b.more()
        b.shop.holder = OTHER.incarnation
        await b.until(lambda: b.poller.report()["devices"] == 0)
        b.shop.holder = None
        await b.more()
        assert len(b.line.fences) == 1

    tenured(run)
