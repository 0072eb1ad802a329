"""What a batch's inventory events mean for the store: readings in the order of their times, fit to be kept. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final, TypeAlias
from uuid import UUID

from fleet import inventory
from fleet.events import DeviceInventoryEvent, KindItems
from fleet.inventory import LONGEST_KEY, Change, Fact, Item, Known, Stock

Place: TypeAlias = tuple[UUID, str]
"""A device and a kind."""

MOST_ITEMS: Final = 5000
"""Items of a kind beyond which an event is none of ours: a poller keeps fewer."""

LONGEST_TEXT: Final = 2000

_KIND: Final = re.compile(r"[a-z][a-z0-9_]{1,48}\Z")


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a device had of a kind at one time."""

    tenant_id: UUID
    device_id: UUID
    kind: str
    at: datetime
    stock: Stock
    mark: bytes
    volatile: frozenset[str] = frozenset()

    @property
    def place(self) -> Place:
        return self.device_id, self.kind


@dataclass(frozen=True, slots=True)
class Before:
    """What was known of a place: since ``at``, under a mark, and the facts by key."""

    at: datetime
    mark: bytes
    known: Known


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reading changes: items to write, keys that are gone since ``before``, and the entries of the log."""

    reading: Reading
    put: tuple[Item, ...] = ()
    gone: tuple[str, ...] = ()
    log: tuple[Change, ...] = ()
    before: datetime | None = None


def rounds(events: Iterable[DeviceInventoryEvent], refused: Counter[str]) -> list[list[Reading]]:
    """Lay readings out in rounds: each holds a place once, those of a place follow by time, sorted by place.

    What cannot be kept is left out and counted.
    """
    turns: dict[Place, list[Reading]] = defaultdict(list)
    for event in sorted(events, key=lambda e: e.at):
        for kind in event.kinds:
            if (reading := _reading(event, kind, refused)) is not None:
                turns[reading.place].append(reading)
    most = max(map(len, turns.values()), default=0)
    return [[turns[place][turn] for place in sorted(turns) if turn < len(turns[place])] for turn in range(most)]


def judge(reading: Reading, before: Before | None) -> Outcome:
    """Tell what a reading changes; what a device is first found to have (``before`` is None) is no change."""
    if before is None:
        return Outcome(reading, reading.stock.items)
    if reading.mark == before.mark:
        return Outcome(reading)
    facts, there = before.known.facts, {item.key for item in reading.stock.items}
    put = tuple(item for item in reading.stock.items if facts.get(item.key) != item.facts)
    log = tuple(inventory.changes(before.known, reading.stock, reading.volatile))
    return Outcome(reading, put, tuple(sorted(facts.keys() - there)), log, before.at)


def _reading(event: DeviceInventoryEvent, kind: KindItems, refused: Counter[str]) -> Reading | None:
    if not _KIND.match(kind.kind) or len(kind.items) > MOST_ITEMS:
        refused["malformed_kind"] += 1
        return None
    items = {item.key: Item(item.key, _facts(item.facts)) for item in kind.items if _is_key(item.key)}
    refused["malformed_item"] += len(kind.items) - len(items)
    stock = Stock(tuple(items.values()), max(kind.told, len(items)))
    mark = inventory.mark(stock, ())
    return Reading(event.tenant_id, event.device_id, kind.kind, event.at, stock, mark, frozenset(kind.volatile))


def _is_key(key: str) -> bool:
    return "\0" not in key and len(key.encode(errors="replace")) <= LONGEST_KEY


def _facts(told: Mapping[str, Fact]) -> dict[str, Fact]:
    """Leave out what PostgreSQL's JSON cannot hold."""
    return {_text(name): _text(fact) if isinstance(fact, str) else fact for name, fact in told.items() if _fits(fact)}


def _fits(fact: Fact) -> bool:
    return not isinstance(fact, float) or isfinite(fact)


def _text(said: str) -> str:
    return said[:LONGEST_TEXT].replace("\0", "")


def put(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Lay out the rows of items that are new or differ."""
    return [{**_whose(one.reading), "key": item.key, "facts": item.facts} for one in outcomes for item in one.put]


def gone(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Lay out the keys of what is gone, and when it was last seen."""
    return [{**_whose(one.reading), "key": key, "last_seen": one.before} for one in outcomes for key in one.gone]


def log(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Lay out the entries of the log."""
    return [
        {**_whose(one.reading), "key": c.key, "what": c.what.value, "before": c.before, "after": c.after}
        for one in outcomes
        for c in one.log
    ]


def heard(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Lay out when which kind was told of, how much of it, and its mark in hex."""
    return [
        {
            **_whose(one.reading),
            "told": one.reading.stock.told,
            "kept": len(one.reading.stock.items),
            "mark": one.reading.mark.hex(),
        }
        for one in outcomes
    ]


def _whose(reading: Reading) -> dict[str, Any]:
    return {
        "tenant_id": reading.tenant_id,
        "device_id": reading.device_id,
        "kind": reading.kind,
        "at": reading.at,
    }
