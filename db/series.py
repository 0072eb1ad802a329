"""Past series into the store, whole arrays at a time: what a backfill writes, and writes again without harm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, Self, TypeAlias
from uuid import UUID

import numpy as np
import psycopg
from psycopg import errors

from db import binary, dirty, partitions, staging
from db.binary import Array
from fleet.families import Family, Field, Kind, find

_Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_DAY = 86_400_000_000


class Series(Protocol):
    """One instance of a family over a device's past: its labels, and an array for each field that is known.

    Fields are raw, as a collector reads them; what is missing is NaN, or negative in an array of integers.
    """

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def values(self) -> Mapping[str, Array]: ...


@dataclass(frozen=True, slots=True)
class Past:
    """When a device was read, in seconds since 1970, and its uptime then, from which reboots are told."""

    tenant_id: UUID
    device_id: UUID
    times: Array
    uptime_seconds: Array | None = None

    @property
    def microseconds(self) -> Array:
        """The same times, as the store counts them."""
        return np.rint(self.times * 1e6).astype("i8")


class Loader:
    """Copies past series on one connection of the role ``flotilla_ingest``; use it with ``with``."""

    def __init__(self, url: str, families: Mapping[str, Family]) -> None:
        self._url = url
        self._families = families
        self._days: set[date] = set()
        self._floor: datetime | None = None

    def __enter__(self) -> Self:
        self._connection: _Connection = psycopg.connect(
            self._url, autocommit=True, application_name="flotilla backfill", options="-c TimeZone=UTC -c jit=off"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def copy(self, family: str, past: Past, series: Iterable[Series]) -> int:
        """Store a device's series of one family in a transaction; returns the rows that the store had not yet.

        Increases and rates of counters are worked out as a poller does. Raises ValueError where labels or lengths
        do not fit, and psycopg.Error.
        """
        declared = find(self._families, family)
        given = list(series)
        try:
            return self._add(declared, past, given)
        except errors.CheckViolation:
            # A partition was dropped since: what is kept is asked anew.
            self._floor = None
            self._days.clear()
            return self._add(declared, past, given)

    def _add(self, family: Family, past: Past, series: Iterable[Series]) -> int:
        """Store what is young enough to be kept, and mark it for the roll-ups in the same transaction."""
        rows = b"".join(encode(family, past, one, self._first()) for one in series)
        if not rows:
            return 0
        self._ensure(past)
        try:
            with self._connection.transaction():
                copied = self._copy(staging.straight(family), rows)
                self._mark(family, past)
                return copied
        except (errors.UniqueViolation, errors.DeadlockDetected):
            with self._connection.transaction():
                self._connection.execute(staging.prepare(family))
                self._copy(staging.staged(family), rows)
                copied = self._connection.execute(staging.merge(family)).rowcount
                self._mark(family, past)
                return copied

    def _mark(self, family: Family, past: Past) -> None:
        """Mark what was copied, behind the copy: while its lock is held no day of it can be dropped."""
        begin, end = _ends(past)
        first, last = (dirty.EARLIEST + timedelta(microseconds=at) for at in (max(begin, self._first()), end))
        self._connection.execute(dirty.MARK_STRETCH, (family.name, first, last))

    def _first(self) -> int:
        """Tell from when on rows are kept, in microseconds since 1970."""
        if self._floor is None:
            found = self._connection.execute(partitions.FLOOR).fetchone()
            self._floor = found[0] if found else dirty.EARLIEST
        return (self._floor - dirty.EARLIEST) // timedelta(microseconds=1)

    def _copy(self, statement: bytes, rows: bytes) -> int:
        with self._connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                copy.write(binary.HEADER + rows + binary.TRAILER)
            return cursor.rowcount

    def _ensure(self, past: Past) -> None:
        if missing := days(past) - self._days:
            partitions.ensure(self._connection, missing)
            self._days |= missing


def encode(family: Family, past: Past, series: Series, first: int = 0) -> bytes:
    """Lay one series out as the rows of a binary COPY, without those before ``first``, in microseconds since 1970."""
    if len(series.labels) != len(family.labels):
        raise ValueError(f"{family.name} has the labels {family.labels}, not {series.labels}")
    if wrong := [name for name, values in series.values.items() if len(values) != len(past.times)]:
        raise ValueError(f"{family.name}.{wrong[0]} has another length than the times")
    kept = past.microseconds >= first
    block = binary.Block(
        past.microseconds[kept],
        binary.ids(past.tenant_id.bytes),
        binary.ids(past.device_id.bytes),
        tuple(binary.texts([label.encode()]) for label in series.labels),
        binary.cleaned(family, [column[kept] for column in columns(family, past, series.values)]),
    )
    return bytes(binary.encode_rows(family, block))


def columns(family: Family, past: Past, values: Mapping[str, Array]) -> list[Array]:
    """Lay fields out in the order of the family's columns, with increase and rate beside each counter."""
    unknown = np.full(len(past.times), np.nan)
    laid: list[Array] = []
    for field in family.fields:
        raw = values.get(field.name, unknown)
        laid += _counted(field, past, raw) if field.kind is Kind.COUNTER else [raw]
    return laid


def days(past: Past) -> set[date]:
    """Tell the UTC days on which a device was read."""
    first = datetime(1970, 1, 1, tzinfo=UTC).date()
    return {first + timedelta(days=int(day)) for day in np.unique(past.microseconds // _DAY)}


def _ends(past: Past) -> tuple[int, int]:
    return int(past.microseconds.min()), int(past.microseconds.max())


def _counted(field: Field, past: Past, raw: Array) -> Sequence[Array]:
    """Tell count, increase and rate: the vectorised twin of ``fleet.counters.rows``."""
    counts = binary.whole(raw, binary.MOST)
    spans = np.diff(past.times)
    grown = np.diff(counts)
    fits = (counts[1:] >= 0) & (counts[:-1] >= 0) & (grown >= 0) & (spans > 0)
    if past.uptime_seconds is not None:
        fits &= np.diff(past.uptime_seconds) >= spans * 0.9 - 2.0
    increase = np.concatenate(([-1], np.where(fits, grown, -1)))[: len(counts)]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.concatenate(([np.nan], np.where(fits, grown / spans, np.nan)))[: len(counts)]
    return counts, increase, rate
