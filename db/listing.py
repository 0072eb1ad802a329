"""The devices of a tenant in the order that is asked for, a page at a time.

A page begins behind the last device of the one before: behind its value and, among equals, behind its name, which a
tenant has once. So a device that is added or removed in between moves no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, Integer, Text, case, cast, func, literal, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import filters, inventory
from db.filters import Filter
from db.inventory import DeviceRow
from db.tables import device_state, devices, sites
from fleet.device import State


class Sort(StrEnum):
    """What devices are put in order by. States come from what is worst on, versions by their numbers."""

    NAME = "name"
    STATE = "state"
    SINCE = "since"
    HEARD_AT = "heard_at"
    VERSION = "version"
    MODEL = "model"
    SITE = "site"
    ADDRESS = "address"
    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class Order:
    """An order and its direction; states are told as of ``now``.

    What a device has not comes first, in the other direction last.
    """

    now: datetime
    sort: Sort = Sort.NAME
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which device a page begins: its value in that order, and its name."""

    value: str | datetime | None
    name: str


WORST_FIRST: Final = (State.DOWN, State.DEGRADED, State.STALE, State.MAINTENANCE, State.UP)

_NUMBERS: Final = r"^[0-9]{1,6}(?:[.][0-9]{1,6}){0,3}"
"""The part of a version that is its numbers; 7.19beta2 is put beside 7.19."""

_NEVER: Final = literal("-infinity", Text).cast(DateTime(timezone=True))


def page(
    session: Session, wanted: Sequence[Filter], order: Order, after: Place | None, limit: int
) -> list[DeviceRow]:
    """Read up to ``limit`` devices that all of the filters let in, those behind a place of the same order."""
    key = _key(order)
    query = inventory.rows().where(*(condition for one in wanted for condition in one.conditions())).limit(limit)
    if after is not None:
        place = tuple_(key, devices.c.name)
        behind = tuple_(_bound(order.sort, after.value), literal(after.name))
        query = query.where(place < behind if order.descending else place > behind)
    columns = (key, devices.c.name)
    query = query.order_by(*(column.desc() if order.descending else column for column in columns))
    return [inventory.row_of(row) for row in session.execute(query)]


def place(row: DeviceRow, order: Order) -> Place:
    """Tell the place of a device, for the page that begins behind it."""
    return Place(_VALUES[order.sort](row, order.now), row.name)


def _severity(state: ColumnElement[Any]) -> ColumnElement[int]:
    return case({one.value: number for number, one in enumerate(WORST_FIRST)}, value=state, else_=len(WORST_FIRST))


def _numbers(version: ColumnElement[Any]) -> ColumnElement[Any]:
    """Take the numbers of a version apart, so that 7.9 comes before 7.18; a device may call itself anything."""
    found = func.string_to_array(func.substring(version, _NUMBERS), ".")
    return func.coalesce(cast(found, ARRAY(Integer)), cast([], ARRAY(Integer)))


def _text(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(value, "")


def _instant(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(value, _NEVER)


def _same(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return value


_Turn = Callable[[ColumnElement[Any]], ColumnElement[Any]]
_TURNS: Final[Mapping[Sort, tuple[ColumnElement[Any] | None, _Turn]]] = {
    Sort.NAME: (devices.c.name, _same),
    Sort.STATE: (None, _severity),
    Sort.SINCE: (device_state.c.since, _instant),
    Sort.HEARD_AT: (device_state.c.heard_at, _instant),
    Sort.VERSION: (device_state.c.version, _numbers),
    Sort.MODEL: (device_state.c.model, _text),
    Sort.SITE: (sites.c.name, _text),
    Sort.ADDRESS: (devices.c.address, _same),
    Sort.CREATED_AT: (devices.c.created_at, _same),
}
"""The column of each order, and what is made of it and of the value of a place before they are compared."""

_VALUES: Final[Mapping[Sort, Callable[[DeviceRow, datetime], str | datetime | None]]] = {
    Sort.NAME: lambda row, _: row.name,
    Sort.STATE: lambda row, now: row.shown(now).value,
    Sort.SINCE: lambda row, _: row.since,
    Sort.HEARD_AT: lambda row, _: row.heard_at,
    Sort.VERSION: lambda row, _: row.version,
    Sort.MODEL: lambda row, _: row.model,
    Sort.SITE: lambda row, _: row.site,
    Sort.ADDRESS: lambda row, _: row.endpoint.address,
    Sort.CREATED_AT: lambda row, _: row.created_at,
}

INSTANTS: Final = frozenset({Sort.SINCE, Sort.HEARD_AT, Sort.CREATED_AT})
"""The orders whose values are instants."""

NEEDED: Final = frozenset({Sort.NAME, Sort.STATE, Sort.ADDRESS, Sort.CREATED_AT})
"""The orders whose value every device has."""


def _key(order: Order) -> ColumnElement[Any]:
    column, turn = _TURNS[order.sort]
    return turn(filters.shown_state(order.now) if column is None else column)


def _bound(sort: Sort, value: str | datetime | None) -> ColumnElement[Any]:
    kind = DateTime(timezone=True) if sort in INSTANTS else Text
    return _TURNS[sort][1](literal(value, kind))
