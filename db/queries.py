"""Metrics out of the store: a range and at most N points, so that no answer is unbounded and spikes survive.

All but ``totals`` read through the tenant's views. A step without a sample has no point: gaps stay gaps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Double,
    Select,
    Uuid,
    any_,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import TableClause

from db import metric_tables
from db.engine import Stores
from db.platform import platform_session
from db.ranges import Range
from fleet.errors import BadInput
from fleet.families import Family, Storage, find
from fleet.identity import DeviceId

ROWS = 100_000
"""The most rows of an answer, over all its lines."""

SPARKS = 12
"""Steps of a sparkline."""

_STEP = "_step"
"""No column of a family has this name, for theirs begin with a letter."""


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One column of a family, of one device, from ``start`` to ``end``; ``labels`` picks lines out by name."""

    device_id: DeviceId
    family: str
    field: str
    start: datetime
    end: datetime
    points: int = 300
    labels: Mapping[str, str] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured in the step that begins at ``time``."""

    time: datetime
    min: float
    avg: float
    max: float
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one instance in the order of time."""

    labels: Mapping[str, str]
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest row of one instance of a device."""

    device_id: DeviceId
    labels: Mapping[str, str]
    time: datetime
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Spark:
    """The averages of equal steps, None where nothing was measured, and the newest value of the last two steps."""

    values: tuple[float | None, ...]
    time: datetime | None
    latest: float | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What is stored: rows by family, and rows that repeat the key of another."""

    rows: Mapping[str, int]
    duplicates: int


def series(session: Session, query: MetricQuery, families: Mapping[str, Family]) -> list[Line]:
    """Read the lines of a query, in the order of their labels.

    Raises BadInput for an unknown family, field or label, a bad range, a number of points beyond 2 to 2000, and
    where all lines together would be too long an answer.
    """
    family = find(families, query.family)
    spanned = Range(query.start, query.end)
    view = metric_tables.readable(family)
    value = view.c[family.column(query.field).name]
    labels = [view.c[name] for name in family.labels]
    step = func.date_bin(spanned.step(query.points), view.c.time, spanned.start)
    found = (
        select(*labels, step.label(_STEP), func.min(value), _mean(value), func.max(value), func.count(value))
        .where(view.c.device_id == query.device_id, *within(view, spanned), _sane(family, value))
        .where(*(view.c[name] == word for name, word in _known_labels(family, query.labels)))
        .group_by(*labels, literal_column(_STEP))
        .order_by(*labels, literal_column(_STEP))
    )
    return list(_lines(family, _bounded(session, found)))


def latest(
    session: Session,
    family: Family,
    columns: Sequence[str],
    spanned: Range,
    devices: Sequence[DeviceId] | None = None,
) -> list[Latest]:
    """Read the rows of each device's newest reading within a range, of all the tenant's devices or of some."""
    view = metric_tables.readable(family)
    names = [family.column(name).name for name in columns]
    newest = (
        select(view.c.device_id, func.max(view.c.time).label("time"))
        .where(*within(view, spanned), *of_devices(view, devices))
        .group_by(view.c.device_id)
        .subquery()
    )
    found = (
        select(view.c.device_id, view.c.time, *(view.c[name] for name in (*family.labels, *names)))
        .join_from(newest, view, (view.c.device_id == newest.c.device_id) & (view.c.time == newest.c.time))
        .where(*within(view, spanned), *of_devices(view, devices))
        .order_by(view.c.device_id, *(view.c[name] for name in family.labels))
    )
    width = len(family.labels)
    return [
        Latest(
            device,
            dict(zip(family.labels, facts[:width], strict=True)),
            time,
            dict(zip(names, facts[width:], strict=True)),
        )
        for device, time, *facts in _bounded(session, found)
    ]


def sparks(
    session: Session, family: Family, column: str, spanned: Range, devices: Sequence[DeviceId] | None = None
) -> dict[DeviceId, Spark]:
    """Read the newest value and a sparkline of each device in one query; a silent device is left out."""
    view = metric_tables.readable(family)
    value = view.c[family.column(column).name]
    size = spanned.step(SPARKS)
    starts = cast([spanned.start + n * size for n in range(SPARKS)], ARRAY(DateTime(timezone=True)))
    newest = func.max(array([func.extract("epoch", view.c.time).cast(Double), value.cast(Double)]))
    steps = (
        select(
            view.c.device_id,
            func.width_bucket(view.c.time, starts).label(_STEP),
            _mean(value).label("mean"),
            newest.filter(view.c.time >= spanned.end - 2 * size).label("newest"),
        )
        .where(*within(view, spanned), *of_devices(view, devices), _sane(family, value))
        .group_by(view.c.device_id, literal_column(_STEP))
        .subquery()
    )
    found = select(
        steps.c.device_id, func.array_agg(steps.c[_STEP]), func.array_agg(steps.c.mean), func.max(steps.c.newest)
    ).group_by(steps.c.device_id)
    make_room(session)
    return {device: _spark(*facts) for device, *facts in session.execute(found)}


