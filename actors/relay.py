"""The relay: what was committed to the outbox goes into the stream, at least once, under the same id each time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from actors.rounds import Rounds
from bus.relaying import Receipt
from db import outbox
from db.engine import Stores
from db.platform import platform_session
from fleet.clock import Clock
from fleet.errors import FleetError, Unavailable
from fleet.letter import Letter

LOOK_EVERY = 0.5
"""Seconds between two looks: whoever waits for an event hears it within five."""

BATCH = 100
LEFT_EVERY = 0.05
WHY = "the relay publishes what was committed"


class Carrier(Protocol):
    """What is needed of ``bus.relaying.Courier``."""

    async def ready(self) -> None: ...

    async def send(self, letters: Sequence[Letter]) -> Receipt: ...


class Relay:
    """Publishes until drained. Letters are held by the transaction that marks them: several relays share the work.

    One that ends between the publishing and the mark leaves letters that are published again under the same ids.
    """

    def __init__(self, stores: Stores, carrier: Carrier, clock: Clock) -> None:
        self._stores = stores
        self._carrier = carrier
        self._clock = clock
        self._rounds = Rounds("relay", LOOK_EVERY)
        self._waiting: int | None = None
        self._published = 0

    @property
    def problem(self) -> str:
        """What keeps letters waiting; empty while nothing does."""
        return self._rounds.problem

    async def run(self) -> None:
        """Look for letters twice a second until drained; while a store is away they wait."""
        await self._rounds.run(self._more)

    async def drain(self, patience: timedelta) -> int:
        """Publish what waits, then stop; tells how many letters are left to whoever comes next."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                while await self._left():
                    await asyncio.sleep(LEFT_EVERY)
        await self._rounds.stop(patience)
        return self._waiting or 0

    def report(self) -> dict[str, object]:
        """Tell how many letters wait, and how many went out."""
        return {"outbox_waiting": self._waiting, "outbox_published": self._published}

    async def turn(self) -> int:
        """Publish one batch and tell how many letters it had; raises Unavailable where a store is away."""
        self._waiting = await asyncio.to_thread(self._count)
        if not self._waiting:
            return 0
        await self._carrier.ready()
        receipt = await asyncio.to_thread(self._hand_over, asyncio.get_running_loop())
        self._published += len(receipt.accepted)
        self._waiting -= len(receipt.accepted)
        if receipt.problem:
            raise Unavailable(f"The stream did not take an event: {receipt.problem}.", "It is tried again.")
        return len(receipt.accepted)

    async def _more(self) -> bool:
        """Publish a batch; tells whether there may be more at once."""
        return await self.turn() == BATCH

    async def _left(self) -> bool:
        """Tell whether letters wait; while the database is away nobody can say."""
        try:
            self._waiting = await asyncio.to_thread(self._count)
        except FleetError:
            return True
        return self._waiting > 0

    def _count(self) -> int:
        with platform_session(self._stores, WHY) as session:
            return outbox.backlog(session).waiting

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> Receipt:
        """Claim, publish and mark in one transaction, in a thread; the publishing itself is done on the loop."""
        with platform_session(self._stores, WHY) as session:
            letters = outbox.claim(session, BATCH)
            if not letters:
                return Receipt(())
            receipt = asyncio.run_coroutine_threadsafe(self._carrier.send(letters), loop).result()
            outbox.mark(session, receipt.accepted, self._clock.now())
        return receipt
