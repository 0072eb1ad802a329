"""What is to be there after a change: keyed marks of the rows that it touches, so that no value is written down.

The device itself says how it writes what it was given: right after the last operation its rows are read by the
session that made them, and a fresh connection has to find the same.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, TypeAlias

from routeros.errors import RouterOSError
from routeros.export.normal import ORDERED
from routeros.plan.operation import Operation
from routeros.push.line import Line
from routeros.words import Command, Row

LENGTH: Final = 16
MOST: Final = 20_000
"""Rows of a menu that are looked at."""

UNSTEADY: Final = {"/system/clock": ("time", "date"), "/system/scheduler": ("next-run", "run-count")}

Names: TypeAlias = Mapping[str, tuple[str, ...]]
"""The properties that matter, by menu."""

Told: TypeAlias = dict[str, list[Row]]
"""Rows by menu."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be there, by menu: the mark of all rows, and those that must be there, and must not, at least.

    The second is for devices that somebody else changed meanwhile.
    """

    whole: Mapping[str, str] = field(default_factory=dict)
    there: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gone: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def written(self) -> dict[str, object]:
        """Write it for the journal."""
        return {"whole": dict(self.whole), "there": _plain(self.there), "gone": _plain(self.gone)}

    @classmethod
    def read(cls, written: Mapping[str, object]) -> Expected:
        """Read what ``written`` wrote."""
        whole, there, gone = (_mapping(written.get(name)) for name in ("whole", "there", "gone"))
        return cls({menu: str(mark) for menu, mark in whole.items()}, _tuples(there), _tuples(gone))


def _plain(marks: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {menu: list(told) for menu, told in marks.items()}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _tuples(value: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    return {menu: tuple(map(str, told)) for menu, told in value.items() if isinstance(told, list)}


def names(operations: Iterable[Operation]) -> Names:
    """Tell which properties of which menus a change is about."""
    found: dict[str, set[str]] = {}
    for operation in operations:
        rows = (row.by for row in (operation.row, operation.before) if row)
        told = chain(operation.values, operation.names, *rows)
        unsteady = UNSTEADY.get(operation.menu, ())
        found.setdefault(operation.menu, set()).update(name for name in told if name not in unsteady)
    return {menu: tuple(sorted(told)) for menu, told in sorted(found.items())}


async def read(line: Line, wanted: Names) -> Told:
    """Read the rows of menus, those that the device made itself left out. Raises RouterOSError."""
    commands = [
        Command(f"{menu}/print", (".id", "dynamic", *properties), rows=MOST) for menu, properties in wanted.items()
    ]
    told: Told = {}
    for menu, reply in zip(wanted, await line.several(*commands), strict=True):
        if isinstance(reply, RouterOSError):
            raise reply
        told[menu] = [row for row in reply if row.get("dynamic") != "true"]
    return told


@dataclass(frozen=True, slots=True)
class Marker:
    """Makes marks under the key of one change: equal rows have equal marks, and nobody reads a value from one."""

    key: bytes = field(repr=False)
    names: Names

    def expected(self, before: Told, after: Told, touched: Collection[tuple[str, str]]) -> Expected:
        """Tell what is to be there, from the rows before and after and the ids of those that were written."""
        whole, there, gone = {}, {}, {}
        for menu, rows in after.items():
            now = [self._row(menu, row) for row in rows]
            whole[menu] = self._mark([menu, *now])
            mine = [mark for row, mark in zip(rows, now, strict=True) if (menu, row.get(".id", "")) in touched]
            there[menu] = tuple(mine) if any(row.get(".id") for row in rows) else tuple(now)
            former = (self._row(menu, row) for row in before.get(menu, ()))
            gone[menu] = tuple(mark for mark in dict.fromkeys(former) if mark not in now)
        return Expected(whole, there, gone)

    def holds(self, expected: Expected, told: Told) -> bool:
        """Tell whether what is to be there is there."""
        return all(self._holds(menu, expected, told.get(menu, [])) for menu in expected.whole)

    def _holds(self, menu: str, expected: Expected, rows: Sequence[Row]) -> bool:
        now = [self._row(menu, row) for row in rows]
        if self._mark([menu, *now]) == expected.whole[menu]:
            return True
        there = expected.there.get(menu, ())
        if set(expected.gone.get(menu, ())) & set(now):
            return False
        return _follow(there, now) if menu in ORDERED else not Counter(there) - Counter(now)

    def _row(self, menu: str, row: Row) -> str:
        return self._mark([[name, row[name]] for name in self.names.get(menu, ()) if name in row])

    def _mark(self, told: object) -> str:
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        return hmac.new(self.key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:LENGTH]


def _follow(there: Sequence[str], now: Sequence[str]) -> bool:
    """Tell whether marks are there in their order, whatever stands between them."""
    rest = iter(now)
    return all(mark in rest for mark in there)
