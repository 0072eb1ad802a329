"""What a device has: told when it is new or different, and once a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from actors.collection import Answered, Asked
from fleet import inventory
from fleet.events import KindItems
from fleet.inventory import MOST_BYTES, Kind, Stock

AGAIN = timedelta(days=1)
"""How often a kind is told of in which nothing changes: whoever missed it hears of it, and it is seen to last."""

LARGEST = 2 * MOST_BYTES
"""Bytes of an event; a server of one's own may take a MiB."""


@dataclass(frozen=True, slots=True)
class News:
    """The kinds to tell of, in groups that fit into an event each, and how many others are as they were told."""

    groups: tuple[tuple[KindItems, ...], ...] = ()
    same: int = 0

    @property
    def told(self) -> int:
        """How many kinds are told of."""
        return sum(map(len, self.groups))


@dataclass(slots=True)
class Stocks:
    """Remembers, of each kind of one device, what was last told of it and when: a few bytes."""

    _told: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)

    def news(self, asked: Asked, answered: Answered, now: datetime) -> News:
        """Choose what is to be told of that was read in this poll."""
        found = list(_found(asked, answered))
        fresh = [KindItems(k.name, s.items, s.told, k.volatile) for k, s in found if self._is_news(k, s, now)]
        return News(tuple(_grouped(fresh)), len(found) - len(fresh))

    def _is_news(self, kind: Kind, stock: Stock, now: datetime) -> bool:
        mark = inventory.mark(stock, kind.volatile)
        before, at = self._told.get(kind.name, (b"", now))
        if mark == before and now - at < AGAIN:
            return False
        self._told[kind.name] = mark, now
        return True


def _found(asked: Asked, answered: Answered) -> Iterator[tuple[Kind, Stock]]:
    for collector in asked.collectors:
        reading = answered.readings.get(collector.name)
        if collector.kind is not None and reading is not None and reading.stock is not None:
            yield collector.kind, reading.stock


def _grouped(fresh: list[KindItems]) -> Iterator[tuple[KindItems, ...]]:
    """Put kinds together as long as they fit into one event."""
    group, taken = list[KindItems](), 0
    for one in fresh:
        size = len(msgspec.msgpack.encode(one))
        if group and taken + size > LARGEST:
            yield tuple(group)
            group, taken = [], 0
        group.append(one)
        taken += size
    if group:
        yield tuple(group)
