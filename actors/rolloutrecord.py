"""A device's part in a rollout as its owner keeps it: a line is in the database before what it stands for is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol, TypeVar
from uuid import UUID

from db.rolloutjournal import Note, Taken, Written
from fleet.clock import Clock
from fleet.errors import Unavailable
from fleet.identity import DeviceId
from fleet.rollouts import Stage, Step, Told, Unit, unit
from fleet.rollouts.gates import Picture
from routeros.push.line import NotOurs

T = TypeVar("T")

AGAIN: Final = 1.0
"""Seconds until the database is asked again that was away."""


class Book(Protocol):
    """Where the journals are (``db.rolloutjournal.RolloutBook``); every method blocks."""

    def take(self, rollout_id: UUID, device_id: DeviceId, errand_id: UUID, epoch: int) -> Taken | None: ...
    def write(self, taken: Taken, seq: int, note: Note) -> Written: ...
    def lines(self, taken: Taken) -> list[tuple[Step, Stage, datetime, Mapping[str, object]]]: ...


@dataclass
class Record:
    """One step of one device under one owner's epoch. A newer owner shuts it: NotOurs.

    ``tell`` hears where the device stands as soon as that is written.
    """

    book: Book
    taken: Taken
    step: Step
    clock: Clock
    tell: Callable[[Unit, datetime], None] = lambda *_: None
    unit: Unit = field(init=False)
    before: Picture | None = field(init=False)
    written: int = field(init=False)

    def __post_init__(self) -> None:
        self.unit, self.before, self.written = self.taken.unit, self.taken.before, self.taken.entries

    async def enter(
        self,
        stage: Stage,
        detail: Mapping[str, object] | None = None,
        *,
        gate: bool = False,
        before: Picture | None = None,
    ) -> bool:
        """Write that a stage begins; False where a ``gate`` is shut: it has no return, and nothing may begin now."""
        at = self.clock.now()
        now = replace(unit.enter(self.unit, stage, at), since=at)
        if not await self._write(Note(at, self.step, now, None, detail or {}, before, gate)):
            return False
        self.before = before or self.before
        return True

    async def end(self, told: Told) -> None:
        """Write how the step ended; from then on the device is the rollout's again."""
        at = self.clock.now()
        said = {"reason": told.reason} if told.reason else {}
        gates = {"gates": dict(told.gates)} if told.gates else {}
        now = unit.end(self.unit, self.step, told, at)
        await self._write(Note(at, self.step, now, told.result, {**said, **gates}))

    async def begun(self, stage: Stage) -> tuple[datetime, Mapping[str, object]] | None:
        """Tell when the last line of a stage was written in this step, and its details; None where there is none."""
        lines = await ask(lambda: self.book.lines(self.taken))
        mine = (line[2:] for line in reversed(lines) if line[:2] == (self.step, stage))
        return next(mine, None)

    async def files(self) -> list[str]:
        """Tell by the journal which package files were brought last: they may lie there."""
        lines = await ask(lambda: self.book.lines(self.taken))
        named = (line[3]["files"] for line in reversed(lines) if line[1] is Stage.STAGING and "files" in line[3])
        found = next(named, [])
        return [str(name) for name in found] if isinstance(found, list) else []

    async def _write(self, note: Note) -> bool:
        found = await ask(lambda: self.book.write(self.taken, self.written, note))
        if found is Written.GONE:
            raise NotOurs("Another process has this device now.", "It goes on by itself.")
        if found is Written.HELD:
            return False
        self.unit, self.written = note.unit, self.written + 1
        self.tell(note.unit, note.at)
        return True


async def ask(question: Callable[[], T]) -> T:
    """Ask the database, as often as it takes: nothing is done meanwhile."""
    while True:
        try:
            return await asyncio.to_thread(question)
        except Unavailable:
            await asyncio.sleep(AGAIN)
