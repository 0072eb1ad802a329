"""One step of a change of a configuration: what is done to which row of which menu."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from routeros.export import lexer
from routeros.export.secrets import masked

BY_NUMBER: Final = frozenset(
    {
        "/interface/ethernet/switch",
        "/interface/ethernet/switch/port",
        "/port",
        "/special-login",
        "/system/console",
        "/system/leds",
        "/system/logging",
        "/system/logging/action",
    }
)
"""The menus whose rows an export names by their place, as ``set 0``."""

NAMED: Final = frozenset({"name", "default-name", "default"})
"""Properties that no two rows of a menu share."""

_SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z", re.ASCII)


class Verb(StrEnum):
    """What is done to a row."""

    ADD = "add"
    SET = "set"
    UNSET = "unset"
    REMOVE = "remove"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Row:
    """Which row of a menu is meant, without its ``.id``, which is another one on every device.

    ``by`` are properties that it must have, as the console writes them: ``{"name": "bridge1"}``; it may have others.
    ``nth`` counts among the rows that have them, in the order of the menu; rows that the device made itself (dynamic
    ones) do not count. Without properties it is the one record of a menu such as ``/system/identity``, elsewhere the
    row at that place. ``only``: a person named it so, and to the console that means all such rows: it is refused
    where there are several.
    """

    by: Mapping[str, str] = field(default_factory=dict)
    nth: int = 0
    only: bool = field(default=False, compare=False)

    def find(self, menu: str) -> str:
        """Write it as the console finds it, and no other row with it; nothing for the one record of a menu."""
        return self._written(self.by, menu, exact=self.nth > 0 or not self.by.keys() & NAMED)

    def shown(self, menu: str) -> str:
        """Write it with secrets masked."""
        by = {name: masked(menu, name, value) for name, value in self.by.items()}
        return self._written(by, menu, exact=self.nth > 0)

    def _written(self, by: Mapping[str, str], menu: str, *, exact: bool) -> str:
        if not by:
            return str(self.nth) if self.nth or menu in BY_NUMBER else ""
        found = " ".join(["find", *(f"{name}={_compared(value)}" for name, value in by.items())])
        return f"[:pick [{found}] {self.nth}]" if exact else f"[{found}]"


def _compared(value: str) -> str:
    """Write a value for a comparison, where signs are operators: bare if it is a word, else in quotes."""
    written = lexer.quote(value)
    return written if written.startswith('"') or _SAFE.match(value) else f'"{value}"'


@dataclass(frozen=True, slots=True)
class Operation:
    """One step. ``values`` may hold secrets: show the step by ``shown``.

    ``names`` are the properties that UNSET takes away, and SET in the same step as it sets others: a rule must never
    be half of what it was and half of what it will be. To the API that is a ``set`` with ``=!name=``. ``before`` is
    the row in front of which ADD and MOVE put theirs, None for the end.
    """

    verb: Verb
    menu: str
    row: Row | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    names: tuple[str, ...] = ()
    before: Row | None = None

    def shown(self) -> str:
        """Write it as one line of the console for a person, with secrets masked."""
        values = {name: masked(self.menu, name, value) for name, value in self.values.items()}
        row = self.row.shown(self.menu) if self.row else ""
        return _line(self, row, values, self.before.shown(self.menu) if self.before else "")

    def line(self) -> str:
        """Write it as one line of the console, in full, as ``/import`` takes it."""
        row = self.row.find(self.menu) if self.row else ""
        return _line(self, row, self.values, self.before.find(self.menu) if self.before else "")


def _line(operation: Operation, row: str, values: Mapping[str, str], before: str) -> str:
    words = [operation.menu.replace("/", " ").replace(" ", "/", 1)]
    return " ".join(filter(None, [*words, *_words(operation, row, values, before)]))


def _words(operation: Operation, row: str, values: Mapping[str, str], before: str) -> Iterator[str]:
    """Tell the words behind the menu."""
    verb = operation.verb
    yield "set" if verb is Verb.UNSET else verb.value
    yield row
    for name, value in values.items():
        yield f"{name}={lexer.quote(value)}"
    for name in operation.names:
        yield f"!{name}"
    if before and verb is Verb.ADD:
        yield f"place-before={before}"
    if before and verb is Verb.MOVE:
        yield f"destination={before}"
