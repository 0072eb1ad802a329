"""The journal of a push in PostgreSQL as its owner writes it; while the database is away the push stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from uuid import UUID

from db.pushjournal import Note
from fleet import changes
from fleet.changes import FINAL, Entry, Progress, PushState
from fleet.clock import Clock
from fleet.errors import Unavailable
from routeros.push.line import NotOurs

T = TypeVar("T")

AGAIN: Final = 1.0
"""Seconds until the database is asked again that was away."""


class Book(Protocol):
    """Where the journals are (``db.pushjournal.PushBook``); every method blocks."""

    def entries(self, push_id: UUID, epoch: int) -> Sequence[Entry] | None: ...
    def write(self, note: Note) -> bool: ...


@dataclass
class Record:
    """One push's journal under one owner's epoch. A newer owner shuts it: NotOurs."""

    book: Book
    push_id: UUID
    epoch: int
    clock: Clock
    written: int = 0
    why: str | None = None

    async def read(self) -> Sequence[Entry]:
        """Take the push over, and read what its former owners wrote."""
        entries = await self._ask(lambda: self.book.entries(self.push_id, self.epoch))
        if entries is None:
            raise gone()
        self.written = len(entries)
        return entries

    async def write(self, entry: Entry, now: Progress) -> None:
        """Append an entry; raises NotOurs where another owner has the push."""
        state = changes.state(now)
        well = state not in FINAL or state is PushState.COMMITTED
        code, error = (None, None) if well else (now.facts.get(name) for name in ("error_code", "error"))
        self.why = None if error is None else str(error)
        told = (state, None if code is None else str(code), self.why)
        note = Note(self.push_id, self.epoch, self.written, self.clock.now(), entry, *told)
        if not await self._ask(lambda: self.book.write(note)):
            raise gone()
        self.written += 1

    async def _ask(self, question: Callable[[], T]) -> T:
        """Ask the database, as often as it takes: nothing is done meanwhile, and the device's own nets hold."""
        while True:
            try:
                return await self.aside(question)
            except Unavailable:
                await asyncio.sleep(AGAIN)

    async def aside(self, question: Callable[[], T]) -> T:
        """Let a thread wait for the database."""
        return await asyncio.to_thread(question)


def gone() -> NotOurs:
    """Make the error of who is an owner no longer."""
    return NotOurs("Another process has this push now.", "It goes on by itself.")
