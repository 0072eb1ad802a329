"""What a batch of events means for the store: rows by family, the newest status of each device, and what is refused.

One bad row costs itself and a count, never the batch: what PostgreSQL would refuse is refused here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Self, TypeAlias
from uuid import UUID

import numpy as np

from db import binary, stock, tellings
from db.tellings import Status, Turn
from fleet.events import (
    DeviceEvent,
    DeviceInventoryEvent,
    DeviceMetricsEvent,
    FamilyRows,
    Received,
)
from fleet.families import Column, Family, Storage, Value

Pair: TypeAlias = tuple[UUID, UUID]
"""A tenant and a device of it."""

LONGEST = 200
"""Characters of a label: the key of a row has to fit into a third of an index page."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The times that are taken in, both ends included."""

    earliest: datetime
    latest: datetime

    def holds(self, at: datetime) -> bool:
        """Tell whether ``at`` is one of them; a time without a zone is not."""
        return at.tzinfo is not None and self.earliest <= at <= self.latest


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, sorted: blocks of rows by family, statuses in the order of the devices' ids, days, refusals.

    ``turns`` are the states of devices that had more than one within it, ``stocks`` the readings of the inventory, in
    rounds.
    """

    blocks: Mapping[str, binary.Block]
    statuses: Sequence[Status]
    turns: Sequence[Turn]
    days: frozenset[date]
    refused: Counter[str]
    stocks: Sequence[Sequence[stock.Reading]] = ()


def pairs(received: Iterable[Received]) -> set[Pair]:
    """Tell which devices a batch speaks of, and whose they are said to be."""
    return {(r.event.tenant_id, r.event.device_id) for r in received if isinstance(r.event, DeviceEvent)}


def sort(
    received: Sequence[Received], families: Mapping[str, Family], known: Collection[Pair], window: Window
) -> Batch:
    """Sort a batch. Refused are events of unknown devices or far-off times, rows that do not fit their family."""
    refused: Counter[str] = Counter()
    said = [r.event for r in received if isinstance(r.event, DeviceEvent)]
    events = [event for event in said if _admitted(event, known, window, refused)]
    measured = [event for event in events if isinstance(event, DeviceMetricsEvent)]
    stocks = stock.rounds((event for event in events if isinstance(event, DeviceInventoryEvent)), refused)
    return Batch(
        _blocks(measured, families, refused),
        *tellings.read(events),
        frozenset(event.at.astimezone(UTC).date() for event in measured),
        +refused,
        stocks,
    )


def microseconds(at: datetime) -> int:
    """Tell an instant as microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def _admitted(event: DeviceEvent, known: Collection[Pair], window: Window, refused: Counter[str]) -> bool:
    if (event.tenant_id, event.device_id) not in known:
        refused["unknown_device"] += 1
    elif not window.holds(event.at):
        refused["far_off_time"] += 1
    else:
        return True
    return False


@dataclass(frozen=True, slots=True)
class _Keys:
    """When and whose each event is, by its place in the batch."""

    times: binary.Array
    tenants: binary.Array
    devices: binary.Array

    @classmethod
    def of(cls, events: Sequence[DeviceMetricsEvent]) -> Self:
        return cls(
            np.array([microseconds(event.at) for event in events]),
            binary.ids(b"".join(event.tenant_id.bytes for event in events)),
            binary.ids(b"".join(event.device_id.bytes for event in events)),
        )


class _Pile:
    """The rows of one family, as the events bring them; ``owners`` are the places of their events."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.columns = tuple(column.name for column in family.columns)
        self.owners: list[int] = []
        self.labels: list[tuple[str, ...]] = []
        self.values: list[tuple[Value, ...]] = []

    def add(self, owner: int, rows: FamilyRows, refused: Counter[str]) -> None:
        pairs = min(len(rows.labels), len(rows.values))
        refused["malformed_row"] += max(len(rows.labels), len(rows.values)) - pairs
        self.owners += [owner] * pairs
        self.labels += rows.labels[:pairs]
        self.values += self._in_order(rows, refused)[:pairs]

    def block(self, keys: _Keys) -> binary.Block:
        owners = np.array(self.owners)
        words = [[word.encode(errors="replace") for word in column] for column in zip(*self.labels, strict=True)]
        values = zip(self.family.columns, zip(*self.values, strict=True), strict=True)
        return binary.Block(
            keys.times[owners],
            keys.tenants[owners],
            keys.devices[owners],
            tuple(binary.texts(column) for column in words),
            binary.cleaned(self.family, [_array(column, numbers) for column, numbers in values]),
        )

    def sift(self, refused: Counter[str]) -> None:
        """Leave out rows that are too short or too long, or whose labels no key can hold."""
        if self._sound(self.labels, self.values):
            return
        rows = zip(self.owners, self.labels, self.values, strict=True)
        sound = [(owner, labels, values) for owner, labels, values in rows if self._sound([labels], [values])]
        refused["malformed_row"] += len(self.owners) - len(sound)
        self.owners = [owner for owner, _, _ in sound]
        self.labels = [labels for _, labels, _ in sound]
        self.values = [values for _, _, values in sound]

    def _sound(self, labels: Sequence[tuple[str, ...]], values: Sequence[tuple[Value, ...]]) -> bool:
        return (
            set(map(len, values)) <= {len(self.columns)}
            and set(map(len, labels)) <= {len(self.family.labels)}
            and all(len(word) <= LONGEST and "\0" not in word for word in set(chain.from_iterable(labels)))
        )

    def _in_order(self, rows: FamilyRows, refused: Counter[str]) -> Sequence[tuple[Value, ...]]:
        """Lay values out as the family has its columns: another version of the program may know more or fewer."""
        if rows.columns == self.columns:
            return rows.values
        refused["unknown_field"] += len(rows.values) * len(set(rows.columns) - set(self.columns))
        width = len(rows.columns)
        places = [rows.columns.index(name) if name in rows.columns else width for name in self.columns]
        # A row of another length than its columns becomes an empty one, which ``sift`` refuses.
        return [tuple((*v, None)[p] for p in places) if len(v) == width else () for v in rows.values]


def _blocks(
    events: Sequence[DeviceMetricsEvent], families: Mapping[str, Family], refused: Counter[str]
) -> dict[str, binary.Block]:
    piles: dict[str, _Pile] = {}
    for place, event in enumerate(events):
        for rows in event.families:
            if rows.family not in families:
                refused["unknown_family"] += len(rows.values)
                continue
            if rows.family not in piles:
                piles[rows.family] = _Pile(families[rows.family])
            piles[rows.family].add(place, rows, refused)
    keys = _Keys.of(events)
    for pile in piles.values():
        pile.sift(refused)
    return {name: pile.block(keys) for name, pile in piles.items() if pile.owners}


def _array(column: Column, numbers: tuple[Value, ...]) -> binary.Array:
    """Make an array of Python's numbers; counts stay integers, for large ones are not exact otherwise."""
    if column.storage is Storage.DOUBLE:
        return np.array(numbers, dtype="f8")
    try:
        return np.array([-1 if n is None else n for n in numbers] if None in numbers else numbers, dtype="i8")
    except (OverflowError, ValueError):
        return np.array([_whole(n) for n in numbers], dtype="i8")


def _whole(number: Value) -> int:
    return int(number) if number is not None and 0 <= number <= binary.MOST else -1
