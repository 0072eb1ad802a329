"""Metrics as pandas frames, for whoever reads inside the system: ``Metrics(stores, principal, families)``.

Whole arrays come back for each instance and not rows, so a million samples cost numpy's time and not Python's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Double, Row, Select, SmallInteger, cast, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement, Label
from sqlalchemy.sql.expression import FromClause

from db import binary, metric_tables
from db.binary import Array
from db.engine import Stores
from db.queries import make_room, of_devices, within
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.errors import BadInput
from fleet.families import Column, Family, Kind, Storage, find
from fleet.identity import DeviceId, Principal, Scope

_STEP = "_step"


@dataclass(frozen=True, slots=True)
class Metrics:
    """The metrics of the principal's tenant."""

    stores: Stores
    principal: Principal
    families: Mapping[str, Family]

    def frame(
        self,
        family: str,
        fields: Sequence[str],
        spanned: Range,
        devices: Sequence[DeviceId] | None = None,
        step: timedelta | None = None,
    ) -> pd.DataFrame:
        """Read columns of a family, of some devices or of all, as one frame in the order of time.

        The index is the time in UTC; device and labels are categories, counts are Int64, states are categories of
        their words, all else is float. With ``step`` a row stands for the step that begins at its time: gauges and
        rates are averaged, increases are summed, counts and states are the last. Raises BadInput, Forbidden.
        """
        self.principal.require(Scope.METRICS_READ)
        declared = find(self.families, family)
        columns = [declared.column(name) for name in fields]
        if not columns or len(set(columns)) < len(columns):
            raise BadInput("A frame has one or more fields, each once.", "Name each field that you want once.")
        if step is not None and step <= timedelta(0):
            raise BadInput(f"{step} is no step.", "Give a step longer than nothing, or none.")
        view = metric_tables.readable(declared)
        rows = select(*view.c).where(*within(view, spanned), *of_devices(view, devices)).subquery()
        source = rows if step is None else _stepped(declared, columns, rows, (step, spanned))
        with tenant_session(self.stores, self.principal) as session:
            make_room(session)
            lines = session.execute(_lines(declared, columns, source)).all()
        return _frame(declared, columns, lines)


def _stepped(
    family: Family, columns: Sequence[Column], rows: FromClause, steps: tuple[timedelta, Range]
) -> FromClause:
    size, spanned = steps
    step = func.date_bin(size, rows.c.time, spanned.start).label(_STEP)
    instance = [rows.c[name] for name in ("device_id", *family.labels)]
    reduced = [_reduced(family, column, rows) for column in columns]
    bins = select(*instance, step, *reduced).group_by(*instance, literal_column(_STEP)).subquery()
    return select(bins.c[_STEP].label("time"), *(c for c in bins.c if c.name != _STEP)).subquery()


def _reduced(family: Family, column: Column, rows: FromClause) -> Label[Any]:
    """Write what stands for all values of a column in a step."""
    value = rows.c[column.name]
    if column.storage is Storage.DOUBLE:
        return func.avg(value).label(column.name)
    field = family.field_of(column.name)
    if field.kind is Kind.COUNTER and column.name != field.name:
        return cast(func.sum(value), BigInteger).label(column.name)
    last = func.array_agg(aggregate_order_by(value, rows.c.time.desc())).filter(value.is_not(None))
    return last[1].label(column.name)


def _lines(family: Family, columns: Sequence[Column], source: FromClause) -> Select[Any]:
    """Write the query that answers with a row for each instance: its times and values as arrays in binary form."""
    instance = [source.c[name] for name in ("device_id", *family.labels)]
    values = [func.array_send(func.array_agg(_filled(column, source.c[column.name]))) for column in columns]
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


def _frame(family: Family, columns: Sequence[Column], lines: Sequence[Row[Any]]) -> pd.DataFrame:
    width = 1 + len(family.labels)
    times = [binary.decode_times(line[width]) for line in lines]
    counts = [len(of_line) for of_line in times]
    data: dict[str, Any] = {
        name: _category([str(line[place]) for line in lines], counts)
        for place, name in enumerate(("device", *family.labels))
    }
    for place, column in enumerate(columns, width + 1):
        parts = [binary.decode(line[place], column.storage) for line in lines]
        data[column.name] = _typed(family, column, _joined(parts, column.storage))
    instants = np.concatenate(times) if times else np.empty(0, "datetime64[us]")
    index = pd.DatetimeIndex(instants, name="time").tz_localize("UTC")
    frame = pd.DataFrame(data, index=index)
    return frame.iloc[np.argsort(instants, kind="stable")]


def _joined(parts: Sequence[Array], storage: Storage) -> Array:
    return np.concatenate(parts) if parts else binary.decode(b"", storage)


def _category(words: Sequence[str], counts: Sequence[int]) -> pd.Categorical[str]:
    """Make a category of a word for each instance, repeated for each of its rows."""
    known = sorted(set(words))
    place = {word: number for number, word in enumerate(known)}
    codes = np.repeat(np.array([place[word] for word in words], dtype="i4"), counts)
    return pd.Categorical.from_codes(codes, pd.Index(known, dtype="str"))


def _typed(family: Family, column: Column, values: Array) -> Any:
    if column.storage is Storage.DOUBLE:
        return values
    if column.storage is Storage.SMALLINT:
        return pd.Categorical.from_codes(values, pd.Index(family.field_of(column.name).states, dtype="str"))
    return pd.arrays.IntegerArray(values, binary.is_null(values))
