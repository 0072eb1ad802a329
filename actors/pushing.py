"""One push of a change: each step is written to the journal, done, and written again with what was seen of it.

What comes next is decided by ``fleet.changes`` from the journal alone, so a new owner goes on where the last one was
lost: it reads the journal, looks at the device, and only then acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from actors.pushdeeds import Deeds
from actors.pushground import INTERRUPTED, Ground, Order
from fleet import changes, course, logs
from fleet.changes import Entry, Progress, PushState, Step

log = logs.get(__name__)

MOST_TOLD: Final = 10
"""Of the operations of one push so many are told, or a few more."""


class Journal(Protocol):
    """The journal of one change. What is written stays, and is refused (NotOurs) to an owner of before."""

    async def read(self) -> Sequence[Entry]: ...
    async def write(self, entry: Entry, now: Progress) -> None: ...


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell of a push: a step that begins, or (``turned``) another state; ``error`` says why."""

    state: PushState
    turned: bool
    step: Step
    number: int = 0
    error: str | None = None


class Hearer(Protocol):
    """Who hears of each step of a push, and where it stands."""

    def __call__(self, news: News) -> None: ...


@dataclass(frozen=True, slots=True)
class Push:
    """One push. ``run`` goes through it to its end; whoever is cancelled in it leaves the rest to the next owner."""

    order: Order
    ground: Ground
    journal: Journal
    tell: Hearer

    async def run(self) -> PushState:
        """Go on with the push until it has ended, and tell how.

        Raises NotOurs where another owner has it now. Raises FleetError where the device could not be reached before
        anything was begun: then nothing was done, and it may be tried later.
        """
        entries = await self.journal.read()
        progress = changes.fold(entries, len(self.order.operations))
        deeds = Deeds(self.order, self.ground)
        try:
            step = course.resume(progress)
            if step is Step.WATCH:
                progress = changes.note(progress, Entry(Step.WATCH, None, 0, INTERRUPTED))
            while step is not Step.END:
                progress = await self._take(deeds, progress, step)
                step = course.advance(progress)
        finally:
            await deeds.close()
        if progress.last is not Step.END:
            progress = await self._write(progress, Entry(Step.END))
        return changes.outcome(progress)

    async def _take(self, deeds: Deeds, progress: Progress, step: Step) -> Progress:
        await deeds.ready(step)
        number = progress.applied + 1 if step is Step.APPLY else 0
        progress = await self._write(progress, Entry(step, None, number, deeds.announced(step, progress)))
        found = await deeds.do(step, progress)
        return await self._write(progress, Entry(step, found.seen, number, found.detail))

    async def _write(self, progress: Progress, entry: Entry) -> Progress:
        now = changes.note(progress, entry)
        state = changes.state(now)
        await self.journal.write(entry, now)
        turned = state is not changes.state(progress) or entry.step is Step.END
        if turned:
            error = now.facts.get("error")
            log.info("a push", state=state, step=entry.step, change=str(self.order.change_id), error=error)
            self.tell(News(state, True, entry.step, entry.number, None if error is None else str(error)))
        elif entry.seen is None and _worth(entry, now):
            self.tell(News(state, False, entry.step, entry.number))
        return now


def _worth(entry: Entry, now: Progress) -> bool:
    """Tell whether a step that begins is told: of many operations some are enough."""
    every = max(1, now.total // MOST_TOLD)
    return entry.step is not Step.APPLY or entry.number % every == 0
