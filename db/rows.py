"""Conditions that every question about metrics is put together from, and its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, FromClause, Select, Uuid, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db.ranges import Range
from db.tables import devices as known
from fleet import resolutions
from fleet.errors import BadInput
from fleet.families import Family, Storage
from fleet.identity import DeviceId
from fleet.resolutions import Resolution

ROWS = 100_000
"""The most rows of an answer, over all its lines."""

UNSORTED = {"timescaledb.enable_decompression_sorted_merge": "off"}
"""A columnstore that is read to be grouped by time need not be sorted; a server without TimescaleDB does not mind."""


def make_room(session: Session) -> None:
    """Let this transaction group thousands of things in memory, by one process.

    They would be sorted on disk otherwise, and each parallel worker would group all of them once more.
    """
    options = {"work_mem": "64MB", "jit": "off", "max_parallel_workers_per_gather": "0", **UNSORTED}
    session.execute(select(*(func.set_config(name, value, True) for name, value in options.items())))


def between(view: FromClause, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Write the condition that a row lies between two instants, the second not included."""
    return view.c.time >= start, view.c.time < end


def within(view: FromClause, spanned: Range) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Write the condition that a row lies in a range."""
    return between(view, spanned.start, spanned.end)


def of_devices(view: FromClause, devices: Sequence[DeviceId] | None) -> list[ColumnElement[bool]]:
    """Write the condition that a row is of one of some devices; none where all are meant."""
    return [] if devices is None else [of_these(view, devices)]


def of_these(view: FromClause, devices: Sequence[DeviceId] | None) -> ColumnElement[bool]:
    """Write the same so that the index serves: where all are meant, the tenant's devices are looked up."""
    if devices is None:
        return view.c.device_id == any_(func.array(select(known.c.id).scalar_subquery()))
    return view.c.device_id == any_(cast(list(devices), ARRAY(Uuid)))


def raw_count(view: FromClause, resolution: Resolution) -> ColumnElement[Any]:
    """Count the raw rows that rows of a resolution stand for."""
    return func.sum(view.c[resolutions.ROWS]) if resolution.span else func.count()


def sane(family: Family, column: str, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Write the condition that a value is a number: a NaN would be greater than all, and make a mean of nothing."""
    if family.column(column).storage is Storage.DOUBLE:
        return value != literal("NaN", Double)
    return value.is_not(None)


def bounded(session: Session, found: Select[Any]) -> Sequence[Sequence[Any]]:
    """Read the rows of an answer; raises BadInput where they are too many."""
    rows: Sequence[Sequence[Any]] = session.execute(found.limit(ROWS + 1)).all()
    if len(rows) > ROWS:
        raise BadInput(
            f"The answer would have more than {ROWS} rows.",
            "Ask for fewer points or devices, for the top of them, or pick a label.",
        )
    return rows
