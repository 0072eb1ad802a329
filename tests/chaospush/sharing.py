"""Parts of all runs, for processes of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import structlog

from db.engine import Stores
from tests.chaospush.arena import FLASH, PLAIN, Board
from tests.chaospush.matrix import Tally, befall, befalling, rows
from tests.chaospush.shelf import Shelf

BEFALLEN = (Board(PLAIN, "7.21.4"), Board(FLASH, "7.18.2"), Board(PLAIN, "7.16.2"), Board(FLASH, "7.12.1"))


def quiet() -> None:
    """Let nothing be logged: two thousand pushes say too much."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@contextmanager
def journals(kept: Shelf) -> Iterator[Any]:
    """Open the database in this process; yields what makes journals."""
    with Stores(kept.urls) as stores:
        yield partial(kept.book, stores)


def share(kept: str, part: tuple[int, int], every: int, boards: Sequence[Board]) -> Tally:
    """Make one part (the first number) of so many (the second) of all runs on some boards."""
    quiet()
    tally = Tally()
    with journals(Shelf.read(kept)) as books:
        for place, row in enumerate(rows(books, boards)):
            if place % part[1] == part[0]:
                tally.add(row.go(every, offset=place))
    return tally


def faults(kept: str, boards: Sequence[Board]) -> tuple[Tally, list[dict[str, object]]]:
    """Let everything befall the boards."""
    quiet()
    tally, told = Tally(), []
    with journals(Shelf.read(kept)) as books:
        for board, fault in befalling(boards):
            verdict = befall(board, fault, books)
            wrong = verdict.untrue or verdict.lost or verdict.state not in fault.ends
            if wrong:
                tally.wrong.append(f"{board}, {fault.name}: {verdict}")
            told.append({"board": str(board), "fault": fault.name, "state": verdict.state.value, "true": not wrong})
    return tally, told
