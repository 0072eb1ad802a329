"""How the console prints rows: as a table, in detail, as a block for a menu of one row, or as a value."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from routeros.simulator.console.values import Value, typed
from routeros.simulator.outcome import Row

FLAGS: Final[Mapping[str, str]] = {
    "disabled": "X",
    "invalid": "I",
    "dynamic": "D",
    "running": "R",
    "slave": "S",
    "active": "A",
    "inactive": "I",
    "connect": "C",
    "bound": "B",
    "master": "M",
    "default": "*",
    "static": "s",
    "authorized": "A",
    "connection": "c",
}
"""The letters of properties that are flags in front of a row."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "/interface": ("name", "type", "actual-mtu", "l2mtu", "max-l2mtu", "mac-address"),
    "/interface/ethernet": ("name", "mtu", "mac-address", "arp"),
    "/ip/address": ("address", "network", "interface"),
    "/ip/route": ("dst-address", "gateway", "distance"),
    "/ip/service": ("name", "port", "address", "certificate"),
    "/user": ("name", "group", "address", "last-logged-in"),
    "/file": ("name", "type", "size", "creation-time", "last-modified"),
    "/log": ("time", "topics", "message"),
    "/system/package": ("name", "version", "scheduled"),
    "/system/scheduler": ("name", "start-date", "start-time", "interval", "on-event", "run-count"),
}
"""What a table shows of a menu; of the others the first properties."""

WIDTH: Final = 80
MOST_COLUMNS: Final = 6
_QUOTED: Final = frozenset(
    {"name", "default-name", "comment", "type", "contents", "ssid", "source", "on-event", "topics"}
)
_MEMORY: Final = frozenset({"free-memory", "total-memory", "free-hdd-space", "total-hdd-space"})
_UNITS: Final[Mapping[str, str]] = {"cpu-load": "%", "cpu-frequency": "MHz", "bad-blocks": "%", "tx-ccq": "%"}


@dataclass(frozen=True, slots=True)
class Listing:
    """One ``print``: of which menu, on which major version, with which words (``detail``, ``terse``)."""

    menu: str
    single: bool
    major: int
    words: frozenset[str]

    def write(self, rows: Sequence[Row], proplist: str = "") -> str:
        """Write the rows as text."""
        if self.single:
            return "".join(block(row) for row in rows)
        listed = [name for name in proplist.split(",") if name]
        if listed:
            rows = [{name: row[name] for name in (".id", "comment", *FLAGS, *listed) if name in row} for row in rows]
        if "terse" in self.words:
            return "".join(self._terse(place, row) for place, row in enumerate(rows))
        if "value-list" in self.words:
            return "".join(block(row) for row in rows)
        if "detail" in self.words:
            return self._legend(rows) + "".join(self._detail(place, row) for place, row in enumerate(rows))
        return self._table(rows, listed) if rows else ""

    def _flags(self, rows: Sequence[Row]) -> list[str]:
        """Tell the flags that the rows may have, in their order."""
        return [name for name in FLAGS if any(name in row for row in rows)]

    def _legend(self, rows: Sequence[Row]) -> str:
        names = self._flags(rows)
        if self.major >= 7 and "detail" not in self.words:
            names = [name for name in names if any(row.get(name) == "true" for row in rows)]
            told = "; ".join(f"{FLAGS[name]} - {name.upper()}" for name in names)
        else:
            told = ("; " if self.major >= 7 else ", ").join(f"{FLAGS[name]} - {name}" for name in names)
        return f"Flags: {told} \n" if told else ""

    def _marks(self, row: Row, names: Sequence[str]) -> str:
        return "".join(FLAGS[name] if row.get(name) == "true" else " " * (self.major < 7) for name in names)

    def _table(self, rows: Sequence[Row], listed: Sequence[str]) -> str:
        columns = self._columns(rows, listed)
        legend, flags = self._legend(rows), self._flags(rows)
        marks = [self._marks(row, flags) for row in rows]
        wide = max(len(mark) for mark in marks)
        number = max(len(str(len(rows) - 1)), 1)
        cells = [[shown(name, row.get(name, "")) for name in columns] for row in rows]
        sizes = [max(len(name), *(len(row[n]) for row in cells)) for n, name in enumerate(columns)]
        heads = "  ".join(name.upper().ljust(size) for name, size in zip(columns, sizes, strict=True))
        lines = [f"Columns: {', '.join(name.upper() for name in columns)}\n"] if self.major >= 7 else []
        lines.append(f"{'#'.ljust(number)} {' ' * wide}{' ' * bool(wide)}{heads}\n")
        for place, (row, mark, told) in enumerate(zip(rows, marks, cells, strict=True)):
            if row.get("comment"):
                lines.append(f";;; {row['comment']}\n")
            line = "  ".join(cell.ljust(size) for cell, size in zip(told, sizes, strict=True))
            lines.append(f"{str(place).rjust(number)} {mark.ljust(wide)}{' ' * bool(wide)}{line}\n")
        return legend + "".join(lines)

    def _columns(self, rows: Sequence[Row], listed: Sequence[str]) -> list[str]:
        if listed:
            return list(listed)
        there = list(dict.fromkeys(name for row in rows for name in row))
        known = [name for name in COLUMNS.get(self.menu, ()) if name in there]
        plain = [name for name in there if name not in FLAGS and name not in (".id", "comment")]
        return known or plain[:MOST_COLUMNS]

    def _detail(self, place: int, row: Row) -> str:
        names = [name for name in row if name not in FLAGS and name not in (".id", "comment")]
        told = [f"{name}={_said(name, shown(name, row[name]))}" for name in names]
        flags = self._marks(row, self._flags([row])).rstrip()
        head = f"{place:2} {flags:3} "
        comment = f";;; {row['comment']}\n       " if row.get("comment") else ""
        lines = textwrap.wrap(
            " ".join(told), WIDTH - 7, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
        )
        return head + comment + " \n       ".join(lines) + " \n\n"

    def _terse(self, place: int, row: Row) -> str:
        flags = self._marks(row, self._flags([row])).strip()
        told = [f"{name}={shown(name, value)}" for name, value in row.items() if name not in FLAGS and name != ".id"]
        return f"{place} {flags} {' '.join(told)} \n" if flags else f"{place}   {' '.join(told)} \n"


def block(row: Row) -> str:
    """Write one row with a line for each property, the names flush right."""
    wide = max((len(name) for name in row), default=0) + 2
    return "".join(f"{name.rjust(wide)}: {shown(name, value)}\n" for name, value in row.items() if name != ".id")


def sampled(rows: Sequence[Row]) -> str:
    """Write what a command tells that is no menu: a block for each row, a blank line between them."""
    return "\n".join(block(row) for row in rows)


def shown(name: str, value: str) -> str:
    """Write a value as the console does: with units, and yes for true."""
    if value in ("true", "false"):
        return "yes" if value == "true" else "no"
    if name in _MEMORY and value.isdigit():
        return f"{int(value) / 2**20:.1f}MiB"
    return value + _UNITS[name] if name in _UNITS and value.replace(".", "").isdigit() else value


def _said(name: str, value: str) -> str:
    plain = name not in _QUOTED and re.fullmatch(r"[\w.:/,*!@+-]+", value)
    return value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_value(rows: Sequence[Row], *, single: bool) -> Value:
    """Make a value of rows: an array, its properties in the order of their names."""
    made: list[Value] = [dict[str, Value]((name, typed(row[name])) for name in sorted(row)) for row in rows]
    return made[0] if single and made else made
