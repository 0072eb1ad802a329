"""The alerter: judges what devices tell by their tenants' rules, and stores what follows before it acknowledges."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

from actors.rounds import Rounds
from bus.consumer import Progress, consume
from bus.delivery import Source
from fleet.alerts.deeds import Deed
from fleet.alerts.engine import Engine
from fleet.clock import Clock
from fleet.errors import FleetError
from fleet.events import Received

LOOK_EVERY: Final = 5.0
SURVEY_EVERY: Final = timedelta(seconds=20)
"""How soon another rule, device or window counts."""

LATE: Final = timedelta(seconds=10)
"""How long words may be on their way: time is let pass no further than that before now."""


class Store(Protocol):
    """What is needed of ``actors.alerting.Shelf``; each call raises Unavailable while the database is away."""

    async def begun(self, now: datetime) -> Engine:
        """Make an engine that goes on from what is stored."""
        ...

    async def survey(self, engine: Engine, now: datetime) -> Sequence[Deed]:
        """Tell an engine how rules, devices and windows are now."""
        ...

    async def do(self, deeds: Sequence[Deed], now: datetime) -> int:
        """Store deeds in one transaction, with the events that tell of them; returns how many do."""
        ...


class Alerter:
    """Consumes until drained. What could not be stored is forgotten, and judged again from what is stored."""

    def __init__(self, source: Source, store: Store, clock: Clock) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._rounds = Rounds("alerter", LOOK_EVERY)
        self._stop, self._ended = asyncio.Event(), asyncio.Event()
        self._turn = asyncio.Lock()
        self._engine: Engine | None = None
        self._surveyed: datetime | None = None
        self._told = 0
        self.progress = Progress()

    async def run(self) -> None:
        """Judge what comes, and let time pass, until drained."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(consume(self._source, self.judge, self._stop, self.progress))
                both.create_task(self._rounds.run(self._look))
        except ExceptionGroup as group:
            raise group.exceptions[0] from group
        finally:
            self._ended.set()

    async def judge(self, received: Sequence[Received]) -> None:
        """Judge a batch and store what follows; raises Unavailable while that cannot be."""
        async with self._turn:
            engine = await self._ready()
            await self._do(engine.hear(one.event for one in received))

    async def look(self) -> None:
        """Let time pass; it stands still while much that was said is not judged yet."""
        async with self._turn:
            engine, now = await self._ready(), self._clock.now()
            if await self._source.lag() <= self._source.durable.batch:
                await self._do(engine.look(now - LATE))

    async def drain(self, patience: timedelta) -> int:
        """Stop; what is not judged yet is left to the next alerter."""
        self._stop.set()
        await self._rounds.stop(patience)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                await self._ended.wait()
        return 0

    def report(self) -> dict[str, object]:
        """Tell what was judged and told, and what is wrong."""
        return {
            "events": self.progress.events,
            "alerts_told": self._told,
            "alerts_watched": 0 if self._engine is None else sum(map(len, self._engine.entries.values())),
            "dead": self.progress.dead,
            "bus_problem": self._source.problem,
            "store_problem": self.progress.held or self._rounds.problem,
        }

    async def _look(self) -> bool:
        await self.look()
        return False

    async def _ready(self) -> Engine:
        """Begin where nothing is remembered, and look around where that was long ago."""
        now = self._clock.now()
        if self._engine is None:
            self._engine, self._surveyed = await self._store.begun(now), None
        if self._surveyed is None or now - self._surveyed >= SURVEY_EVERY:
            engine, self._surveyed = self._engine, now
            try:
                await self._do(await self._store.survey(engine, now))
            except FleetError:
                self._surveyed = None
                raise
        return self._engine

    async def _do(self, deeds: Iterable[Deed]) -> None:
        """Store deeds; where that fails, the engine is ahead of the store and is made anew."""
        wanted = list(deeds)
        if not wanted:
            return
        stored = False
        try:
            self._told += await self._store.do(wanted, self._clock.now())
            stored = True
        finally:
            if not stored:
                self._engine = None
