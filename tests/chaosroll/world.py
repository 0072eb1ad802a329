"""One run: a rollout goes through sixty routers while its job and the owners of its devices are lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final
from unittest.mock import patch

from actors import restarting
from actors.errands import firmware
from db.engine import Stores
from db.rolloutjournal import Note, RolloutBook, Taken, Written
from fleet.errors import Conflict
from fleet.rollouts import RolloutState
from fleet.rollouts.states import ENDED
from routeros.simulator.parts.boot import Boot
from routeros.simulator.router import Router
from routeros.simulator.simulation import Options, Simulation, serve
from tests.chaosroll import ground, points
from tests.chaosroll.fleet import SIZE, TARGET, WELL, Mishap, personas
from tests.chaosroll.ground import Planned
from tests.chaosroll.job import Job
from tests.chaosroll.judge import Case, Seen, Verdict, judged
from tests.chaosroll.owners import Ground, Owner
from tests.chaosroll.points import NOWHERE, Blow, Points
from tests.chaosroll.shelf import Shelf
from tests.fixtures.configs import Safe
from tests.fixtures.patient import LoopClock

TURN: Final = 60.0
HEIR: Final = 30.0
RESUBMIT: Final = 10.0
LONGEST: Final = timedelta(hours=24)
"""Between two turns of the job at the most, until lost owners have an heir, until a lost job is submitted again, and
after what time a rollout is given up that has not ended."""

EVERY: Final = timedelta(seconds=45)
"""How often it is looked whether a device is back: less often than in earnest, for the time that it costs."""

SHARES: Final = 2
"""How many owners the devices have."""


class Dropped(BaseException):
    """The process that writes is gone in this moment."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A run that is to be made; with ``abort`` a person aborts it after so long."""

    mishaps: Mapping[int, Mishap]
    points: Points = NOWHERE
    strategy: str = "everything"
    abort: timedelta | None = None
    seed: int = 1
    old: int = 1


@dataclass
class World:
    """What goes on in a run."""

    wish: Wish
    planned: Planned
    simulation: Simulation
    ground: Ground
    loop: asyncio.AbstractEventLoop
    owners: list[Owner] = field(default_factory=list)
    job: Job | None = None
    jobs: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    struck: list[Blow] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    counting: Lock = field(default_factory=Lock)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    heirs: set[asyncio.Task[None]] = field(default_factory=set)

    def now(self) -> datetime:
        return self.ground.clock.now()

    def verdict(self, state: RolloutState) -> Verdict:
        """Judge what came of it."""
        wish, routers = self.wish, {place: _seen(self.simulation, place) for place in range(SIZE)}
        case = Case(TARGET, wish.mishaps, self.planned.standings(), routers, wish.abort is not None)
        found = judged(case, state)
        found.lost = self.lost + Counter({"jobs": self.jobs - 1})
        found.known = sorted((name, count) for name, count in self.seen.items() if name)
        found.entries, found.struck = self.seen[""], [str(one) for one in self.struck]
        found.seconds = self.loop.time()
        return found

    async def go(self) -> RolloutState:
        """Go through the rollout until it is over, or has taken too long."""
        for share in range(SHARES):
            await self._settle([one for one in self.planned.devices if one.partition % SHARES == share])
        begun = self.now()
        person = asyncio.create_task(self._person(begun))
        try:
            while self.now() < begun + LONGEST:
                if await self._turned():
                    break
                for owner in self.owners:
                    owner.wake()
                await self._rest()
        finally:
            person.cancel()
            for heir in self.heirs:
                heir.cancel()
            await asyncio.gather(person, *self.heirs, return_exceptions=True)
            for owner in self.owners:
                await owner.end()
            if self.job is not None:
                await asyncio.to_thread(self.job.close)
        return self.planned.row().state

    async def _turned(self) -> bool:
        """Let the job do a turn, or submit it again; tells whether it is over."""
        if self.job is None or self.job.dead:
            if self.job is not None:
                await asyncio.to_thread(self.job.close)
                await asyncio.sleep(RESUBMIT)
            deaths, number = self.wish.points.deaths, self.jobs
            self.jobs += 1
            death = deaths[number] if number < len(deaths) else None
            urls, rollout_id = self.ground.stores._urls, self.planned.rollout_id
            self.job = await asyncio.to_thread(Job, urls, rollout_id, self.now(), death)
        else:
            await asyncio.to_thread(self.job.turn, self.now())
        if self.job.dead and not self.job.ended:
            # Between its commit and its last word a job may be lost when nothing is left to do.
            return (await asyncio.to_thread(self.planned.row)).state in ENDED
        return bool(self.job.ended)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TURN):
                await self.news.wait()
        self.news.clear()
        # What ends in the same moment is seen in the same turn.
        await asyncio.sleep(1)

    async def _settle(self, devices: Sequence[Any]) -> Owner:
        owner = Owner(self.ground, devices)
        await asyncio.to_thread(owner.seize)
        self.owners.append(owner)
        owner.begin()
        return owner

    async def _person(self, begun: datetime) -> None:
        """Look every few minutes, go on where it paused, and abort it where that is wished."""
        while True:
            await asyncio.sleep(120)
            row = await asyncio.to_thread(self.planned.row)
            with suppress(Conflict):
                if self.wish.abort and self.now() >= begun + self.wish.abort:
                    if row.state in (RolloutState.RUNNING, RolloutState.PAUSED):
                        await asyncio.to_thread(self.planned.abort, self.now())
                elif row.state is RolloutState.PAUSED:
                    await asyncio.to_thread(self.planned.resume, self.now())

    def written(self, taken: Taken, write: Any, note: Note) -> Written:
        """Write an entry; somebody may be lost before it or after. Runs in a thread."""
        due = self._due(points.edge(note))
        gone = [self._strike(one, taken) for one in due if one.before]
        if any(gone):
            raise Dropped
        found: Written = write()
        gone = [self._strike(one, taken) for one in due if not one.before]
        self.loop.call_soon_threadsafe(self.news.set)
        if any(gone):
            raise Dropped
        return found

    def _due(self, edge: str) -> list[Blow]:
        """Count an entry, and tell the blows that are due at it: each falls once, whoever writes beside."""
        with self.counting:
            self.seen[""] += 1
            self.seen[edge] += 1
            left = [one for one in self.wish.points.blows if one not in self.struck and one.edge in ("", edge)]
            due = [one for one in left if self.seen[one.edge] >= one.turn]
            self.struck += due
        return due

    def _strike(self, blow: Blow, taken: Taken) -> bool:
        """Lose somebody; tells whether it is the one who writes."""
        self.lost[blow.who] += 1
        if blow.who in (points.JOB, points.BOTH) and self.job is not None:
            self.job.kill()
        if blow.who == points.JOB:
            return False
        place = self.planned.place(taken.unit.device_id)
        owner = self._owner(self.planned.devices[place].partition % SHARES)
        if owner is None or owner.lost:
            return False
        sleeps = blow.who == points.SLEEPER
        owner.lost = True
        self.loop.call_soon_threadsafe(self._inherit, owner, sleeps)
        return not sleeps

    def _owner(self, share: int) -> Owner | None:
        mine = [one for one in self.owners if one.devices[0].partition % SHARES == share]
        return mine[-1] if mine else None

    def _inherit(self, owner: Owner, sleeps: bool) -> None:
        """Have the devices of one who is lost taken over after a while; who sleeps goes on until then and longer."""
        owner.doze()
        if not sleeps:
            owner.drop()

        async def inherited() -> None:
            await asyncio.sleep(HEIR)
            await self._settle(owner.devices)
            await asyncio.sleep(HEIR)
            owner.drop()

        self.heirs.add(asyncio.create_task(inherited()))


