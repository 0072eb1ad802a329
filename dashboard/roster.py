"""The fleet as a table: what is known of every device at one moment, filtered, sorted, and put into words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from dashboard import figures, units
from dashboard.state import View
from dashboard.theme import SIGNS
from db.inventory import DeviceRow
from db.latest import Spark
from fleet.breaker import Position
from fleet.device import STALE_AFTER, State, TlsMode
from fleet.identity import DeviceId

SEVERITY = {state: place for place, state in enumerate(SIGNS)}
SEARCHED = ("name", "identity", "model", "version", "serial", "error")
WARNINGS = {
    TlsMode.PLAIN: ("plain", "Not encrypted: whoever is on the path can read the password."),
    TlsMode.ANONYMOUS: ("anon", "Encrypted, but the device does not prove who it is."),
}
"""The two ways to reach a device that a person should know of: a word, and why."""

_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One device: its row, the state that is shown, its CPU, and the text that a search looks through."""

    row: DeviceRow
    state: State
    spark: Spark | None
    text: str

    @property
    def cpu(self) -> float | None:
        return self.spark.latest if self.spark and self.state not in (State.DOWN, State.STALE) else None


@dataclass(frozen=True, slots=True)
class Roster:
    """All devices of a tenant at one moment. ``heard_at`` is the newest word from any of them."""

    entries: tuple[Entry, ...]
    counts: Mapping[State, int]
    heard_at: datetime | None
    late_after: timedelta
    at: datetime

    @classmethod
    def of(cls, rows: Iterable[DeviceRow], sparks: Mapping[DeviceId, Spark], at: datetime) -> Roster:
        """Make the roster of some devices, with their states as they are at ``at``."""
        entries = tuple(_entry(row, row.shown(at), sparks.get(row.id)) for row in rows)
        heard = [entry.row.heard_at for entry in entries if entry.row.heard_at]
        shortest = min((entry.row.interval for entry in entries), default=timedelta(minutes=1))
        counts = Counter(entry.state for entry in entries)
        return cls(entries, counts, max(heard, default=None), STALE_AFTER * shortest, at)

    def matching(self, view: View) -> list[Entry]:
        """Choose the devices that a view's filters let through: every word of the text must be found."""
        words = view.q.lower().split()
        wanted = (e for e in self.entries if view.status is None or e.state is view.status)
        return [entry for entry in wanted if all(word in entry.text for word in words)]


def ordered(entries: Sequence[Entry], sorting: Sequence[Mapping[str, Any]]) -> list[Entry]:
    """Sort by columns, the first one first; what is unknown comes last. By severity and name where none is asked."""
    rows = sorted(entries, key=lambda entry: _natural(entry.row.name))
    if not sorting:
        return sorted(rows, key=lambda entry: SEVERITY[entry.state])
    for column in reversed(sorting):
        if (key := KEYS.get(str(column.get("colId")))) is None:
            continue
        known = [entry for entry in rows if key(entry) is not None]
        unknown = [entry for entry in rows if key(entry) is None]
        rows = sorted(known, key=key, reverse=column.get("sort") == "desc") + unknown
    return rows


def cells(entry: Entry, home: str, now: datetime) -> dict[str, Any]:
    """Put one device into the words of a row of the grid; ``home`` is the address of the tenant's pages."""
    row, sign = entry.row, SIGNS[entry.state]
    warning, why = WARNINGS.get(row.endpoint.tls, ("", ""))
    return {
        "id": str(row.id),
        "href": f"{home}device/{row.id}",
        "state": entry.state.value,
        "glyph": sign.glyph,
        "word": sign.word,
        "name": row.name,
        "identity": row.identity or units.NOTHING,
        "address": row.endpoint.address,
        "tls": warning,
        "tls_title": why,
        "model": row.model or units.NOTHING,
        "version": row.version or units.NOTHING,
        "cpu": units.PERCENT.text(entry.cpu),
        "spark": _spark(entry.spark) if entry.spark else "",
        "uptime": units.span(row.uptime_seconds),
        "heard": units.ago(row.heard_at, now),
        "problem": problem(row, entry.state, now),
    }


def _spark(spark: Spark) -> str:
    """Draw a sparkline over at least half the scale, so that calm devices look calm."""
    return figures.spark(spark.values, top=max(0.5, *(value or 0.0 for value in spark.values)))


def problem(row: DeviceRow, state: State, now: datetime) -> str:
    """Say what is wrong with a device in one line, or nothing."""
    if state is State.STALE:
        heard = f"Nothing heard for {units.span(now - row.heard_at)}" if row.heard_at else "Never answered yet"
        return f"{heard}. {row.error}" if row.error else f"{heard}."
    if row.error and row.breaker in (Position.OPEN, Position.HALF_OPEN):
        return f"{row.error} Next try {units.until(row.next_attempt, now)}."
    return row.error or ""


def _entry(row: DeviceRow, state: State, spark: Spark | None) -> Entry:
    words = [getattr(row, name) or "" for name in SEARCHED] + [row.endpoint.address, SIGNS[state].word]
    return Entry(row, state, spark, "\n".join(words).lower())


def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Make numbers in a text sort as numbers: ether2 before ether10, 7.9 before 7.16."""
    parts = _NUMBERS.split(text.lower())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)


def _place(address: str) -> tuple[int, int, tuple[tuple[int, int, str], ...]]:
    try:
        found = ip_address(address)
    except ValueError:
        return 9, 0, _natural(address)
    return found.version, int(found), ()


KEYS: Mapping[str, Callable[[Entry], Any]] = {
    "state": lambda entry: SEVERITY[entry.state],
    "name": lambda entry: _natural(entry.row.name),
    "identity": lambda entry: _natural(entry.row.identity) if entry.row.identity else None,
    "address": lambda entry: _place(entry.row.endpoint.address),
    "model": lambda entry: _natural(entry.row.model) if entry.row.model else None,
    "version": lambda entry: _natural(entry.row.version) if entry.row.version else None,
    "cpu": lambda entry: entry.cpu,
    "uptime": lambda entry: entry.row.uptime_seconds,
    "heard": lambda entry: -entry.row.heard_at.timestamp() if entry.row.heard_at else None,
    "problem": lambda entry: entry.row.error or None,
}
"""What each column of the grid sorts by; "heard" sorts by the age."""
