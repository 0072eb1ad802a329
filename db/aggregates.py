"""What many measurements are reduced to: the aggregates, which of them fit what a column holds, and their SQL."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Double, FromClause, func
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.elements import ColumnElement

from db.partials import Role
from fleet.errors import BadInput
from fleet.families import Column, Family, Kind
from fleet.resolutions import Resolution


class Aggregate(StrEnum):
    """How the measurements of a group in a step become one number.

    ``sum`` adds up what counters grew by, and of gauges and rates the means of the single instances. ``rate`` is what
    counters grew by in a second. ``last`` is the newest.
    """

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    SUM = "sum"
    RATE = "rate"
    LAST = "last"
    COUNT = "count"

    @property
    def growth(self) -> bool:
        """Whether it is a counter's increase that is reduced."""
        return self in (Aggregate.SUM, Aggregate.RATE)


QUANTILES: Mapping[Aggregate, float] = {Aggregate.P50: 0.5, Aggregate.P95: 0.95, Aggregate.P99: 0.99}

_NUMBERS = tuple(Aggregate)
_OF_GAUGES = tuple(aggregate for aggregate in _NUMBERS if aggregate is not Aggregate.RATE)

ALLOWED: Mapping[Role, tuple[Aggregate, ...]] = {
    Role.GAUGE: _OF_GAUGES,
    Role.RATE: _OF_GAUGES,
    Role.COUNTER: (Aggregate.RATE, Aggregate.SUM, Aggregate.LAST, Aggregate.COUNT),
    Role.INCREASE: (Aggregate.SUM, Aggregate.RATE, Aggregate.AVG, Aggregate.MAX, Aggregate.COUNT),
    Role.STATE: (Aggregate.LAST, Aggregate.MIN, Aggregate.MAX, Aggregate.COUNT),
}
"""What a column of each role can be asked for; the first is taken where none is named."""


def named(role: Role, column: str, name: str | None) -> Aggregate:
    """Find the aggregate of a column by name, or its usual one; raises BadInput that lists what there is."""
    allowed = ALLOWED[role]
    if name is None:
        return allowed[0]
    found = next((aggregate for aggregate in allowed if aggregate == name), None)
    if found is None:
        choices = ", ".join(allowed)
        raise BadInput(
            f"There is no aggregate {name!r} of {column}, which is a {role}.", f"Choose one of: {choices}."
        )
    return found


def columns(family: Family, column: Column, aggregate: Aggregate) -> tuple[Column, Column | None]:
    """Tell which column is shown and which is summed: a counter's growth is shown as its rate, or its increase."""
    field = family.field_of(column.name)
    if field.kind is not Kind.COUNTER or not aggregate.growth or column.name == field.columns[2].name:
        return column, None
    _, increase, rate = field.columns
    return (rate if aggregate is Aggregate.RATE else increase), increase


def unit(column: Column, aggregate: Aggregate) -> str:
    """Tell the unit of an aggregate of the column that is shown."""
    return "rows" if aggregate is Aggregate.COUNT else column.unit


def singly(aggregate: Aggregate, role: Role) -> bool:
    """Tell whether single measurements are needed: roll-ups keep the last of states and counts, but of no gauge."""
    return aggregate in QUANTILES or (aggregate is Aggregate.LAST and role in (Role.GAUGE, Role.RATE))


def basis(aggregate: Aggregate, role: Role, resolution: Resolution) -> str:
    """Tell of what an aggregate is one: of the samples, or where those are gone of the averages of buckets."""
    return f"{resolution} averages" if resolution.span and singly(aggregate, role) else "samples"


def expression(aggregate: Aggregate, rows: FromClause) -> ColumnElement[Any]:
    """Write an aggregate of partials; a rate is left as what counters grew by."""
    if aggregate in QUANTILES:
        return func.percentile_cont(QUANTILES[aggregate]).within_group(rows.c.value)
    if aggregate is Aggregate.LAST:
        newest = func.max(array([func.extract("epoch", rows.c.time).cast(Double), rows.c.value]))
        return newest[2]
    return {
        Aggregate.AVG: func.sum(rows.c.total) / func.sum(rows.c.count),
        Aggregate.MIN: func.min(rows.c.low),
        Aggregate.MAX: func.max(rows.c.high),
        Aggregate.COUNT: func.sum(rows.c.count),
        Aggregate.SUM: func.sum(rows.c.amount),
        Aggregate.RATE: func.sum(rows.c.amount),
    }[aggregate]
