"""The poller follows the list of devices, keeps within its bounds, and drains without losing a poll."""

import asyncio
import gc
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from actors.credentials import Credentials
from actors.poller import Parts, Poller
from bus.memory import MemoryBus
from fleet import partition
from fleet.clock import FakeClock
from fleet.device import Device, State
from fleet.events import DeviceStatusEvent
from fleet.identity import DeviceId, TenantId
from fleet.ownership import Holding
from fleet.partition import PARTITIONS
from routeros.errors import Unreachable
from tests.actors.doubles import SECOND, TRAFFIC, FakeRouter, device, tools

INCARNATION = UUID(int=1)
SHORT = timedelta(milliseconds=40)
EVERY = frozenset(range(PARTITIONS))


class Safe:
    """A vault whose secrets are their own ciphertext."""

    def open(self, tenant_id: TenantId, sealed: Sequence[str]) -> list[bytes]:
        return [text.encode() for text in sealed]


class Bench:
    """A poller over fake routers, one for each device, and a bus in memory."""

    def __init__(
        self,
        devices: Sequence[Device],
        in_flight: int = 100,
        partitions: frozenset[int] = EVERY,
        safe: Safe | None = None,
    ) -> None:
        self.devices = list(devices)
        self.routers: dict[str, FakeRouter] = {}
        self.bus = MemoryBus()
        self.broken: Exception | None = None
        self.clock = FakeClock()
        self.allowed = True
        parts = replace(tools(FakeRouter(self.clock)), connect=self.connect)
        self.poller = Poller(
            Parts(self, Credentials(safe or Safe()), self.bus, parts, in_flight), lambda: self.allowed
        )
        self.partitions = partitions

    def router(self, of: Device) -> FakeRouter:
        return self.routers.setdefault(of.name, FakeRouter(self.clock))

    async def connect(self, of: Device) -> Any:
        return await self.router(of).connect(of)

    def of(self, partitions: Collection[int]) -> Sequence[Device]:
        if self.broken is not None:
            raise self.broken
        return [device for device in self.devices if device.partition in partitions]

    def some(self, device_ids: Collection[DeviceId]) -> Sequence[Device]:
        return [device for device in self.devices if device.id in device_ids]

    def enter(self, partitions: Collection[int], epoch: int = 1, since: float | None = None) -> None:
        """Let the poller hold partitions under an epoch."""
        at = None if since is None else datetime.fromtimestamp(since, UTC)
        self.poller.enter([Holding(p, epoch, "poller-0", INCARNATION, since=at) for p in partitions])

    def change(self, *devices: Device) -> None:
        """Have another list of devices, and let the poller hear of all that differ."""
        differ = {device.id for device in set(self.devices) ^ set(devices)}
        self.devices = list(devices)
        for device_id in differ:
            self.poller.changed(device_id)

    def statuses(self) -> list[DeviceStatusEvent]:
        return [e for e in self.bus.events if isinstance(e, DeviceStatusEvent)]

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not reached():
                self.clock.advance(timedelta(milliseconds=2))
                await asyncio.sleep(0.002)


