"""Facts of the inventory: which property of a row tells which, so that a kind is a list of them and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from fleet.families import Cycle
from fleet.inventory import MOST, Fact, Field, Kind, Shape, Stock
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row


@dataclass(frozen=True, slots=True)
class Told:
    """A fact and the property that tells it: the first of ``names`` that a row has."""

    field: Field
    names: tuple[str, ...]
    parse: Callable[[str], Fact]


def word(name: str, about: str, *names: str, volatile: bool = False) -> Told:
    """Declare a text; without ``names`` the property is called as the fact is."""
    return _told(Field(name, about, volatile=volatile), names, values.text)


def flag(name: str, about: str, *names: str) -> Told:
    """Declare what is so or not."""
    return _told(Field(name, about, Shape.FLAG), names, values.boolean)


def count(name: str, about: str, *names: str) -> Told:
    """Declare a whole number."""
    return _told(Field(name, about, Shape.NUMBER), names, values.integer)


def size(name: str, about: str, *names: str) -> Told:
    """Declare a number of bytes."""
    return _told(Field(name, about, Shape.NUMBER), names, values.size)


def _told(field: Field, names: tuple[str, ...], parse: Callable[[str], Fact]) -> Told:
    return Told(field, names or (field.name.replace("_", "-"),), parse)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A kind with the facts that are read for it."""

    kind: Kind
    told: tuple[Told, ...]

    @property
    def properties(self) -> tuple[str, ...]:
        """The properties to ask for."""
        return tuple(dict.fromkeys(name for told in self.told for name in told.names))

    def facts(self, notes: Notes, row: Row) -> dict[str, Fact | None]:
        """Read one row; what it does not tell is absent, nonsense is noted and None."""
        found: dict[str, Fact | None] = {}
        for told in self.told:
            for name in told.names:
                if row.get(name):
                    found[told.field.name] = notes.value(row, name, told.parse)
                    break
        return found

    def items(self, rows: Iterable[Row]) -> Reading:
        """Read an item from each row."""
        notes = Notes()
        stock = self.kind.stock([self.facts(notes, row) for row in rows])
        return Reading(stock=stock, problems=tuple(notes.problems))

    def one(self, replies: Replies) -> Reading:
        """Read the one item of menus that have one row each. A device that lacks them all has none."""
        if all(rows is None for rows in replies):
            return Reading(stock=Stock())
        row: dict[str, str] = {}
        for rows in replies:
            row |= rows[0] if rows else {}
        if not row:
            return Reading()
        return self.items([row])

    def collector(
        self, commands: Sequence[Command], read: Callable[[Replies], Reading], cycle: Cycle = Cycle.SLOW
    ) -> Collector:
        """Make the collector of the kind; it bears the kind's name behind what tells it from those that measure."""
        return Collector(f"inventory.{self.kind.name}", cycle, tuple(commands), None, read, kind=self.kind)


def sheet(name: str, title: str, told: Sequence[Told], key: Sequence[str] = (), most: int = MOST) -> Sheet:
    """Declare a kind by the facts that are told of it."""
    return Sheet(Kind(name, title, tuple(one.field for one in told), tuple(key), most), tuple(told))


def rows_of(replies: Replies) -> list[Row]:
    """The rows of all commands, one after the other."""
    return [row for rows in replies for row in rows or []]


def is_session(row: Mapping[str, str], name: str) -> bool:
    """Tell whether a row belongs to an interface that comes and goes with a client: ``<pppoe-ann>``."""
    return row.get(name, "").startswith("<")
