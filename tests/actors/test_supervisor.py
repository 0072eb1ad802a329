"""The supervisor gives partitions to living pollers, waits for what may come back, and trusts no gap in its sight."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from actors.supervisor import LOOKS, Supervisor
from db.assignment import Assignment
from db.leases import Held
from fleet.errors import Unavailable
from fleet.ownership import Holding, Lease, Step, Take
from fleet.partition import PARTITIONS

TTL = timedelta(milliseconds=200)
LONG_UP = timedelta(days=1)


@dataclass
class World:
    """Leases, table and crew in one, and a clock of its own: from look to look a tenth of a lease goes by."""

    ttl: timedelta = TTL
    seconds: float = 1000.0
    redis: bool = True
    postgres: bool = True
    uptime: timedelta = LONG_UP
    leases: dict[str, Lease] = field(default_factory=dict)
    unseen: str = ""
    posts: list[str] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=lambda: [Holding(n) for n in range(PARTITIONS)])
    count: int = 0
    looks: int = 0
    reads: int = 0
    ended: list[str] = field(default_factory=list)

    async def held(self) -> Held:
        self.looks += 1
        self.seconds += self.ttl.total_seconds() / LOOKS
        if not self.redis:
            raise Unavailable("Redis cannot be reached.")
        unseen, self.unseen = self.unseen, ""
        return Held({name: lease for name, lease in self.leases.items() if name != unseen}, self.uptime)

    def version(self) -> int:
        if not self.postgres:
            raise Unavailable("The database cannot be reached.")
        return self.count

    def read(self) -> Assignment:
        self.reads += 1
        return Assignment(self.version(), tuple(self.holdings))

    def perform(self, steps: Sequence[Step], since: datetime, at: datetime) -> None:
        assert since < at
        for step in steps:
            self.count += 1
            if isinstance(step, Take):
                for number, epoch in step.epochs.items():
                    assert self.holdings[number].epoch == epoch
                    self.holdings[number] = Holding(number, self.count, step.lease.poller, step.lease.incarnation)
            else:
                for number in step.partitions:
                    self.holdings[number] = replace(self.holdings[number], wanted=step.poller)

    def keep(self) -> dict[str, str | None]:
        return dict.fromkeys(self.posts)

    def end(self, poller: str) -> None:
        self.ended.append(poller)

    def supervisor(self) -> Supervisor:
        return Supervisor(self, self, self, lambda: self.seconds)

    def come(self, name: str, incarnation: int) -> None:
        self.leases[name] = Lease(name, UUID(int=incarnation))
        if name not in self.posts:
            self.posts.append(name)

    def shares(self) -> Counter[str | None]:
        return Counter(h.poller for h in self.holdings)


def supervised(test: Callable[[World, Supervisor], Coroutine[Any, Any, None]], **facts: Any) -> World:
    async def run() -> World:
        world = World(**facts)
        supervisor = world.supervisor()
        task = asyncio.create_task(supervisor.run())
        try:
            await test(world, supervisor)
        finally:
            await supervisor.drain(timedelta(seconds=1))
            await asyncio.wait_for(task, 60)
        return world

    return asyncio.run(run())


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0.005)


async def looks(world: World, count: int) -> None:
    """Wait until it has looked a number of times more."""
    before = world.looks
    await until(lambda: world.looks >= before + count)


def told(supervisor: Supervisor) -> dict[str, tuple[bool, int]]:
    """Tell of each poller whether it lives and how many partitions it has, as the report says."""
    listed: Any = supervisor.report()["pollers"]
    return {poller["name"]: (poller["alive"], poller["partitions"]) for poller in listed}


def test_all_partitions_are_given_to_the_pollers_that_come() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        world.come("poller-1", 2)
        await until(lambda: None not in world.shares())
        assert set(world.shares()) == {"poller-0", "poller-1"}
        assert min(world.shares().values()) > PARTITIONS * 0.4
        await until(lambda: supervisor.report()["partitions_unowned"] == 0)

    supervised(run)


def test_while_nothing_changes_the_table_is_not_read_again() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        await until(lambda: None not in world.shares())
        await looks(world, 3)
        reads, count = world.reads, world.count
        await looks(world, 10)
        assert (world.reads, world.count) == (reads, count)

    supervised(run)


def test_one_who_was_just_made_is_waited_for_so_that_nothing_has_to_move() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        await until(lambda: bool(supervisor.report()["pollers"]))
        world.come("poller-0", 1)
        await looks(world, 2)
        world.come("poller-1", 2)
        await until(lambda: None not in world.shares())
        assert {h.epoch for h in world.holdings} <= {1, 2}
        assert supervisor.report()["wants"] == 0

    supervised(run, posts=["poller-0", "poller-1"])


def test_while_an_owner_lives_nobody_is_waited_for_and_from_a_cold_start_all_are() -> None:
    async def run() -> None:
        world = World(ttl=timedelta(hours=1))
        world.come("poller-0", 1)
        supervisor = world.supervisor()
        await supervisor.look()
        assert set(world.shares()) == {"poller-0"}

        world.holdings[:9] = [Holding(number) for number in range(9)]
        world.count += 1
        world.posts.append("poller-1")
        for successor, taken in ((world.supervisor(), True), (world.supervisor(), False)):
            await successor._keep()
            await successor.look()
            assert (None not in world.shares()) is taken
            # From here on its owner is a process that is gone, and some partitions are free again.
            world.come("poller-0", 2)
            world.holdings[:9] = [Holding(number) for number in range(9)]
            world.count += 1

    asyncio.run(run())


def test_one_who_never_comes_is_not_waited_for_for_ever() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        await until(lambda: set(world.shares()) == {"poller-0"})

    supervised(run, posts=["poller-0", "poller-1"])


def test_what_a_lapsed_poller_had_goes_to_the_others_and_comes_back_with_it() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        world.come("poller-1", 2)
        await until(lambda: None not in world.shares())
        shares = world.shares()
        kept = {h.partition: h.epoch for h in world.holdings if h.poller == "poller-0"}
        del world.leases["poller-1"]
        await until(lambda: set(world.shares()) == {"poller-0"})
        assert all(world.holdings[number].epoch == epoch for number, epoch in kept.items())
        world.come("poller-1", 3)
        await until(lambda: sum(h.wanted == "poller-1" for h in world.holdings) == shares["poller-1"])

    supervised(run)


def test_a_lease_that_is_missing_at_a_single_look_costs_nothing() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        world.come("poller-1", 2)
        await until(lambda: None not in world.shares())
        count, world.unseen = world.count, "poller-1"
        await looks(world, 10)
        assert world.unseen == ""
        assert world.count == count

    supervised(run)


def test_with_redis_away_nothing_changes_hands_and_a_server_that_forgot_is_not_believed() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        world.come("poller-1", 2)
        await until(lambda: None not in world.shares())
        count = world.count
        world.redis = False
        await looks(world, 20)
        assert supervisor.report()["supervisor_problem"]
        world.uptime, forgotten = timedelta(0), world.leases.pop("poller-1")
        world.redis = True
        await looks(world, 20)
        assert world.count == count
        world.leases["poller-1"], world.uptime = forgotten, LONG_UP
        await looks(world, 10)
        assert world.count == count
        assert supervisor.report()["supervisor_problem"] == ""

    supervised(run)


def test_with_the_database_away_nothing_changes_hands() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        world.come("poller-1", 2)
        await until(lambda: None not in world.shares())
        count, world.postgres = world.count, False
        del world.leases["poller-1"]
        await looks(world, 20)
        assert world.count == count
        world.postgres = True
        await until(lambda: set(world.shares()) == {"poller-0"})

    supervised(run)


def test_what_a_dead_poller_had_is_nobodys_and_told_under_its_name_until_that_lives_again() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        world.come("poller-1", 2)
        await until(lambda: supervisor.report()["partitions_unowned"] == 0)
        had = world.shares()["poller-1"]
        del world.leases["poller-1"]
        await until(lambda: supervisor.report()["partitions_unowned"] == had)
        assert told(supervisor) == {"poller-0": (True, PARTITIONS - had), "poller-1": (False, had)}
        world.come("poller-1", 3)
        await until(lambda: told(supervisor)["poller-1"] == (True, 0))
        assert supervisor.report()["partitions_unowned"] == had

    # What a server that has just come up does not know is nobody's proof: nothing is taken meanwhile.
    supervised(run, uptime=timedelta(0))


def test_a_poller_that_hangs_alone_is_ended() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        await until(lambda: None not in world.shares())
        world.leases.clear()
        await until(lambda: world.ended == ["poller-0"])

    supervised(run)


def test_a_successor_that_knows_nothing_finds_everything_as_it_is() -> None:
    async def run(world: World, supervisor: Supervisor) -> None:
        world.come("poller-0", 1)
        world.come("poller-1", 2)
        await until(lambda: None not in world.shares())
        count, successor = world.count, world.supervisor()
        task = asyncio.create_task(successor.run())
        await looks(world, 20)
        assert world.count == count
        await successor.drain(timedelta(seconds=1))
        await task

    supervised(run)
