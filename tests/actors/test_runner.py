"""The runner: one errand at a time with each device, nothing of another owner, an end for whatever goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from actors.errand import Duty, Means, Visit
from actors.runner import Runner
from actors.tenure import Standing
from actors.waiting import waits
from fleet.clock import FakeClock
from fleet.device import Device
from fleet.errands import Ending, Errand, ErrandState
from fleet.errors import BadInput, Unavailable
from fleet.identity import DeviceId
from routeros.errors import Unreachable
from tests.actors.doubles import device

KIND = "config.backup"


class Ground:
    """Devices that are owned, errands that wait, and what became of them."""

    def __init__(self, *devices: Device) -> None:
        self.devices = {one.id: one for one in devices}
        self.epoch = 3
        self.clock = FakeClock()
        self.errands: list[Errand] = []
        self.ended: dict[UUID, Ending] = {}
        self.visits: list[Visit] = []
        self.go = asyncio.Event()
        self.raises: Exception | None = None
        self.away = False
        self.standing = Standing(until=float("inf"), current=True)
        means = Means(cast(Any, None), cast(Any, None), cast(Any, None), cast(Any, None), self.clock)
        self.runner = Runner.of(self, self, [Duty(KIND, self.do)], means, self.standing)

    def ask(self, of: Device, kind: str = KIND, attempt: int = 0) -> Errand:
        now = self.clock.now()
        made = Errand(
            tenant_id=of.tenant_id, device_id=of.id, kind=kind, by="anna", at=now, expires_at=now, attempt=attempt
        )
        self.errands.append(made)
        return made

    async def do(self, visit: Visit) -> Ending:
        self.visits.append(visit)
        await self.go.wait()
        if self.raises is not None:
            raise self.raises
        return Ending.done()

    def epochs(self) -> Mapping[int, int]:
        return {one.partition: self.epoch for one in self.devices.values()}

    def device(self, device_id: DeviceId) -> Device | None:
        return self.devices.get(device_id)

    def waiting(self, held: Collection[int], at: datetime) -> list[Errand]:
        if self.away:
            raise Unavailable("The database cannot be reached.", "Try again.")
        return list(self.errands)

    def take(self, wanted: Collection[UUID], at: datetime) -> dict[UUID, int]:
        taken = {one.id: self.epoch for one in self.errands if one.id in wanted}
        self.errands = [one for one in self.errands if one.id not in wanted]
        return taken

    def end(self, errand: Errand, epoch: int, ending: Ending, at: datetime) -> bool:
        self.ended[errand.id] = ending
        return True

    async def settle(self) -> None:
        """Look, and let everything that can go on go on."""
        await self.runner.look()
        while any(not doing.task.done() for doing in self.runner._doing.values()) and self.go.is_set():
            await asyncio.sleep(0)
        await asyncio.sleep(0)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_two_errands_of_one_device_follow_one_another() -> None:
    async def work() -> None:
        ground = Ground(device(1), device(2))
        first, second, other = ground.ask(device(1)), ground.ask(device(1)), ground.ask(device(2))
        await ground.settle()
        assert [visit.errand.id for visit in ground.visits] == [first.id, other.id]
        ground.go.set()
        await ground.settle()
        await ground.settle()
        assert [visit.errand.id for visit in ground.visits] == [first.id, other.id, second.id]
        assert all(ending == Ending.done() for ending in ground.ended.values())

    run(work())


def test_nothing_begins_while_a_store_is_away_or_the_lease_is_about_to_end() -> None:
    async def work() -> None:
        ground = Ground(device(1))
        ground.ask(device(1))
        for standing in (Standing(until=float("inf"), redis=False, current=True), Standing(until=0.0, current=True)):
            ground.runner.standing = standing
            await ground.settle()
        assert ground.visits == []
        ground.runner.standing = ground.standing
        await ground.settle()
        [visit] = ground.visits
        assert visit.may()
        assert not visit.resumed
        ground.standing.postgres = False
        assert not visit.may()

    run(work())


def test_what_has_become_anothers_is_broken_off_and_not_ended() -> None:
    async def work() -> None:
        ground = Ground(device(1))
        ground.ask(device(1))
        await ground.settle()
        [visit] = ground.visits
        ground.epoch += 1
        assert not visit.may()
        await ground.settle()
        await asyncio.sleep(0)
        assert ground.ended == {}
        assert ground.runner.report()["errands_under_way"] == 0

    run(work())


def test_whatever_goes_wrong_is_an_end_or_another_try() -> None:
    cases: list[tuple[Exception, int, ErrandState]] = [
        (Unreachable("No route."), 0, ErrandState.WAITING),
        (Unavailable("OpenBao is away.", "Wait."), 0, ErrandState.WAITING),
        (BadInput("No such thing.", "Name another."), 0, ErrandState.FAILED),
        (KeyError("x"), 0, ErrandState.WAITING),
        (KeyError("x"), 4, ErrandState.FAILED),
    ]

    async def work(raised: Exception, attempt: int, state: ErrandState) -> None:
        ground = Ground(device(1))
        ground.raises = raised
        ground.go.set()
        asked = ground.ask(device(1), attempt=attempt)
        await ground.settle()
        while asked.id not in ground.ended:
            await asyncio.sleep(0.001)
        assert (ground.ended[asked.id].state, ground.visits[0].resumed) == (state, attempt > 0)
        assert ground.ended[asked.id].error

    for raised, attempt, state in cases:
        run(work(raised, attempt, state))


def test_a_kind_that_nobody_knows_fails_and_a_device_that_nobody_knows_waits() -> None:
    async def work() -> None:
        ground = Ground(device(1))
        ground.go.set()
        unknown, stranger = ground.ask(device(1), "config.wish"), ground.ask(device(9))
        await ground.settle()
        while unknown.id not in ground.ended:
            await asyncio.sleep(0.001)
        assert ground.ended[unknown.id].state is ErrandState.FAILED
        assert [one.id for one in ground.errands] == [stranger.id]

    run(work())


def test_a_store_that_is_away_is_told_and_looked_for_again() -> None:
    async def work() -> None:
        ground = Ground(device(1))
        ground.ask(device(1))
        ground.away = True
        await ground.settle()
        assert "cannot be reached" in str(ground.runner.report()["errands_problem"])
        ground.away = False
        await ground.settle()
        assert len(ground.visits) == 1
        assert not ground.runner.report()["errands_problem"]

    run(work())


def test_a_drain_waits_for_what_is_under_way_and_leaves_the_rest() -> None:
    async def work() -> None:
        ground = Ground(device(1), device(2))
        ground.ask(device(1))
        await ground.settle()
        asyncio.get_running_loop().call_later(0.01, ground.go.set)
        await ground.runner.drain(timedelta(minutes=1))
        late = ground.ask(device(2))
        await ground.settle()
        assert len(ground.ended) == 1
        assert ground.errands == [replace(late)]

    run(work())


def test_waits_grow_to_a_bound() -> None:
    assert [waits(n).total_seconds() for n in (1, 2, 3, 50)] == [10, 20, 40, 300]
