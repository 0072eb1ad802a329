"""Rows of a family as whole arrays: of each instance its times and values, from raw rows or reduced to steps.

Whole arrays come back for each instance and not rows, so a million samples cost numpy's time and not Python's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Double,
    Select,
    SmallInteger,
    cast,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement, Label
from sqlalchemy.sql.expression import FromClause

from db import binary, metric_tables, partials
from db.binary import Array
from db.partials import Role
from db.plans import Piece, Plan
from db.rows import between, make_room, of_these
from fleet.families import Column, Family, Storage
from fleet.identity import DeviceId
from fleet.resolutions import ROWS, Reduction, Resolution, part

_STEP = "_step"


@dataclass(frozen=True, slots=True)
class Extract:
    """What is read: columns of a family, of some devices (None: all of the tenant's), reduced to a plan's steps.

    Without steps raw rows are read as they are: gauges and rates are averaged in a step, increases summed, counts and
    states the last.
    """

    family: Family
    columns: tuple[Column, ...]
    plan: Plan
    devices: Sequence[DeviceId] | None = None
    stepped: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows as columns, in the order of time: each row's time, the place of its instance, and its values.

    An instance is its device's id and its labels. What is missing is said as in ``db.binary``.
    """

    times: Array
    places: Array
    instances: list[tuple[str, ...]]
    columns: tuple[Array, ...]


class Words:
    """The words of a column, numbered in the order in which slices brought them."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    @property
    def known(self) -> list[str]:
        """All words so far, each at its number."""
        return list(self._places)

    def codes(self, found: Slice, place: int) -> Array:
        """Tell the number of each row's word, which its instance has at a place."""
        words = (instance[place] for instance in found.instances)
        numbers = [self._places.setdefault(word, len(self._places)) for word in words]
        return np.array(numbers, dtype="i4")[found.places]


def read(session: Session, extract: Extract, start: datetime, end: datetime) -> Slice:
    """Read what lies between two instants, which must be the beginnings of steps where there are any."""
    make_room(session)
    source = _source(extract, start, end)
    width = 1 + len(extract.family.labels)
    lines = session.execute(_arrays(extract, source)).all()
    times = [binary.decode_times(line[width]) for line in lines]
    instants = np.concatenate(times) if times else np.empty(0, "datetime64[us]")
    order = np.argsort(instants, kind="stable")
    places = np.repeat(np.arange(len(lines), dtype="i4"), np.array([len(of_line) for of_line in times], dtype="i8"))
    columns = tuple(
        _joined([binary.decode(line[place], column.storage) for line in lines], column.storage)[order]
        for place, column in enumerate(extract.columns, width + 1)
    )
    return Slice(instants[order], places[order], [tuple(map(str, line[:width])) for line in lines], columns)


def _joined(parts: Sequence[Array], storage: Storage) -> Array:
    return np.concatenate(parts) if parts else binary.decode(b"", storage)


def _source(extract: Extract, start: datetime, end: datetime) -> FromClause:
    """Write the rows of time, instance and columns."""
    pieces = list(_cut(extract.plan.pieces, start, end))
    if not extract.stepped:
        pieces = [Piece(Resolution.RAW, start, end)]
    rolled = any(piece.resolution.span for piece in pieces)
    found = [_piece(extract, piece, rolled) for piece in pieces]
    rows = (found[0] if len(found) == 1 else union_all(*found)).subquery("pieces")
    return _steps(extract, rows, rolled) if extract.stepped else rows


def _cut(pieces: Sequence[Piece], start: datetime, end: datetime) -> Iterator[Piece]:
    for piece in pieces:
        if piece.start < end and start < piece.end:
            yield replace(piece, start=max(piece.start, start), end=min(piece.end, end))


def _piece(extract: Extract, piece: Piece, rolled: bool) -> Select[Any]:
    """Write the rows of a piece; where any is rolled up, a mean comes as a sum and a count."""
    view = metric_tables.readable(extract.family, piece.resolution)
    names = ("time", "device_id", *extract.family.labels)
    values = [
        value
        for column in extract.columns
        for value in _values(extract.family, column, view, (piece.resolution, rolled))
    ]
    return select(*(view.c[name] for name in names), *values).where(
        of_these(view, extract.devices), *between(view, piece.start, piece.end)
    )


def _values(
    family: Family, column: Column, view: FromClause, kinds: tuple[Resolution, bool]
) -> Iterator[ColumnElement[Any]]:
    resolution, rolled = kinds
    if not rolled:
        yield view.c[column.name]
    elif column.storage is not Storage.DOUBLE:
        how = Reduction.SUM if partials.role(family, column) is Role.INCREASE else Reduction.LAST
        kept = view.c[part(column.name, how)] if resolution.span else view.c[column.name]
        yield kept.label(column.name)
    elif resolution.span:
        count = func.coalesce(view.c[part(column.name, Reduction.COUNT)], view.c[ROWS])
        yield view.c[part(column.name, Reduction.SUM)].label(column.name)
        yield cast(count, Double).label(_counted(column))
    else:
        value = func.nullif(view.c[column.name], literal("NaN", Double))
        yield value.label(column.name)
        yield cast(func.num_nonnulls(value), Double).label(_counted(column))


def _counted(column: Column) -> str:
    """Name the count beside a sum; no column of a family has this name, for theirs begin with a letter."""
    return f"_{column.name}_count"


def _steps(extract: Extract, rows: FromClause, rolled: bool) -> FromClause:
    step = func.date_bin(extract.plan.step, rows.c.time, extract.plan.origin).label(_STEP)
    instance = [rows.c[name] for name in ("device_id", *extract.family.labels)]
    reduced = [_reduced(extract.family, column, rows, rolled) for column in extract.columns]
    bins = select(*instance, step, *reduced).group_by(*instance, literal_column(_STEP)).subquery()
    return select(bins.c[_STEP].label("time"), *(c for c in bins.c if c.name != _STEP)).subquery()


def _reduced(family: Family, column: Column, rows: FromClause, rolled: bool) -> Label[Any]:
    """Write what stands for all values of a column in a step."""
    value = rows.c[column.name]
    if column.storage is Storage.DOUBLE:
        if not rolled:
            return func.avg(value).label(column.name)
        count = func.sum(rows.c[_counted(column)])
        return (func.sum(value) / func.nullif(count, literal(0, Double), type_=Double)).label(column.name)
    if partials.role(family, column) is Role.INCREASE:
        return cast(func.sum(value), BigInteger).label(column.name)
    last = func.array_agg(aggregate_order_by(value, rows.c.time.desc())).filter(value.is_not(None))
    return last[1].label(column.name)


def _arrays(extract: Extract, source: FromClause) -> Select[Any]:
    """Write the query that answers with a row for each instance: its times and values as arrays in binary form."""
    instance = [source.c[name] for name in ("device_id", *extract.family.labels)]
    values = [func.array_send(func.array_agg(_filled(column, source.c[column.name]))) for column in extract.columns]
    return (
        select(*instance, func.array_send(func.array_agg(source.c.time)), *values)
        .group_by(*instance)
        .order_by(*instance)
    )


def _filled(column: Column, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Write a value in its type, with what stands for NULL in an array of numbers."""
    if column.storage is Storage.DOUBLE:
        return func.coalesce(value, literal("NaN", Double))
    kind = BigInteger() if column.storage is Storage.BIGINT else SmallInteger()
    return func.coalesce(value, cast(-1, kind))
