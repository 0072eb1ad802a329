"""The timekeeper on a real database: each time is one keeper's, and a keeper that died holds nothing up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from actors.chore import Chore, Occasion
from actors.timekeeper import Timekeeper
from db import schedules
from db.access import PLATFORM
from db.engine import Stores
from db.platform import platform_session
from fleet.clock import FakeClock, SystemClock
from fleet.errors import Conflict, Unavailable
from fleet.operations import Outcome
from tests.fixtures.database import Database

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
HOLD = timedelta(minutes=10)
PATIENCE = timedelta(seconds=60)


class Counted:
    """A chore that keeps the occasions on which it was done; ``then`` is done on each."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.occasions: list[Occasion] = []
        self._then = then

    def __call__(self, occasion: Occasion) -> None:
        self.occasions.append(occasion)
        self._then()

    @property
    def chore(self) -> Chore:
        return Chore("test.count", HOUR, self)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def keeper(database: Database, clock: FakeClock, *counted: Counted, name: str = "keeper-0") -> Timekeeper:
    return Timekeeper(name, database.stores, [one.chore for one in counted], clock, HOLD)


def schedule(database: Database, columns: str) -> tuple[object, ...]:
    with psycopg.connect(database.admin_url) as admin:
        found = admin.execute(f"SELECT {columns} FROM schedules".encode()).fetchone()
    assert found is not None
    return found


def turns(timekeeper: Timekeeper) -> int:
    """Take turns until nothing is due; returns how many chores were done."""

    async def run() -> int:
        count = 0
        while await timekeeper.turn():
            count += 1
        return count

    return asyncio.run(run())


def test_what_is_due_is_done_on_its_grid(database: Database, clock: FakeClock) -> None:
    counted, begun = Counted(), clock.at
    timekeeper = keeper(database, clock, counted)
    assert turns(timekeeper) == 1
    clock.advance(HOUR - MINUTE)
    assert turns(timekeeper) == 0
    clock.advance(2 * MINUTE)
    assert turns(timekeeper) == 1
    assert [one.now for one in counted.occasions] == [begun, begun + HOUR + MINUTE]
    assert {one.tenant_id for one in counted.occasions} == {None}
    assert schedule(database, "last_at, last_outcome, last_error, next_at, epoch, claimed_by") == (
        *(begun + HOUR + MINUTE, "done", None, begun + 2 * HOUR, 2, None),
    )
    assert timekeeper.report() == {"chores_done": 2, "chores_failed": 0}


def test_what_was_missed_is_done_once(database: Database, clock: FakeClock) -> None:
    counted, begun = Counted(), clock.at
    timekeeper = keeper(database, clock, counted)
    turns(timekeeper)
    clock.advance(7 * HOUR + MINUTE)
    assert turns(timekeeper) == 1
    assert schedule(database, "next_at") == (begun + 8 * HOUR,)


@pytest.mark.parametrize(
    ("error", "told"),
    [(Conflict("It is in use.", "Wait."), "It is in use. Wait."), (KeyError("x"), "KeyError: 'x'"),
     (TimeoutError("slow disk"), "TimeoutError: slow disk")],
)  # fmt: skip
def test_a_chore_that_fails_is_noted_and_due_again(
    database: Database, clock: FakeClock, error: Exception, told: str
) -> None:
    def fail() -> None:
        raise error

    timekeeper = keeper(database, clock, Counted(fail))
    assert turns(timekeeper) == 1
    assert schedule(database, "last_outcome, last_error, next_at") == ("failed", told, clock.at + HOUR)
    clock.advance(HOUR)
    assert turns(timekeeper) == 1
    assert timekeeper.report() == {"chores_done": 0, "chores_failed": 2}


def test_a_failing_chore_holds_up_no_other(database: Database, clock: FakeClock) -> None:
    def fail() -> None:
        raise KeyError

    bad, good = Counted(fail), Counted()
    chores = [bad.chore, Chore("test.good", MINUTE, good)]
    timekeeper = Timekeeper("keeper-0", database.stores, chores, clock)
    assert turns(timekeeper) == 2
    assert (len(bad.occasions), len(good.occasions)) == (1, 1)


def test_two_keepers_do_each_chore_once(database: Database, clock: FakeClock) -> None:
    counted = [Counted() for _ in range(10)]
    chores = [Chore(f"test.{letter}", HOUR, one) for letter, one in zip("abcdefghij", counted, strict=True)]
    keepers = [Timekeeper(f"keeper-{n}", database.stores, chores, clock) for n in range(2)]

    async def both() -> None:
        async def all_of(one: Timekeeper) -> None:
            while await one.turn():
                pass

        await asyncio.gather(*map(all_of, keepers))

    for _ in range(3):
        asyncio.run(both())
        clock.advance(HOUR)
    assert [len(one.occasions) for one in counted] == [3] * 10
    assert sum(int(str(one.report()["chores_done"])) for one in keepers) == 30