def oldest(stores: Stores, family: Family) -> dict[DeviceId, datetime]:
    """Tell the time of each device's first row, for all tenants; a device without rows is left out."""
    table = metric_tables.stored(family)
    found = select(table.c.device_id, func.min(table.c.time)).group_by(table.c.device_id)
    with platform_session(stores, "find where the stored past begins") as session:
        return {DeviceId(device): first for device, first in session.execute(found)}


def totals(stores: Stores, families: Mapping[str, Family], since: datetime) -> Totals:
    """Count what is stored for all tenants, and prove by the keys that no row from ``since`` on is there twice."""
    rows, duplicates = {}, 0
    with platform_session(stores, "count the stored rows") as session:
        make_room(session)
        for name, family in families.items():
            table = metric_tables.stored(family)
            rows[name] = session.execute(select(func.count()).select_from(table)).scalar_one()
            key = [table.c.device_id, table.c.time, *(table.c[label] for label in family.labels)]
            each = select(func.count().label("rows")).where(table.c.time >= since).group_by(*key).subquery()
            more = select(func.coalesce(func.sum(each.c.rows - 1), 0)).select_from(each)
            duplicates += int(session.execute(more).scalar_one())
    return Totals(rows, duplicates)


def make_room(session: Session) -> None:
    """Let this transaction group thousands of things in memory, by one process.

    They would be sorted on disk otherwise, and each parallel worker would group all of them once more.
    """
    options = {"work_mem": "64MB", "jit": "off", "max_parallel_workers_per_gather": "0"}
    session.execute(select(*(func.set_config(name, value, True) for name, value in options.items())))


def within(view: TableClause, spanned: Range) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Write the condition that a row lies in a range."""
    return view.c.time >= spanned.start, view.c.time < spanned.end


def of_devices(view: TableClause, devices: Sequence[DeviceId] | None) -> list[ColumnElement[bool]]:
    """Write the condition that a row is of one of some devices; none where all are meant."""
    return [] if devices is None else [view.c.device_id == any_(cast(list(devices), ARRAY(Uuid)))]


def _sane(family: Family, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write the condition that a value is a number: a NaN would be greater than all, and make a mean of nothing."""
    if family.column(value.key or "").storage is Storage.DOUBLE:
        return value != literal("NaN", Double)
    return value.is_not(None)


def _mean(value: ColumnElement[Any]) -> ColumnElement[float]:
    return func.avg(cast(value, Double))


def _known_labels(family: Family, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, word in labels.items():
        if name not in family.labels:
            there = ", ".join(family.labels) or "none: it has one line for a device"
            raise BadInput(f"The family {family.name} has no label {name!r}.", f"Its labels are: {there}.")
        yield name, word


def _bounded(session: Session, found: Select[Any]) -> Sequence[Sequence[Any]]:
    rows: Sequence[Sequence[Any]] = session.execute(found.limit(ROWS + 1)).all()
    if len(rows) > ROWS:
        raise BadInput(
            f"The answer would have more than {ROWS} rows.", "Ask for fewer points or devices, or pick a label."
        )
    return rows


def _lines(family: Family, rows: Sequence[Sequence[Any]]) -> Iterator[Line]:
    width = len(family.labels)
    for labels, of_line in groupby(rows, key=lambda row: row[:width]):
        points = [
            Point(at, float(low), mean, float(high), count)
            for at, low, mean, high, count in (r[width:] for r in of_line)
        ]
        yield Line(dict(zip(family.labels, labels, strict=True)), points)


def _spark(places: list[int], means: list[float], newest: list[float] | None) -> Spark:
    """Lay means out by their steps, which are counted from 1."""
    values: list[float | None] = [None] * SPARKS
    for place, mean in zip(places, means, strict=True):
        values[place - 1] = mean
    if newest is None:
        return Spark(tuple(values), None, None)
    return Spark(tuple(values), datetime.fromtimestamp(newest[0], UTC), newest[1])
