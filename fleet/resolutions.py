"""Resolutions: how finely metrics are kept, and into what a column is reduced where its rows are rolled up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from fleet.families import Column, Family, Kind, Storage

SETTLING = timedelta(seconds=20)
"""How long after its end a bucket is left to rows that are on their way, before it is rolled up first."""

ROWS = "rows"
"""The column of a roll-up that counts the raw rows of its bucket."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Resolution(StrEnum):
    """Raw rows, or a row for each bucket of five minutes or of an hour; the finer comes first."""

    RAW = "raw"
    FIVE_MINUTES = "5m"
    HOUR = "1h"

    @property
    def span(self) -> timedelta:
        """How long a bucket is; nothing for raw rows."""
        return _SPANS[self]

    def bucket(self, at: datetime) -> datetime:
        """Tell when the bucket that holds ``at`` begins; raw rows are their own."""
        return at - (at - _EPOCH) % self.span if self.span else at

    def settled(self, now: datetime) -> datetime:
        """Tell up to when buckets are rolled up while the job keeps up: what is later is read from finer rows."""
        return self.bucket(now - SETTLING) if self.span else now


_SPANS = {
    Resolution.RAW: timedelta(0),
    Resolution.FIVE_MINUTES: timedelta(minutes=5),
    Resolution.HOUR: timedelta(hours=1),
}

ROLLUPS = (Resolution.FIVE_MINUTES, Resolution.HOUR)
"""Those that are computed: the first from raw rows, the second from the first."""


class Reduction(StrEnum):
    """What is kept of the values of a bucket."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Part:
    """A column of a roll-up: a raw column's values reduced in one way, and the type that holds that.

    NaN counts nowhere. A COUNT is NULL where it equals the row's ``rows``, the usual case, so that it costs no byte.
    LAST is the value of the newest row that has one. All but COUNT are NULL where nothing is known.
    """

    column: Column
    reduction: Reduction
    type: str

    @property
    def name(self) -> str:
        """The name of the column: ``rx_bytes_rate_max``."""
        return part(self.column.name, self.reduction)


def part(column: str, reduction: Reduction) -> str:
    """Tell the name of the column of a roll-up that holds a raw column's values, reduced."""
    return f"{column}_{reduction}"


def parts(family: Family) -> tuple[Part, ...]:
    """Tell the columns of a family's roll-ups, behind its labels and ``rows``, in the order of the raw ones."""
    return tuple(Part(column, how, kind) for column in family.columns for how, kind in _reduced(family, column))


def _reduced(family: Family, column: Column) -> Iterator[tuple[Reduction, str]]:
    if column.storage is Storage.DOUBLE:
        yield from _DOUBLE
    elif column.storage is Storage.SMALLINT:
        yield from ((how, "smallint") for how in (Reduction.LAST, Reduction.MIN, Reduction.MAX))
    elif _is_raw_count(family, column):
        yield Reduction.LAST, "bigint"
    else:
        yield from ((how, "bigint") for how in (Reduction.SUM, Reduction.MAX))


_DOUBLE = (
    (Reduction.SUM, "double precision"),
    (Reduction.MIN, "real"),
    (Reduction.MAX, "real"),
    (Reduction.COUNT, "integer"),
)


def _is_raw_count(family: Family, column: Column) -> bool:
    field = family.field_of(column.name)
    return field.kind is Kind.COUNTER and field.name == column.name
