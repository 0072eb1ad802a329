"""One run: a push whose owner is dropped at one entry of its journal, and what the device and the record say then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from actors.pushground import Order
from actors.pushing import News, Push
from actors.pushrecord import Book, Record
from db.pushjournal import Note
from fleet.changes import Entry, Progress, PushState
from fleet.clock import Clock
from fleet.vantage import ALONE, View
from routeros.backup.files import Fetch
from routeros.client import Client
from routeros.plan import commands
from routeros.plan.path import Path
from tests.chaospush.arena import Place

T = TypeVar("T")
KEY = b"k" * 32
PUSH = UUID(int=7)


class Dropped(BaseException):
    """The process that pushes is gone in this moment."""


@dataclass
class Paper:
    """Journals in memory, by the rules of those in PostgreSQL (``db.pushjournal.PushBook``)."""

    notes: list[Note] = field(default_factory=list)
    epoch: int = 0

    def entries(self, _: UUID, epoch: int) -> Sequence[Entry] | None:
        if epoch < self.epoch:
            return None
        self.epoch = epoch
        return [note.entry for note in self.notes]

    def write(self, note: Note) -> bool:
        if note.epoch != self.epoch or note.seq != len(self.notes):
            return False
        self.notes.append(note)
        return True


@dataclass
class Copy(Record):
    """The journal as one owner has it, who is dropped at the entry ``at``, before it is written or after.

    ``at`` counts the entries of the whole journal from 0 on.
    """

    gone: Callable[[], None] = print
    at: int | None = None
    before: bool = True

    async def write(self, entry: Entry, now: Progress) -> None:
        due = self.written == self.at
        if due and self.before:
            self.drop()
        await super().write(entry, now)
        if due:
            self.drop()

    async def aside(self, question: Callable[[], T]) -> T:
        """Ask at once: on a clock that leaps nobody waits for a thread."""
        return question()

    def drop(self) -> None:
        """Be gone: no clean-up, every socket aborted."""
        self.gone()
        raise Dropped


@dataclass
class Stand:
    """What a push stands on, in a run."""

    place: Place

    @property
    def clock(self) -> Clock:
        return self.place.clock

    @property
    def fetch(self) -> Fetch:
        return self.place.fetch

    @property
    def path(self) -> Path:
        return Path("", self.place.endpoint.address, 8728, "api", self.place.login.username)

    async def connect(self) -> Client:
        return await self.place.connect()

    async def elsewhere(self, poller: str | None) -> View:
        return self.place.views.pop(0) if self.place.views else ALONE

    async def keep(self, before: bytes) -> None:
        self.place.kept = before

    async def kept(self) -> bytes | None:
        return self.place.kept

    def may(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Change:
    """A class of change: what is said, whether it may cut the path, and whether it does."""

    name: str
    text: str
    setup: str = ""
    risky: bool = False
    cuts: bool = False


def order(change: Change, override: str | None = None, push_id: UUID = PUSH) -> Order:
    """Make the order of a change."""
    return Order(push_id, commands.read(change.text), KEY, change.risky, override)


@dataclass
class Owner:
    """An owner of the router: its epoch, its journals, and where in one of them it is lost, if at all."""

    place: Place
    book: Book
    epoch: int = 1
    at: int | None = None
    before: bool = True
    news: list[News] = field(default_factory=list)

    async def push(self, made: Order) -> PushState | None:
        """Go on with a push; None where the owner was lost."""

        def tell(news: News) -> None:
            self.news.append(news)

        copy = Copy(self.book, made.change_id, self.epoch, self.place.clock)
        copy.gone, copy.at, copy.before = self.place.abort, self.at, self.before
        try:
            return await Push(made, Stand(self.place), copy, tell).run()
        except Dropped:
            return None
