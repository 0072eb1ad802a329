"""Rows of any resolution in one form, so that raw ones and roll-ups can be put together and reduced alike.

A partial stands for ``count`` measurements of one instance: their ``total``, ``low`` and ``high``, and ``value``, the
one of them or their mean. ``amount`` is what a counter grew by. All are doubles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Double,
    FromClause,
    Select,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from db import carriers, metric_tables
from db.plans import Piece, Plan
from db.rows import between, of_these, sane
from fleet.errors import BadInput
from fleet.families import Column, Family, Kind, Storage
from fleet.identity import DeviceId
from fleet.resolutions import ROWS, Reduction, Resolution, part

VALUES = ("total", "low", "high", "count", "value", "amount")

Values = Mapping[str, ColumnElement[Any]]


class Role(StrEnum):
    """What a column holds, and so what a roll-up keeps of it."""

    GAUGE = "gauge"
    COUNTER = "counter"
    INCREASE = "increase"
    RATE = "rate"
    STATE = "state"


def role(family: Family, column: Column) -> Role:
    """Tell what a column of a family holds."""
    kind = family.field_of(column.name).kind
    if kind is not Kind.COUNTER:
        return Role(kind)
    if column.storage is Storage.DOUBLE:
        return Role.RATE
    return Role.COUNTER if column.name == family.field_of(column.name).name else Role.INCREASE


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: a column of a family, beside it the increase that is summed, of which devices and instances.

    ``devices`` None: all of the tenant's. ``labels`` picks instances out by name; an unknown one raises BadInput.
    ``once`` leaves out interfaces that carry what another one carries already.
    """

    family: Family
    column: Column
    increase: Column | None = None
    devices: Sequence[DeviceId] | None = None
    labels: Mapping[str, str] = attribute(default_factory=dict)
    once: bool = False

    def __post_init__(self) -> None:
        for name in self.labels:
            if name not in self.family.labels:
                there = ", ".join(self.family.labels) or "none: it has one line for a device"
                raise BadInput(f"The family {self.family.name} has no label {name!r}.", f"Its labels are: {there}.")

    @property
    def role(self) -> Role:
        """What the column holds."""
        return role(self.family, self.column)


def rows(source: Source, plan: Plan, *, singly: bool = False) -> FromClause:
    """Write the partials of a plan: time, device_id, labels and VALUES.

    With ``singly`` all are of the plan's resolution, so that no measurement weighs more than another.
    """
    found = [_piece(source, piece, plan.resolution if singly else piece.resolution) for piece in plan.pieces]
    return (found[0] if len(found) == 1 else union_all(*found)).subquery("partials")


def _piece(source: Source, piece: Piece, resolution: Resolution) -> Select[Any]:
    """Write the partials of one piece, reduced to a coarser resolution where one is asked for."""
    view = metric_tables.readable(source.family, piece.resolution)
    raw = piece.resolution is Resolution.RAW
    values = _raw(source, view) if raw else _rolled(source, view)
    key = [view.c[name] for name in ("device_id", *source.family.labels)]
    conditions = (
        of_these(view, source.devices),
        *between(view, piece.start, piece.end),
        sane(source.family, source.column.name, view.c[source.column.name]) if raw else values["total"].is_not(None),
        *(view.c[name] == word for name, word in source.labels.items()),
        *([carriers.once(view)] if source.once else []),
    )
    found = select(view.c.time, *key, *(values[name].label(name) for name in VALUES)).where(*conditions)
    return found if piece.resolution is resolution else _coarser(found.subquery(), resolution)


def _raw(source: Source, view: FromClause) -> Values:
    value = cast(view.c[source.column.name], Double)
    amount = null() if source.increase is None else view.c[source.increase.name]
    return {
        **dict.fromkeys(("total", "low", "high", "value"), value),
        "count": literal_column("1::double precision", Double),
        "amount": cast(amount, Double),
    }


def _rolled(source: Source, view: FromClause) -> Values:
    def kept(reduction: Reduction) -> ColumnElement[Any]:
        return cast(view.c[part(source.column.name, reduction)], Double)

    count = _count(source, view)
    values: dict[str, ColumnElement[Any]]
    if source.column.storage is Storage.DOUBLE:
        values = {"total": kept(Reduction.SUM), "low": kept(Reduction.MIN), "high": kept(Reduction.MAX)}
    elif source.role is Role.STATE:
        values = {"total": kept(Reduction.LAST) * count, "low": kept(Reduction.MIN), "high": kept(Reduction.MAX)}
    elif source.role is Role.COUNTER:
        last = kept(Reduction.LAST)
        values = {"total": last * count, "low": last, "high": last}
    else:
        values = {"total": kept(Reduction.SUM), "low": cast(null(), Double), "high": kept(Reduction.MAX)}
    amount = null() if source.increase is None else view.c[part(source.increase.name, Reduction.SUM)]
    return {**values, "count": count, "value": values["total"] / count, "amount": cast(amount, Double)}


def _count(source: Source, view: FromClause) -> ColumnElement[Any]:
    """Tell how many values a bucket has: an increase is known where its rate is; of counts and states all rows."""
    if source.role in (Role.COUNTER, Role.STATE):
        return cast(view.c[ROWS], Double)
    measured = source.family.field_of(source.column.name).columns[-1]
    return cast(func.coalesce(view.c[part(measured.name, Reduction.COUNT)], view.c[ROWS]), Double)


def _coarser(found: FromClause, resolution: Resolution) -> Select[Any]:
    """Reduce partials to one for each bucket of a resolution."""
    key = [column for column in found.c if column.name not in ("time", *VALUES)]
    # Written out: a bound span would be another parameter in GROUP BY than in SELECT.
    span: ColumnElement[Any] = literal_column(f"INTERVAL '{resolution.span.total_seconds():.0f} seconds'")
    bucket = func.date_bin(span, found.c.time, literal_column("TIMESTAMPTZ 'epoch'"))
    newest = func.max(found.c.time)
    total, count = func.sum(found.c.total), func.sum(found.c.count)
    reduced = {
        "total": total,
        "low": func.min(found.c.low),
        "high": func.max(found.c.high),
        "count": count,
        "value": total / count,
        "amount": func.sum(found.c.amount),
    }
    values = [reduced[name].label(name) for name in VALUES]
    return select(newest.label("time"), *key, *values).group_by(*key, bucket)
