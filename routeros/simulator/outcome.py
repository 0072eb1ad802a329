"""What a command comes to: rows, a returned value, a refusal, or rows that go on until they are cancelled."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias, TypeVar

Row: TypeAlias = dict[str, str]

T = TypeVar("T")
Steps: TypeAlias = Generator[timedelta, None, T]
"""What is done a step at a time, each telling how long to wait after it, and what it comes to in the end."""

MISSING, ARGUMENT, INTERRUPTED = 0, 1, 2
"""Categories of a trap; most failures bear none."""


class Refused(Exception):
    """A command that is answered with ``!trap``."""

    def __init__(self, message: str, category: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.category = category


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished answer: ``!re`` for each row, then ``!done``, which may return a value.

    ``listing`` says that having no rows is worth a word of its own (``!empty``).
    """

    rows: Sequence[Row] = ()
    returned: str | None = None
    listing: bool = False


@dataclass(frozen=True, slots=True)
class Repeated:
    """A row again and again, every ``interval`` seconds: ``count`` times, until it is ``over`` or cancelled."""

    rows: Callable[[], Sequence[Row]]
    interval: float
    count: int | None = None
    over: Callable[[], bool] = bool


@dataclass(frozen=True, slots=True)
class Watched:
    """A row whenever one changes in the stored table of this name, until it is cancelled; ``show`` makes it whole.

    ``first`` are told at once.
    """

    store: str
    show: Callable[[Row], Sequence[Row]]
    first: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Lasting:
    """An answer that takes time, as an import does; the steps may raise Refused."""

    steps: Steps[Reply]


Outcome: TypeAlias = Reply | Repeated | Watched | Lasting