def test_a_crashed_keepers_claim_is_taken_and_its_result_refused(database: Database, clock: FakeClock) -> None:
    counted = Counted()
    second = keeper(database, clock, counted, name="second")
    with platform_session(database.stores, "test") as session:
        schedules.ensure(session, "test.count", HOUR, clock.at)
        held = schedules.claim(session, "crashed", ["test.count"], clock.at, clock.at + HOLD)
    assert held is not None
    assert turns(second) == 0
    clock.advance(HOLD)
    assert turns(second) == 1
    assert len(counted.occasions) == 1
    with platform_session(database.stores, "test") as session:
        assert not schedules.settle(session, held, Outcome.FAILED, "too late", clock.at)
    assert schedule(database, "last_outcome, epoch") == ("done", 2)


def test_a_keeper_that_slept_is_shut_out(database: Database, clock: FakeClock) -> None:
    """The first falls asleep in the middle of the chore; the second does it whole; then the first wakes up."""
    awake, asleep = threading.Event(), threading.Event()

    def sleep() -> None:
        asleep.set()
        awake.wait()
        raise KeyError("what the sleeper says")

    sleepy, brisk = Counted(sleep), Counted()
    first, second = keeper(database, clock, sleepy, name="first"), keeper(database, clock, brisk, name="second")

    async def run() -> None:
        slept = asyncio.create_task(first.turn())
        await asyncio.to_thread(asleep.wait)
        assert not await second.turn()
        clock.advance(HOLD)
        assert await second.turn()
        awake.set()
        assert await slept

    asyncio.run(run())
    assert schedule(database, "last_outcome, last_error, epoch, claimed_by") == ("done", None, 2, None)
    assert first.report() == {"chores_done": 0, "chores_failed": 0}
    assert second.report() == {"chores_done": 1, "chores_failed": 0}


def test_a_chore_that_hangs_is_given_up(database: Database, clock: FakeClock) -> None:
    awake = threading.Event()
    counted = Counted(lambda: awake.wait() and None)
    timekeeper = Timekeeper("keeper-0", database.stores, [counted.chore], clock, timedelta(seconds=0.2))

    async def run() -> None:
        assert await timekeeper.turn()
        awake.set()

    asyncio.run(run())
    outcome, error = schedule(database, "last_outcome, last_error")
    assert outcome == "failed"
    assert "longer" in str(error)


def test_a_claim_lasts_as_long_as_the_walls_clock_says(database: Database) -> None:
    origin = FakeClock().at
    clock = SystemClock(origin, 60.0)
    held: list[tuple[object, ...]] = []
    counted = Counted(lambda: held.append(schedule(database, "claimed_until - next_at")))
    timekeeper = Timekeeper("keeper-0", database.stores, [counted.chore], clock, HOLD)
    assert turns(timekeeper) == 1
    ((span,),) = held
    assert isinstance(span, timedelta)
    assert span >= 60 * HOLD


def test_while_the_database_is_away_it_says_so(clock: FakeClock) -> None:
    with Stores({PLATFORM: "postgresql://x:y@127.0.0.1:9/z"}) as stores:
        timekeeper = Timekeeper("keeper-0", stores, [Counted().chore], clock)

        async def run() -> None:
            with pytest.raises(Unavailable):
                await timekeeper.turn()
            task = asyncio.create_task(timekeeper.run())
            async with asyncio.timeout(60):
                while not timekeeper.problem:
                    await asyncio.sleep(0.05)
            assert await timekeeper.drain(PATIENCE)
            await task

        asyncio.run(run())


def test_a_long_chore_hears_that_it_is_to_end(database: Database, clock: FakeClock) -> None:
    begun, never = threading.Event(), threading.Event()

    def work(occasion: Occasion) -> None:
        begun.set()
        while not occasion.ending():
            never.wait(0.01)

    timekeeper = Timekeeper("keeper-0", database.stores, [Chore("test.long", HOUR, work)], clock)

    async def run() -> None:
        task = asyncio.create_task(timekeeper.run())
        await asyncio.to_thread(begun.wait)
        assert await timekeeper.drain(PATIENCE)
        await task

    asyncio.run(run())
    assert schedule(database, "last_outcome, claimed_by") == ("done", None)


def test_draining_waits_for_the_chore_under_way(database: Database, clock: FakeClock) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait()

    timekeeper = keeper(database, clock, Counted(work))

    async def run() -> None:
        task = asyncio.create_task(timekeeper.run())
        await asyncio.to_thread(begun.wait)
        assert not await timekeeper.drain(timedelta(seconds=0.1))
        go_on.set()
        assert await timekeeper.drain(PATIENCE)
        await task

    asyncio.run(run())
    assert schedule(database, "last_outcome, claimed_by") == ("done", None)
