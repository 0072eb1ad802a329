"""What a collector is: the commands it asks, and a pure function from their replies to samples and facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from fleet.families import Cycle, Family, Sample
from fleet.inventory import Kind, Stock
from routeros.values import DIGITS, integer, text
from routeros.words import Command, Row

T = TypeVar("T")
Replies: TypeAlias = Sequence[list[Row] | None]
"""The rows of each command in the collector's order; None where the device has no such menu, or was not asked."""

MOST_PROBLEMS = 16
MOST_FURTHER = 64
"""How many commands may follow from what a device told."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. ``problems`` names each value that made no sense and was left out, for a person to see.

    ``stock`` is all that the device has of the collector's kind; None where that could not be read.
    """

    samples: tuple[Sample, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    stock: Stock | None = None


@dataclass(frozen=True, slots=True)
class Collector:
    """One subject of a device; ``family`` is None where nothing is measured, ``kind`` where nothing is counted up.

    ``read`` never raises for what a device says: what makes no sense becomes a problem of the reading. It is given
    the replies of ``commands``, then those of ``seldom`` (asked with the slow collectors only, None in between), then
    those of what ``then`` made of the replies before: commands with names that only the device knows, at most
    MOST_FURTHER.

    ``idle`` tells of the replies that there is nothing to watch. Until a device has told otherwise once, a fast
    collector of it rests between the slow polls, and costs it nothing.

    A command without bounds of its own has those of the collector: ``rows`` of a reply, and ``seconds`` until it is
    given up (0: as long as a poll may take). What is beyond them is a fault of this collector alone.

    A device that refuses what a ``lenient`` collector asks is no worse for it.
    """

    name: str
    cycle: Cycle
    commands: tuple[Command, ...]
    family: Family | None
    read: Callable[[Replies], Reading]
    seldom: tuple[Command, ...] = ()
    then: Callable[[Replies], Iterable[Command]] | None = None
    idle: Callable[[Replies], bool] | None = None
    rows: int = 5000
    seconds: float = 0.0
    kind: Kind | None = None
    lenient: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "commands", tuple(map(self._bounded, self.commands)))
        object.__setattr__(self, "seldom", tuple(map(self._bounded, self.seldom)))

    def further(self, replies: Replies) -> tuple[Command, ...]:
        """Tell what else to ask, by the replies of ``commands`` and ``seldom``."""
        if self.then is None:
            return ()
        return tuple([self._bounded(command) for command in self.then(replies)][:MOST_FURTHER])

    def _bounded(self, command: Command) -> Command:
        rows, seconds = command.rows or self.rows, command.seconds or self.seconds
        if (rows, seconds) == (command.rows, command.seconds):
            return command
        return replace(command, rows=rows, seconds=seconds)


@dataclass(slots=True)
class Notes:
    """Reads properties as the collector declares them, and keeps what made no sense."""

    problems: list[str] = field(default_factory=list)

    def value(self, row: Row, name: str, parse: Callable[[str], T]) -> T | None:
        """Read a property; None where it is absent, empty, or nonsense, which is noted."""
        raw = row.get(name)
        if not raw:
            return None
        try:
            return parse(raw)
        except ValueError as error:
            self.add(f"{name}: {error}")
            return None

    def each(self, row: Row, names: Mapping[str, str], parse: Callable[[str], T]) -> dict[str, T | None]:
        """Read the properties named by the values of ``names``, as ``value`` does."""
        return {name: self.value(row, key, parse) for name, key in names.items()}

    def counts(self, row: Row, names: Mapping[str, str]) -> dict[str, int | None]:
        """Read whole numbers, as ``each`` does; these are most of what is read, so plain digits take no detour."""
        found: dict[str, int | None] = {}
        for name, key in names.items():
            raw = row.get(key)
            if raw and raw.isdigit() and raw.isascii() and len(raw) <= DIGITS:
                found[name] = int(raw)
            else:
                found[name] = self.value(row, key, integer)
        return found

    def facts(self, row: Row, names: Mapping[str, str]) -> dict[str, str]:
        """Take the properties named by the values of ``names`` as facts; absent ones are left out."""
        return {fact: text(row[name]) for fact, name in names.items() if row.get(name)}

    def samples(self, found: Iterable[Sample]) -> tuple[Sample, ...]:
        """Keep one sample for each labels, the first; a second one is noted."""
        kept: dict[tuple[str, ...], Sample] = {}
        for sample in found:
            if kept.setdefault(sample.labels, sample) is not sample:
                self.add(f"two rows for {', '.join(sample.labels)!r}")
        return tuple(kept.values())

    def add(self, problem: str) -> None:
        """Note a problem; those beyond the first sixteen are not kept."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(text(problem))


def first(rows: list[Row] | None) -> Row:
    """The row of a menu that has one row; empty where there is none."""
    return rows[0] if rows else {}
