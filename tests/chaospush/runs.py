"""One run: a push whose owner is dropped at one entry of its journal, and what the device and the record say then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from actors.pushground import Order
from actors.pushing import Push
from fleet.changes import Entry, Progress, PushState, state
from fleet.clock import Clock
from routeros.backup.files import Fetch
from routeros.client import Client
from routeros.plan import commands
from routeros.plan.path import Path
from routeros.push.line import NotOurs
from tests.chaospush.arena import Place

KEY = b"k" * 32


class Dropped(BaseException):
    """The process that pushes is gone in this moment."""


@dataclass
class Paper:
    """A journal in memory that outlives its owners; ``epoch`` is the newest one's."""

    entries: list[Entry] = field(default_factory=list)
    states: list[PushState] = field(default_factory=list)
    epoch: int = 0


@dataclass
class Copy:
    """The journal as one owner has it. It is dropped at the entry ``at``, before it is written or after.

    ``at`` counts the entries of the whole journal from 0 on.
    """

    paper: Paper
    epoch: int
    place: Place
    at: int | None = None
    before: bool = True

    async def read(self) -> Sequence[Entry]:
        self.paper.epoch = self.epoch
        return list(self.paper.entries)

    async def write(self, entry: Entry, now: Progress) -> None:
        if self.epoch < self.paper.epoch:
            raise NotOurs("another owner", "")
        due = self.at is not None and len(self.paper.entries) == self.at
        if due and self.before:
            self.drop()
        self.paper.entries.append(entry)
        self.paper.states.append(state(now))
        if due:
            self.drop()

    def drop(self) -> None:
        """Be gone: no clean-up, every socket aborted."""
        self.place.abort()
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


def order(change: Change, override: str | None = None) -> Order:
    """Make the order of a change."""
    return Order(UUID(int=7), commands.read(change.text), KEY, change.risky, override)


async def push(
    place: Place, made: Order, paper: Paper, at: int | None = None, *, before: bool = True
) -> PushState | None:
    """Push as a new owner; None where it was dropped."""

    def tell(state: PushState, error: str | None) -> None:
        pass

    copy = Copy(paper, paper.epoch + 1, place, at, before)
    try:
        return await Push(made, Stand(place), copy, tell).run()
    except Dropped:
        return None
