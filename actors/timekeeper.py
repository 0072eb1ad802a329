"""The timekeeper: does what is due again and again, each time by one keeper alone, and notes how it went."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta

from actors.chore import Chore, Occasion
from actors.rounds import Rounds
from db import schedules
from db.engine import Stores
from db.platform import platform_session
from db.schedules import Claim
from fleet import logs
from fleet.clock import Clock
from fleet.errors import FleetError
from fleet.operations import Outcome
from fleet.settings import Settings

LOOK_EVERY = 1.0

HOLD = timedelta(minutes=10)
"""How long a claim lasts, in real time, and so how long a chore may take."""

log = logs.get(__name__)


class Timekeeper:
    """Does one chore after the other until drained. Several may work on the same schedules.

    What a keeper left undone is taken by another once its claim has run out, and what the first says afterwards is
    refused by its epoch.
    """

    def __init__(
        self,
        name: str,
        stores: Stores,
        chores: Iterable[Chore],
        clock: Clock,
        hold: timedelta = HOLD,
        settings: Settings | None = None,
    ) -> None:
        self._name = name
        self._settings = settings or Settings()
        self._stores = stores
        self._chores: Mapping[str, Chore] = {chore.kind: chore for chore in chores}
        self._clock = clock
        self._hold = hold
        self._rounds = Rounds("timekeeper", LOOK_EVERY)
        self._ready = False
        self._done = 0
        self._failed = 0

    @property
    def problem(self) -> str:
        """What keeps chores waiting; empty while nothing does."""
        return self._rounds.problem

    async def run(self) -> None:
        """Look every second for what is due, until drained."""
        await self._rounds.run(self.turn)

    async def drain(self, patience: timedelta) -> bool:
        """Finish the chore under way and stop; False where it is left to whoever takes its claim."""
        return await self._rounds.stop(patience)

    def report(self) -> dict[str, object]:
        """Tell how many chores were done, and how many went wrong."""
        return {"chores_done": self._done, "chores_failed": self._failed}

    async def turn(self) -> bool:
        """Do one chore that is due; False where none is. Raises Unavailable where the database is away."""
        if not self._ready:
            await asyncio.to_thread(self._ensure)
            self._ready = True
        held = await asyncio.to_thread(self._claim)
        if held is None:
            return False
        error = await self._do(self._chores[held.kind], held)
        if not await asyncio.to_thread(self._settle, held, error):
            log.warning("another has taken over what took so long", kind=held.kind, epoch=held.epoch)
        elif error is None:
            self._done += 1
        else:
            self._failed += 1
            log.warning("a chore was not done", kind=held.kind, reason=error)
        return True

    async def _do(self, chore: Chore, held: Claim) -> str | None:
        """Run a chore in a thread while its claim lasts; returns what went wrong, None where nothing did."""
        occasion = Occasion(self._stores, self._clock.now(), held.tenant_id, self._settings, self._is_ending)
        try:
            async with asyncio.timeout(self._hold.total_seconds()) as deadline:
                await asyncio.to_thread(chore.run, occasion)
        except FleetError as error:
            return str(error)
        except Exception as error:
            if deadline.expired():
                return f"It took longer than {self._hold}."
            log.exception("a chore failed", kind=chore.kind)
            return f"{type(error).__name__}: {error}"
        return None

    def _is_ending(self) -> bool:
        return self._rounds.ending

    def _ensure(self) -> None:
        with platform_session(self._stores, "the timekeeper makes its schedules") as session:
            for chore in self._chores.values():
                schedules.ensure(session, chore.kind, chore.every, self._clock.now())

    def _claim(self) -> Claim | None:
        now = self._clock.now()
        # The clock may run faster than the wall's, a claim does not.
        until = now + self._hold / self._clock.real(timedelta(seconds=1))
        with platform_session(self._stores, "the timekeeper looks for what is due") as session:
            return schedules.claim(session, self._name, self._chores, now, until)

    def _settle(self, held: Claim, error: str | None) -> bool:
        outcome = Outcome.DONE if error is None else Outcome.FAILED
        with platform_session(self._stores, "the timekeeper notes how it went") as session:
            return schedules.settle(session, held, outcome, error, self._clock.now())
