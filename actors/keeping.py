"""The keeper as an actor: the relay of the outbox, the timekeeper and the notifier, put together in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial

from actors.chore import Chore
from actors.guard import Guard
from actors.notifier import Notifier, Office
from actors.relay import Relay
from actors.remote import Remote, found
from actors.timekeeper import Timekeeper
from bus.connection import Bus
from bus.relaying import Courier
from db.engine import Stores
from db.vault import BrokenSecret, Vault
from fleet import logs, plugins
from fleet.identity import TenantId
from fleet.settings import Settings

CHORES = "actors.chores"

log = logs.get(__name__)


class KeeperActor(Remote):
    """A keeper; keepers need not know each other, for rows of the database say who has what."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(name, partial(keeper, name, state))


class Keeper:
    """Relay, timekeeper and notifier side by side; none waits for another."""

    def __init__(self, relay: Relay, timekeeper: Timekeeper, notifier: Notifier) -> None:
        self._relay = relay
        self._timekeeper = timekeeper
        self._notifier = notifier

    async def run(self) -> None:
        """Work until drained; an error of one that nobody foresaw ends all."""
        try:
            async with asyncio.TaskGroup() as all_of_them:
                all_of_them.create_task(self._relay.run())
                all_of_them.create_task(self._timekeeper.run())
                all_of_them.create_task(self._notifier.run())
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    async def drain(self, patience: timedelta) -> int:
        """Stop the timekeeper, then publish what its last chore and all others have left in the outbox.

        Tells how much of that is left. A chore that was not done in time is no loss: another keeper does it again.
        """
        if not await self._timekeeper.drain(patience):
            log.warning("a chore is left to another keeper")
        if not await self._notifier.drain(patience):
            log.warning("a notification is left to another keeper")
        return await self._relay.drain(patience)

    def report(self) -> dict[str, object]:
        """Tell what waits and what was done, and what is wrong."""
        problem = self._relay.problem or self._timekeeper.problem or self._notifier.problem
        told = {**self._relay.report(), **self._timekeeper.report(), **self._notifier.report()}
        return {**told, "keeper_problem": problem}


@asynccontextmanager
async def keeper(name: str, state: str) -> AsyncIterator[Keeper]:
    """Put a keeper together; it needs nothing but the settings to begin."""
    asked = found(name, state)
    chores, clock = plugins.discover(CHORES, Chore), asked.clock()
    async with Bus(asked.nats_url, name=name, token=asked.nats_token) as bus:
        with Stores.of(asked) as stores:
            timekeeper = Timekeeper(name, stores, chores, clock, settings=asked)
            notifier = Notifier(Office(stores, partial(_opened, asked), Guard.of(asked), asked.public_url), clock)
            yield Keeper(Relay(stores, Courier(bus), clock), timekeeper, notifier)


def _opened(asked: Settings, tenant_id: TenantId, sealed: Sequence[str]) -> list[bytes | BrokenSecret]:
    """Open secrets of a tenant; raises Unavailable where OpenBao is away."""
    with closing(Vault.of(asked)) as vault:
        return vault.open(tenant_id, sealed)
