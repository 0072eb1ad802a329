"""The inventory as its tenant reads it: what a device has, who has something, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, tuple_
from sqlalchemy.orm import Session

from db.stocktables import inventory, inventory_changes, inventory_readings
from db.tables import devices
from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.inventory import Fact, Facts, What

Place: TypeAlias = tuple[DeviceId, str]
"""Where a page ended: a device and a key."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One thing that a device has or had. What is there was last seen when its kind was last told of."""

    device_id: DeviceId
    device: str
    kind: str
    key: str
    facts: Facts
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class KindRows:
    """All that is kept of a kind of one device: ``told`` counts what there was no room for, too."""

    kind: str
    at: datetime
    told: int
    kept: int
    items: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What became of an item, and the facts that differ."""

    id: UUID
    device_id: DeviceId
    device: str
    kind: str
    key: str
    at: datetime
    what: What
    before: Facts
    after: Facts


@dataclass(frozen=True, slots=True)
class Narrow:
    """Which items: those with these facts, those with a text in any of them, and those that are gone, too."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    text: str | None = None
    gone: bool = False

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions as SQL."""
        if not self.gone:
            yield inventory.c.gone_at.is_(None)
        if self.facts:
            yield inventory.c.facts.contains(dict(self.facts))
        if self.text:
            yield or_(_says(self.text), *(c.icontains(self.text, autoescape=True) for c in _SEARCHED))


_SEARCHED = (inventory.c.key, devices.c.name)


def of_device(session: Session, device_id: DeviceId, narrow: Narrow, kind: str | None = None) -> list[KindRows]:
    """Read what a device has, by kind and key; bounded by what is kept of a device."""
    heard = inventory_readings
    read = select(heard.c.kind, heard.c.at, heard.c.told, heard.c.kept).where(
        heard.c.device_id == device_id, heard.c.at.is_not(None)
    )
    rows = _rows(narrow).where(inventory.c.device_id == device_id).order_by(inventory.c.kind, inventory.c.key)
    if kind is not None:
        read, rows = read.where(heard.c.kind == kind), rows.where(inventory.c.kind == kind)
    items: dict[str, list[ItemRow]] = {}
    for row in session.execute(rows):
        items.setdefault(row.kind, []).append(ItemRow(*row))
    return [KindRows(*row, tuple(items.get(row.kind, ()))) for row in session.execute(read.order_by(heard.c.kind))]


def page(session: Session, kind: str, after: Place | None, limit: int, narrow: Narrow) -> list[ItemRow]:
    """Read up to ``limit`` items of a kind of all devices by device and key, those behind ``after``."""
    place = (inventory.c.device_id, inventory.c.key)
    query = _rows(narrow).where(inventory.c.kind == kind).order_by(*place).limit(limit)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*after))
    return [ItemRow(*row) for row in session.execute(query)]


def changes(
    session: Session, after: UUID | None, limit: int, device_id: DeviceId | None = None, kind: str | None = None
) -> list[ChangeRow]:
    """Read up to ``limit`` changes from the newest on, those behind the change ``after``.

    Raises BadInput where the tenant has no change of the id ``after``.
    """
    log = inventory_changes.c
    place = (log.at, log.id)
    columns = (log.id, log.device_id, devices.c.name, log.kind, log.key, log.at, log.what, log.before, log.after)
    query = select(*columns).join_from(inventory_changes, devices, log.device_id == devices.c.id)
    query = query.order_by(*(column.desc() for column in place)).limit(limit)
    if device_id is not None:
        query = query.where(log.device_id == device_id)
    if kind is not None:
        query = query.where(log.kind == kind)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*_place(session, after)))
    return [_change(row) for row in session.execute(query)]


def _place(session: Session, after: UUID) -> Sequence[Any]:
    log = inventory_changes.c
    found = session.execute(select(log.at, log.id).where(log.id == after)).one_or_none()
    if found is None:
        raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
    return found


def _change(row: Any) -> ChangeRow:
    change_id, device_id, device, kind, key, at, what, *facts = row
    return ChangeRow(change_id, device_id, device, kind, key, at, What(what), *facts)


def _rows(narrow: Narrow) -> Select[Any]:
    own, heard = inventory.c, inventory_readings.c
    seen = func.coalesce(own.last_seen, heard.at).label("last_seen")
    columns = (own.device_id, devices.c.name, own.kind, own.key, own.facts, own.first_seen, seen, own.gone_at)
    joined = select(*columns).join_from(inventory, devices, own.device_id == devices.c.id)
    same = (heard.device_id == own.device_id) & (heard.kind == own.kind)
    return joined.join(inventory_readings, same).where(*narrow.conditions())


def _says(text: str) -> ColumnElement[bool]:
    """Say that one of the facts holds a text."""
    facts = func.jsonb_each_text(inventory.c.facts).table_valued("key", "value")
    return (
        select(literal_column("1")).select_from(facts).where(facts.c.value.icontains(text, autoescape=True)).exists()
    )
