"""What there is to run, in pieces for processes of their own, and what all of them came to."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Any, Final

import structlog

from db.engine import Stores
from tests.chaospush.arena import FLASH, PLAIN, Board
from tests.chaospush.killing import killed
from tests.chaospush.matrix import BOARDS, QUICK_BOARDS, Tally, befall, befalling, rows
from tests.chaospush.shelf import Shelf
from tests.chaospush.slow import slowly

BEFALLEN: Final = (Board(PLAIN, "7.21.4"), Board(FLASH, "7.18.2"), Board(PLAIN, "7.16.2"), Board(FLASH, "7.12.1"))
SLICES: Final = 3
"""Each row is run in so many slices: its first crash point and each third one behind it, and so on."""

SURE: Final = 2
"""So many slices are run however long it takes; what is left is run while there is time."""

KILLERS: Final = 2
"""So many owners are killed side by side; mostly they wait for a device."""

GOOD_PARTS: Final = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """How much is to be run: ``until`` is when no more is begun that need not be, by the monotonic clock."""

    boards: Sequence[Board] = BOARDS
    befallen: Sequence[Board] = BEFALLEN
    every: int = SLICES
    good: int = 500
    kills: int = 50
    until: float = float("inf")

    @classmethod
    def quick(cls) -> Asked:
        """Ask for a slice of everything."""
        return cls(QUICK_BOARDS, QUICK_BOARDS[:2], 12, good=20, kills=2, until=0.0)


@dataclass
class Told:
    """What everything came to: crash points, owners that were killed, faults, and good pushes with slow devices."""

    dropped: Tally = field(default_factory=Tally)
    killed: Tally = field(default_factory=Tally)
    befallen: Tally = field(default_factory=Tally)
    faults: list[dict[str, object]] = field(default_factory=list)
    good: Counter[str] = field(default_factory=Counter)
    left_out: int = 0


def everything(kept: Shelf, asked: Asked, processes: int) -> Told:
    """Run all that is asked for in so many processes, and some more in which owners are killed."""
    told, text, spawn = Told(), kept.written(), get_context("spawn")
    with spawn.Pool(processes) as pool, spawn.Pool(KILLERS) as killers:
        kills = [killers.apply_async(_kills, (text, asked.kills, (part, KILLERS))) for part in range(KILLERS)]
        faults = [pool.apply_async(_faults, (text, board)) for board in asked.befallen]
        good = [pool.apply_async(_good, (asked.good, part)) for part in range(GOOD_PARTS)]
        shares = [pool.apply_async(_share, (text, asked, share)) for share in _shares(asked)]
        for fault in faults:
            tally, lines = fault.get()
            told.befallen.add(tally)
            told.faults += lines
        for ends in good:
            told.good += ends.get()
        for share in shares:
            tally = share.get()
            told.left_out += tally is None
            told.dropped.add(tally or Tally())
        for kill in kills:
            told.killed.add(kill.get())
    return told


def _shares(asked: Asked) -> Iterator[tuple[int, int]]:
    """Tell the rows, each with the number of a slice: what is sure to be run comes first."""
    count = len(rows(_no_books, asked.boards))
    for number in range(SLICES if asked.every == SLICES else 1):
        for row in range(count):
            yield row, number


def _no_books() -> Any:
    raise AssertionError("a row that is only counted asks for no journal")


def quiet() -> None:
    """Let nothing be logged: two thousand pushes say too much."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@contextmanager
def journals(kept: str) -> Iterator[Any]:
    """Open the database in this process; yields what makes journals."""
    shelf = Shelf.read(kept)
    with Stores(shelf.urls) as stores:
        yield partial(shelf.book, stores)


def _share(kept: str, asked: Asked, share: tuple[int, int]) -> Tally | None:
    """Make one slice of a row; None where there is no time for it."""
    place, number = share
    if number >= SURE and time.monotonic() > asked.until:
        return None
    quiet()
    with journals(kept) as books:
        every = asked.every
        return rows(books, asked.boards)[place].go(every, number if every == SLICES else place)


def _faults(kept: str, board: Board) -> tuple[Tally, list[dict[str, object]]]:
    """Let everything befall a board."""
    quiet()
    tally, told = Tally(), []
    with journals(kept) as books:
        for _, fault in befalling([board]):
            verdict = befall(board, fault, books)
            wrong = verdict.untrue or verdict.lost or verdict.state not in fault.ends
            if wrong:
                tally.wrong.append(f"{board}, {fault.name}: {verdict}")
            told.append({"board": str(board), "fault": fault.name, "state": verdict.state.value, "true": not wrong})
    return tally, told


def _good(runs: int, part: int) -> Counter[str]:
    """Make a part of the good pushes."""
    quiet()
    return slowly(runs, (part, GOOD_PARTS))


def _kills(kept: str, runs: int, part: tuple[int, int]) -> Tally:
    """Kill one part of so many owners."""
    quiet()
    return killed(Shelf.read(kept), range(part[0], runs, part[1]))
