"""The fleet as a table: what is known of every device at one moment, sorted and put into words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from operator import is_
from typing import Any, TypeVar

from dashboard import figures, groups, units
from dashboard.groups import Group
from dashboard.state import View
from dashboard.theme import SIGNS
from db.inventory import DeviceRow
from db.latest import Spark
from fleet.breaker import Position
from fleet.device import STALE_AFTER, State, TlsMode
from fleet.identity import DeviceId

SEVERITY = {state: place for place, state in enumerate(SIGNS)}
SEARCHED = ("name", "identity", "model", "version", "serial", "site", "error")
REMEMBERED = 64
"""So many lists are kept with a roster."""
WARNINGS = {
    TlsMode.PLAIN: ("plain", "Not encrypted: whoever is on the path can read the password."),
    TlsMode.ANONYMOUS: ("anon", "Encrypted, but the device does not prove who it is."),
}
"""The two ways to reach a device that a person should know of: a word, and why."""

_NUMBERS = re.compile(r"(\d+)")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One device: its row, the state that is shown, its CPU, the text that a search looks through, its groups."""

    row: DeviceRow
    state: State
    spark: Spark | None
    text: str
    groups: tuple[str, ...] = ()

    @property
    def cpu(self) -> float | None:
        return self.spark.latest if self.spark and self.state not in (State.DOWN, State.STALE) else None


@dataclass(frozen=True, slots=True)
class Roster:
    """All devices of a tenant at one moment, by name. ``heard_at`` is the newest word from any of them.

    ``since`` is the moment from which on it was the same.
    """

    entries: tuple[Entry, ...]
    counts: Mapping[State, int]
    heard_at: datetime | None
    late_after: timedelta
    at: datetime
    since: datetime
    named: tuple[Group, ...] = ()
    kept: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        rows: Iterable[DeviceRow],
        sparks: Mapping[DeviceId, Spark],
        at: datetime,
        named: Sequence[Group] = (),
        before: Roster | None = None,
    ) -> Roster:
        """Make the roster of some devices, with their states as they are at ``at``, and the groups they are in.

        Of a roster ``before`` this one, what is still the same is taken.
        """
        sorted_rows = sorted(rows, key=lambda row: natural(row.name))
        kept = {e.row.id: e for e in before.entries} if before and before.named == tuple(named) else {}
        entries = tuple(
            _entry(row, row.shown(at), sparks.get(row.id), named, kept.get(row.id)) for row in sorted_rows
        )
        heard = [entry.row.heard_at for entry in entries if entry.row.heard_at]
        shortest = min((entry.row.interval for entry in entries), default=timedelta(minutes=1))
        counts = Counter(entry.state for entry in entries)
        since = before.since if before and before.is_of(entries, named) else at
        return cls(entries, counts, max(heard, default=None), STALE_AFTER * shortest, at, since, tuple(named))

    def is_of(self, entries: Sequence[Entry], named: Sequence[Group]) -> bool:
        """Tell whether this roster has the same entries and groups; what was not made anew is the same."""
        same = len(entries) == len(self.entries) and all(map(is_, entries, self.entries))
        return same and self.named == tuple(named)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the tenant's groups."""
        return tuple(group.name for group in self.named)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what ``make`` makes of this roster, made once for all who ask for the same."""
        if key not in self.kept:
            if len(self.kept) >= REMEMBERED:
                self.kept.clear()
            self.kept[key] = make()
        found: T = self.kept[key]
        return found

    def matching(self, view: View) -> list[Entry]:
        """Choose the devices that a view's filters let through: every word of the text must be found."""
        words = view.q.lower().split()
        wanted = (e for e in self.entries if view.status is None or e.state is view.status)
        return [entry for entry in wanted if all(word in entry.text for word in words)]


def ordered(entries: Sequence[Entry], sort: Sequence[str]) -> list[Entry]:
    """Sort by columns, the first one first, with a minus the other way; what is unknown comes last.

    By severity where no column is named. Among equals they stay as they come: by name.
    """
    rows = list(entries)
    if not sort:
        return sorted(rows, key=lambda entry: SEVERITY[entry.state])
    for word in reversed(sort):
        if (key := KEYS.get(word.removeprefix("-"))) is None:
            continue
        known = [entry for entry in rows if key(entry) is not None]
        unknown = [entry for entry in rows if key(entry) is None]
        rows = sorted(known, key=key, reverse=word.startswith("-")) + unknown
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
        "site": row.site or units.NOTHING,
        "tags": list(row.tags),
        "serial": row.serial or units.NOTHING,
        "since": units.span(now - row.since) if row.since else units.NOTHING,
        "took": units.milliseconds(row.duration_seconds),
        "every": units.span(row.interval),
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


def _entry(row: DeviceRow, state: State, spark: Spark | None, named: Sequence[Group], kept: Entry | None) -> Entry:
    """Put a device into its entry; the one that was ``kept`` is given where it would say the same."""
    if kept and kept.row is row and kept.state is state:
        return kept if kept.spark == spark else replace(kept, spark=spark)
    words = [getattr(row, name) or "" for name in SEARCHED] + [row.endpoint.address, SIGNS[state].word, *row.tags]
    its = tuple(group.name for group in named if groups.lets_in(group.meant, row, state))
    return Entry(row, state, spark, "\n".join(words).lower(), its)


@lru_cache(65536)
def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Make numbers in a text sort as numbers: ether2 before ether10, 7.9 before 7.16."""
    parts = _NUMBERS.split(text.lower())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


@lru_cache(65536)
def _place(address: str) -> tuple[int, int, tuple[tuple[int, int, str], ...]]:
    try:
        found = ip_address(address)
    except ValueError:
        return 9, 0, natural(address)
    return found.version, int(found), ()


KEYS: Mapping[str, Callable[[Entry], Any]] = {
    "state": lambda entry: SEVERITY[entry.state],
    "name": lambda entry: natural(entry.row.name),
    "identity": lambda entry: natural(entry.row.identity) if entry.row.identity else None,
    "address": lambda entry: _place(entry.row.endpoint.address),
    "model": lambda entry: natural(entry.row.model) if entry.row.model else None,
    "version": lambda entry: natural(entry.row.version) if entry.row.version else None,
    "site": lambda entry: natural(entry.row.site) if entry.row.site else None,
    "tags": lambda entry: entry.row.tags or None,
    "serial": lambda entry: natural(entry.row.serial) if entry.row.serial else None,
    "since": lambda entry: -entry.row.since.timestamp() if entry.row.since else None,
    "took": lambda entry: entry.row.duration_seconds,
    "every": lambda entry: entry.row.interval,
    "cpu": lambda entry: entry.cpu,
    "uptime": lambda entry: entry.row.uptime_seconds,
    "heard": lambda entry: -entry.row.heard_at.timestamp() if entry.row.heard_at else None,
    "problem": lambda entry: entry.row.error or None,
}
"""What each column of the grid sorts by; "heard" sorts by the age."""
