"""All runs that there are: boards, changes, and every entry of a journal, before it is written and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from uuid import UUID

from actors.pushrecord import Book
from fleet.changes import PushState
from tests.chaospush.arena import FLASH, OLD, PLAIN, Board, leap
from tests.chaospush.changes import CHANGES
from tests.chaospush.faults import FAULTS, Fault
from tests.chaospush.judge import Run, Verdict, after
from tests.chaospush.runs import PUSH, Change, Paper

BOARDS: Final = (
    *(Board(PLAIN, version) for version in ("7.12.1", "7.16.2", "7.18.2", "7.21.4")),
    *(Board(FLASH, version) for version in ("7.12.1", "7.16.2", "7.18.2", "7.21.4")),
    Board(OLD, "6.49.18"),
    Board("rb951", "6.49.18"),
    *(Board(PLAIN, "7.21.4", mode) for mode in ("home", "basic", "advanced")),
)
"""Versions, with a directory for flash and without, and the modes that a device may be in."""


QUICK_BOARDS: Final = (Board(PLAIN, "7.21.4"), Board(FLASH, "7.12.1"), Board(OLD, "6.49.18"))

Books: TypeAlias = Callable[[], tuple[Book, UUID]]
"""Makes a journal for a run, and the push that it is of."""


def in_memory() -> tuple[Book, UUID]:
    """Make a journal that nobody else sees."""
    return Paper(), PUSH


@dataclass
class Tally:
    """What all runs came to."""

    runs: int = 0
    between: int = 0
    false_reverts: int = 0
    lost_devices: int = 0
    untrue_records: int = 0
    reverted_good_pushes: int = 0
    longest_lock_out: float = 0.0
    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def count(self, told: str, change: Change, verdict: Verdict, *, dropped: bool = True) -> None:
        """Count a run."""
        self.runs += 1
        self.ends[verdict.state.value] += 1
        bad = [verdict.between, verdict.false_revert, verdict.lost, verdict.untrue]
        self.between += bad[0]
        self.false_reverts += bad[1]
        self.lost_devices += bad[2]
        self.untrue_records += bad[3]
        if not dropped and not change.cuts and verdict.state is PushState.REVERTED:
            self.reverted_good_pushes += 1
        if change.cuts:
            self.longest_lock_out = max(self.longest_lock_out, verdict.seconds)
        if any(bad):
            self.wrong.append(f"{told}: {verdict}")

    def add(self, other: Tally) -> None:
        """Take another tally in."""
        for name in ("runs", "between", "false_reverts", "lost_devices", "untrue_records", "reverted_good_pushes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest_lock_out = max(self.longest_lock_out, other.longest_lock_out)
        self.ends += other.ends
        self.wrong += other.wrong


@dataclass(frozen=True, slots=True)
class Row:
    """A board and a change: the run that nobody disturbs, and those in which an owner is lost at an entry."""

    board: Board
    change: Change
    books: Books = in_memory

    def go(self, every: int = 1, offset: int = 0) -> Tally:
        """Run one of ``every``, with the first what nobody disturbs, too; each third one loses a second owner."""
        tally = Tally()
        wanted = leap(lambda: after(self.board, self.change))
        clean = leap(lambda: Run(self.board, self.change, wanted).go(*self.books()))
        if offset % every == 0:
            tally.count(f"{self}", self.change, clean, dropped=False)
        for place, drops in enumerate(self._drops(clean.entries)):
            if place % every == offset % every:
                run = Run(self.board, self.change, wanted, drops)
                tally.count(f"{self} {drops}", self.change, self._made(run))
        return tally

    def _made(self, run: Run) -> Verdict:
        return leap(lambda: run.go(*self.books()))

    def _drops(self, entries: int) -> Iterator[list[tuple[int, bool]]]:
        for entry in range(entries):
            for before in (True, False):
                twice = [(entry + 2, not before)] if (entry + before) % 3 == 0 else []
                yield [(entry, before), *twice]

    def __str__(self) -> str:
        return f"{self.board} {self.change.name}"


def rows(books: Books, boards: Iterable[Board] = BOARDS) -> list[Row]:
    """List all boards with all changes."""
    return [Row(board, change, books) for board in boards for change in CHANGES.values()]


def befall(board: Board, fault: Fault, books: Books = in_memory) -> Verdict:
    """Push while something befalls the router."""
    wanted = leap(lambda: after(board, fault.change))
    return leap(lambda: Run(board, fault.change, wanted, hurt=fault.hurt).go(*books()))


def befalling(boards: Iterable[Board]) -> Iterator[tuple[Board, Fault]]:
    """List what may befall which board."""
    for board in boards:
        for fault in FAULTS:
            if fault.needs(board.version):
                yield board, fault
