"""What a run comes to: whether the device holds what the record says, now and a while later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from actors.pushground import Order
from actors.pushrecord import Book
from fleet.changes import PushState
from fleet.errors import FleetError
from routeros.simulator.console import Shell
from routeros.simulator.menu import nothing
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.runs import Run as Script
from routeros.simulator.parts.safemode import SafeMode
from routeros.simulator.parts.scheduler import STORE
from routeros.simulator.router import Router
from tests.chaospush.arena import Board, Place, place
from tests.chaospush.runs import PUSH, Change, Owner, order

LATER = timedelta(minutes=15)
"""So long after its end a push is looked at again: no timer of it may be left."""

TRUE = {
    PushState.COMMITTED: "after",
    PushState.REVERTED: "before",
    PushState.FAILED: "before",
}


@dataclass
class Verdict:
    """How a run ended: what the device holds (``before``, ``after`` or ``between``) and what the record says."""

    state: PushState
    holds: str
    later: str
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0
    owners: int = 1
    entries: int = 0
    lost: bool = False

    @property
    def between(self) -> bool:
        return "between" in (self.holds, self.later)

    @property
    def untrue(self) -> bool:
        """Whether the record says what is not so, now or later; that nobody knows is no untruth."""
        wanted = TRUE.get(self.state)
        if wanted is None:
            return False
        return {self.holds, self.later} - {wanted, "both"} != set() or bool(self.left)

    @property
    def false_revert(self) -> bool:
        return self.state is PushState.REVERTED and self.holds not in ("before", "both")


async def prepared(at: Place, change: Change) -> str:
    """Do what a change needs to be there before, and tell the configuration."""
    if change.setup:
        Script(at.router, Shell(at.router, None).play(change.setup), lambda _: None)
        await asyncio.sleep(1)
    return at.text()


async def after(board: Board, change: Change) -> str:
    """Tell what a device holds when a change was made to it undisturbed."""
    async with place(board) as at:
        await prepared(at, change)
        Script(at.router, Shell(at.router, None).play(change.text), lambda _: None)
        await asyncio.sleep(1)
        return at.text()


Hurt = Callable[[Place], Awaitable[None]]
"""What befalls a router while a push goes on."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is to be made: where its owners are lost (the entry, and whether before it), and what befalls it."""

    board: Board
    change: Change
    wanted: str
    drops: Sequence[tuple[int, bool]] = ()
    hurt: Hurt | None = None

    async def go(self, book: Book, push_id: UUID = PUSH) -> Verdict:
        """Push until it has ended, with a new owner after each that is lost, and judge."""
        async with place(self.board) as at:
            before = await prepared(at, self.change)
            made = order(self.change, at.router.model.identity if self.change.cuts else None, push_id)
            harm = asyncio.create_task(self.hurt(at)) if self.hurt else None
            began = asyncio.get_running_loop().time()
            state, owners = await self._owners(at, book, made)
            seconds = asyncio.get_running_loop().time() - began
            if harm:
                await harm
            holds, left = named(at.text(), before, self.wanted), leavings(at.router)
            await asyncio.sleep(LATER.total_seconds())
            later = named(at.text(), before, self.wanted)
            entries = len(book.entries(push_id, owners) or ())
            return Verdict(state, holds, later, left, seconds, owners, entries, not await _reached(at))

    async def _owners(self, at: Place, book: Book, made: Order) -> tuple[PushState, int]:
        for epoch, (entry, before) in enumerate(self.drops, 1):
            if (state := await Owner(at, book, epoch, entry, before).push(made)) is not None:
                return state, epoch
        state = await Owner(at, book, len(self.drops) + 1).push(made)
        assert state is not None
        return state, len(self.drops) + 1


async def _reached(at: Place) -> bool:
    try:
        session = await at.connect()
    except FleetError:
        return False
    await session.close()
    return True


def named(text: str, before: str, wanted: str) -> str:
    """Tell which configuration a text is."""
    if text == before == wanted:
        return "both"
    return "before" if text == before else "after" if text == wanted else "between"


def leavings(router: Router) -> list[str]:
    """Tell what of a push is left on the device."""
    files = [name for name in router.part(Files).names() if "flotilla-" in name]
    timers = [row["name"] for row in router.table(STORE, nothing) if row["name"].startswith("flotilla-")]
    held = ["safe mode"] if router.part(SafeMode).holder is not None else []
    return files + timers + held
