"""One command under way: who waits for its reply and until when, and what a reply may cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from routeros.errors import RouterOSError
from routeros.words import Bounds, Command, Row

Reply: TypeAlias = list[Row] | RouterOSError
"""The rows of a command, or why it failed while the connection lives on: Trap, TimedOut or TooManyRows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one device may cost: rows in a reply, bytes of commands that were asked together, bounds of a sentence."""

    rows: int = 20_000
    bytes: int = 64 * 1024 * 1024
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(slots=True, eq=False)
class Exchange:
    """One command and its reply so far; ``settle`` is called once, with the reply or the failure.

    ``collects`` is False where rows are not kept for the reply; ``overdue`` is True where the reply is late.
    ``most`` rows are kept, by the command or by the connection, whichever allows fewer.
    """

    command: Command
    seconds: float
    settle: Callable[[Reply], None]
    rows: list[Row] = field(default_factory=list)
    traps: Sequence[Row] = ()
    deadline: float = 0.0
    begun: int = 0
    most: int = 0
    collects: bool = True
    given_up: bool = False
    overdue: bool = False


@dataclass(slots=True, eq=False)
class Flow(Exchange):
    """A command whose rows are told as they come: ``take`` gets each, and tells whether it can bear more of them.

    ``seconds`` is how long the device may be silent.
    """

    take: Callable[[Row], bool] = lambda _: True
    collects: bool = False