def polling(bench: Bench, test: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    """Run a poller beside the test, and drain it in the end."""

    async def run() -> None:
        task = asyncio.create_task(bench.poller.run())
        bench.enter(bench.partitions)
        await test(bench)
        await bench.poller.drain(SECOND)
        await asyncio.wait_for(task, 60)

    asyncio.run(run())


def fleet(count: int, **changes: object) -> list[Device]:
    return [device(n + 1, **{"interval": SHORT, **changes}) for n in range(count)]


def test_every_device_is_polled_again_and_again() -> None:
    async def run(b: Bench) -> None:
        await b.until(lambda: len(b.routers) == 20 and all(r.polls >= 3 for r in b.routers.values()))
        assert all(r.connects == 1 for r in b.routers.values())
        assert {e.state for e in b.statuses()} == {State.UP}

    polling(Bench(fleet(20)), run)


def test_what_stays_is_taken_from_the_collector_of_cycles_once(monkeypatch: pytest.MonkeyPatch) -> None:
    polled: list[int] = []

    async def run(b: Bench) -> None:
        monkeypatch.setattr(gc, "freeze", lambda: polled.append(sum(r.polls for r in b.routers.values())))
        await b.until(lambda: len(b.routers) == 5 and all(r.polls >= 4 for r in b.routers.values()))

    polling(Bench(fleet(5)), run)
    assert len(polled) == 1
    assert polled[0] >= 5


def test_what_has_become_twice_as_much_is_taken_from_the_collector_again(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []

    async def run(b: Bench) -> None:
        monkeypatch.setattr(gc, "freeze", lambda: kept.append(sum(r.polls > 0 for r in b.routers.values())))
        await b.until(lambda: len(b.routers) == 2 and all(r.polls >= 3 for r in b.routers.values()))
        b.change(*fleet(3))
        await b.until(lambda: len(b.routers) == 3 and all(r.polls >= 6 for r in b.routers.values()))
        b.change(*fleet(9))
        await b.until(lambda: len(b.routers) == 9 and all(r.polls >= 6 for r in b.routers.values()))

    polling(Bench(fleet(2)), run)
    assert len(kept) == 2


def test_only_devices_of_the_pollers_partitions_are_polled() -> None:
    devices = fleet(40)
    owners = partition.owners({"poller-0": 1.0, "poller-1": 1.0})
    mine = frozenset(p for p in EVERY if owners[p] == "poller-0")
    wanted = {d.name for d in devices if d.partition in mine}

    async def run(b: Bench) -> None:
        await b.until(lambda: len(b.routers) >= len(wanted))
        await b.until(lambda: all(r.polls >= 2 for r in b.routers.values()))
        assert set(b.routers) == wanted

    assert 0 < len(wanted) < 40
    polling(Bench(devices, partitions=mine), run)


def test_no_more_polls_are_under_way_than_allowed_and_nobody_starves() -> None:
    shared = FakeRouter(FakeClock())

    async def run(b: Bench) -> None:
        b.routers = {d.name: shared for d in b.devices}
        await b.until(lambda: len({e.device_id for e in b.statuses()}) == 30)
        assert shared.most_under_way <= 3

    polling(Bench(fleet(30), in_flight=3), run)


def test_a_device_that_hangs_delays_no_other_and_is_not_polled_twice_at_once() -> None:
    devices = fleet(10)

    async def run(b: Bench) -> None:
        slow = b.router(devices[0])
        slow.gate = asyncio.Event()
        await b.until(lambda: all(b.router(d).polls >= 4 for d in devices[1:]))
        assert (slow.polls, slow.most_under_way) == (1, 1)
        slow.gate.set()
        await b.until(lambda: slow.polls >= 2)

    polling(Bench(devices), run)


def test_a_new_device_is_polled_and_a_deleted_one_is_left_alone() -> None:
    old, new = fleet(2)

    async def run(b: Bench) -> None:
        await b.until(lambda: b.router(old).polls >= 1)
        b.change(new)
        await b.until(lambda: b.router(new).polls >= 2)
        await b.until(lambda: b.poller.report()["devices"] == 1)
        before = b.router(old).polls
        await b.until(lambda: b.router(new).polls >= 5)
        assert b.router(old).polls == before
        line = b.router(old).line
        assert line is not None
        assert line.closed

    polling(Bench([old]), run)


def test_a_changed_device_is_connected_to_anew() -> None:
    (one,) = fleet(1)

    async def run(b: Bench) -> None:
        await b.until(lambda: b.router(one).polls >= 1)
        b.change(replace(one, username="other"))
        await b.until(lambda: b.router(one).connects == 2)

    polling(Bench([one]), run)


def test_while_the_list_cannot_be_read_polling_goes_on_with_the_last_one() -> None:
    (one,) = fleet(1)

    async def run(b: Bench) -> None:
        await b.until(lambda: b.router(one).polls >= 1)
        b.broken = ConnectionError("the database is away")
        before = b.router(one).polls
        await b.until(lambda: b.router(one).polls >= before + 3)

    polling(Bench([one]), run)


def test_a_poller_that_begins_while_the_database_is_away_waits_for_it() -> None:
    (one,) = fleet(1)
    bench = Bench([one])
    bench.broken = ConnectionError("the database is away")

    async def run(b: Bench) -> None:
        await b.until(lambda: b.poller.report()["roster_problem"] != "")
        b.broken = None
        await b.until(lambda: b.router(one).polls >= 1 and b.poller.report()["roster_problem"] == "")

    polling(bench, run)


def test_a_router_that_makes_the_program_stumble_is_an_error_of_its_own() -> None:
    bad, good = fleet(2)

    async def run(b: Bench) -> None:
        b.router(bad).answers = {None: []}  # type: ignore[dict-item]
        b.router(bad).say = None  # type: ignore[assignment, method-assign]
        await b.until(lambda: b.router(good).polls >= 3 and b.router(bad).polls >= 2)
        said = [e for e in b.statuses() if e.device_id == bad.id]
        assert said[-1].error is not None
        assert "inside Flotilla" in said[-1].error
        assert {e.state for e in b.statuses() if e.device_id == good.id} == {State.UP}

    polling(Bench([bad, good]), run)


def test_a_drained_poller_finishes_what_is_under_way_and_begins_nothing() -> None:
    devices = fleet(5)
    bench = Bench(devices)

    async def run() -> None:
        for d in devices:
            bench.router(d).gate = asyncio.Event()
        task = asyncio.create_task(bench.poller.run())
        bench.enter(EVERY)
        await bench.until(lambda: all(bench.router(d).under_way for d in devices))
        draining = asyncio.create_task(bench.poller.drain(60 * SECOND))
        await asyncio.sleep(0)
        for d in devices:
            gate = bench.router(d).gate
            assert gate is not None
            gate.set()
        assert await draining == 0
        await asyncio.wait_for(task, 60)

    asyncio.run(run())
    assert len(bench.statuses()) == 5
    assert [bench.router(d).polls for d in devices] == [1] * 5
    assert all(router.line is not None and router.line.closed for router in bench.routers.values())


def test_a_drain_does_not_wait_for_ever_for_a_hanging_device() -> None:
    (one,) = fleet(1)
    bench = Bench([one])

    async def run() -> None:
        bench.router(one).gate = asyncio.Event()
        task = asyncio.create_task(bench.poller.run())
        bench.enter(EVERY)
        await bench.until(lambda: bench.router(one).under_way == 1)
        await asyncio.wait_for(bench.poller.drain(timedelta(milliseconds=20)), 60)
        await asyncio.wait_for(task, 60)

    asyncio.run(run())
    assert bench.router(one).under_way == 0


def test_the_report_counts_polls_states_and_times() -> None:
    dead, alive = fleet(2)

    async def run(b: Bench) -> None:
        b.router(dead).refuses = Unreachable("No route.")
        await b.until(lambda: b.router(dead).connects >= 3 and b.router(alive).polls >= 3)
        report = b.poller.report()
        assert report["devices"] == 2
        assert report["states"] == {"up": 1, "down": 1}
        assert report["breakers_open"] == 1
        assert int(str(report["polls_ok"])) >= 3
        assert int(str(report["polls_failed"])) >= 3
        assert report["poll_p95_ms"] is not None
        assert report["lateness_p99_ms"] is not None

    polling(Bench([dead, alive]), run)


def test_partitions_that_are_entered_are_polled_under_their_epoch_and_left_ones_are_not() -> None:
    devices = fleet(12)
    mine, theirs = {d.partition for d in devices[:6]}, {d.partition for d in devices[6:]}
    assert not mine & theirs

    async def run(b: Bench) -> None:
        b.enter(mine, epoch=3)
        await b.until(lambda: all(b.router(d).polls >= 2 for d in devices[:6]))
        b.enter(theirs, epoch=4)
        await b.until(lambda: all(b.router(d).polls >= 2 for d in devices))
        epochs = {e.device_id: e.epoch for e in b.statuses()}
        assert epochs == {d.id: 3 if d.partition in mine else 4 for d in devices}

        await b.poller.leave(mine)
        assert b.poller.report()["devices"] == 6
        assert all(line is not None and line.closed for line in (b.router(d).line for d in devices[:6]))
        polls = [b.router(d).polls for d in devices[:6]]
        await b.until(lambda: all(b.router(d).polls >= 5 for d in devices[6:]))
        assert [b.router(d).polls for d in devices[:6]] == polls

        b.enter(theirs, epoch=9)
        before = len(b.bus.events)
        await b.until(lambda: len(b.bus.events) >= before + 20)
        assert {e.epoch for e in b.bus.events[-6:]} == {9}

    polling(Bench(devices, partitions=frozenset()), run)


def test_what_is_under_way_while_partitions_are_left_is_not_published() -> None:
    (one,) = fleet(1)

    async def run(b: Bench) -> None:
        b.router(one).gate = asyncio.Event()
        await b.until(lambda: b.router(one).under_way == 1)
        await b.poller.leave([one.partition])
        await b.until(lambda: b.router(one).under_way == 0)
        assert b.bus.events == []

    polling(Bench([one]), run)


def test_a_pause_waits_for_what_is_under_way_and_begins_nothing_until_it_ends() -> None:
    one, other = fleet(2)

    async def run(b: Bench) -> None:
        await b.until(lambda: b.router(one).polls >= 2)
        gate = b.router(one).gate = asyncio.Event()
        await b.until(lambda: b.router(one).under_way == 1)
        pausing = asyncio.create_task(b.poller.pause([one.partition]))
        begun = b.router(other).polls
        await b.until(lambda: b.router(other).polls >= begun + 3)
        assert not pausing.done()
        gate.set()
        since = await pausing
        polls = b.router(one).polls
        await b.until(lambda: b.router(other).polls >= begun + 8)
        assert b.router(one).polls == polls
        b.poller.resume([one.partition], since)
        await b.until(lambda: b.router(one).polls >= polls + 2)

    polling(Bench([one, other]), run)


def test_nothing_begins_while_it_may_not() -> None:
    (one,) = fleet(1)

    async def run(b: Bench) -> None:
        await b.until(lambda: b.router(one).polls >= 2)
        b.allowed = False
        await b.until(lambda: b.poller.report()["in_flight"] == 0)
        polls = b.router(one).polls
        for _ in range(50):
            b.clock.advance(SHORT)
            await asyncio.sleep(0.001)
        assert b.router(one).polls == polls
        b.allowed = True
        b.poller.wake()
        await b.until(lambda: b.router(one).polls >= polls + 2)

    polling(Bench([one]), run)


def test_a_new_device_is_polled_soon_however_long_its_interval() -> None:
    old, new = fleet(1)[0], device(2, interval=timedelta(days=1))

    async def run(b: Bench) -> None:
        await b.until(lambda: b.router(old).polls >= 1)
        b.change(old, new)
        await b.until(lambda: b.router(new).polls == 1)

    polling(Bench([old]), run)


def test_a_safe_that_hangs_keeps_neither_a_deleted_device_nor_the_list_waiting() -> None:
    devices, gate = fleet(4), threading.Event()

    class Hanging(Safe):
        def open(self, tenant_id: TenantId, sealed: Sequence[str]) -> list[bytes]:
            gate.wait(60)
            return super().open(tenant_id, sealed)

    async def run(b: Bench) -> None:
        await b.until(lambda: len(b.routers) == 3)
        b.change(*devices[1:])
        await b.until(lambda: b.poller.report()["devices"] == 3 and len(b.routers) == 4)
        b.change(*devices[2:])
        await b.until(lambda: b.poller.report()["devices"] == 2)
        gate.set()

    polling(Bench(devices[:3], safe=Hanging()), run)


def test_after_a_failure_what_was_asked_for_is_read_again() -> None:
    old, new = fleet(2)

    async def run(b: Bench) -> None:
        await b.until(lambda: b.router(old).polls >= 1)
        b.broken = ConnectionError("the database is away")
        b.devices = [old, new]
        b.poller.look()
        await b.until(lambda: b.poller.report()["roster_problem"] != "")
        b.broken = None
        await b.until(lambda: b.router(new).polls >= 1)

    polling(Bench([old]), run)


def test_a_collector_that_is_switched_off_is_left_out_by_the_running_poller() -> None:
    async def run(b: Bench) -> None:
        (one,) = b.devices
        await b.until(lambda: len(b.router(one).asked) >= 2)
        assert all(TRAFFIC in asked for asked in b.router(one).asked)
        b.change(replace(one, collectors_off=frozenset({"traffic"})))
        await b.until(lambda: TRAFFIC not in b.router(one).asked[-1])
        seen = len(b.router(one).asked)
        await b.until(lambda: len(b.router(one).asked) >= seen + 3)
        assert not [asked for asked in b.router(one).asked[seen:] if TRAFFIC in asked]
        b.change(one)
        await b.until(lambda: TRAFFIC in b.router(one).asked[-1])

    polling(Bench(fleet(1)), run)
