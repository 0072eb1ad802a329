"""The keeper as an actor: the relay of the outbox and the timekeeper, put together in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from actors.chore import Chore
from actors.relay import Relay
from actors.remote import Remote, found
from actors.timekeeper import Timekeeper
from bus.connection import Bus
from bus.relaying import Courier
from db.engine import Stores
from fleet import logs, plugins

CHORES = "actors.chores"

log = logs.get(__name__)


class KeeperActor(Remote):
    """A keeper; keepers need not know each other, for rows of the database say who has what."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(name, partial(keeper, name, state))


class Keeper:
    """Relay and timekeeper side by side; neither waits for the other."""

    def __init__(self, relay: Relay, timekeeper: Timekeeper) -> None:
        self._relay = relay
        self._timekeeper = timekeeper

    async def run(self) -> None:
        """Work until drained; an error of one that nobody foresaw ends both."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._relay.run())
                both.create_task(self._timekeeper.run())
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    async def drain(self, patience: timedelta) -> int:
        """Stop the timekeeper, then publish what its last chore and all others have left in the outbox.

        Tells how much of that is left. A chore that was not done in time is no loss: another keeper does it again.
        """
        if not await self._timekeeper.drain(patience):
            log.warning("a chore is left to another keeper")
        return await self._relay.drain(patience)

    def report(self) -> dict[str, object]:
        """Tell what waits and what was done, and what is wrong."""
        problem = self._relay.problem or self._timekeeper.problem
        return {**self._relay.report(), **self._timekeeper.report(), "keeper_problem": problem}


@asynccontextmanager
async def keeper(name: str, state: str) -> AsyncIterator[Keeper]:
    """Put a keeper together; it needs nothing but the settings to begin."""
    asked = found(name, state)
    chores, clock = plugins.discover(CHORES, Chore), asked.clock()
    async with Bus(asked.nats_url, name=name, token=asked.nats_token) as bus:
        with Stores.of(asked) as stores:
            timekeeper = Timekeeper(name, stores, chores, clock, settings=asked)
            yield Keeper(Relay(stores, Courier(bus), clock), timekeeper)