@dataclass(frozen=True, slots=True)
class Book(RolloutBook):
    """Journals whose writers may be lost at an entry."""

    def write(self, taken: Taken, seq: int, note: Note) -> Written:
        return _here(taken).written(taken, lambda: RolloutBook.write(self, taken, seq, note), note)


_WORLDS: dict[Any, World] = {}


def _here(taken: Taken) -> World:
    return _WORLDS[taken.rollout_id]


@contextmanager
def watched(world: World) -> Iterator[None]:
    """Have the journals of a rollout's owners watched."""
    _WORLDS[world.planned.rollout_id] = world
    with patch.object(firmware, "RolloutBook", Book), patch.object(restarting, "EVERY", EVERY):
        yield
    del _WORLDS[world.planned.rollout_id]


@asynccontextmanager
async def opened(shelf: Shelf, wish: Wish) -> AsyncIterator[World]:
    """Serve the routers and start the rollout."""
    loop = asyncio.get_running_loop()
    clock = LoopClock(loop)
    with Stores(shelf.urls) as stores:
        asked = Options(SIZE, seed=wish.seed, personas=personas(wish.old), clock=clock, steady=True)
        async with serve(asked) as simulation:
            for place in range(SIZE):
                wish.mishaps.get(place, WELL).strike(_router(simulation, place))
            planned = await asyncio.to_thread(
                ground.started, stores, simulation, wish.mishaps, wish.strategy, clock.now()
            )
            known = {one.id: one for one in planned.devices}
            stand = Ground(stores, clock, Path(shelf.mirror), Safe(), known)
            world = World(wish, planned, simulation, stand, loop)
            with watched(world):
                yield world


def _router(simulation: Simulation, place: int) -> Router:
    found = simulation.router(place)
    assert found is not None
    return found


def _seen(simulation: Simulation, place: int) -> Seen:
    router = _router(simulation, place)
    boot, board = router.part(Boot), bool(router.model.persona.board.model)
    told = boot.told()
    return Seen(told["runs"], told["boot"], board, told["files"], list(boot.restarts))
