"""How busy devices usually are and what comes and goes on them, by the week before a rollout takes them up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import TableClause

from db import metric_tables
from db.rows import make_room
from fleet.families import Family
from fleet.identity import DeviceId
from fleet.resolutions import ROWS, Reduction, Resolution, part
from fleet.rollouts.gates import Usual

WEEK = timedelta(days=7)
HIGH, LOW = 0.95, 0.05
"""Of its hours so many were less busy than what is taken for usual, and so many had less memory free."""

RESOURCE = "resource"
BUSY, FREE = "cpu_load_ratio", "memory_free_bytes"
VARYING = {"leases": ("dhcp", "leases_bound"), "clients": ("ppp", "sessions")}
"""What comes and goes by itself, each with the family and the column that count it."""

LEAST = 12
"""So many hours have to be known before anything is said of how much that varies."""


def usual(
    session: Session, families: Mapping[str, Family], chosen: Collection[DeviceId], now: datetime
) -> dict[DeviceId, Usual]:
    """Read it out of the hours of three families; a device without any is not named.

    The session is the platform's.
    """
    make_room(session)
    found: dict[DeviceId, dict[str, Any]] = {}
    for device_id, busy, free in session.execute(_loads(families[RESOURCE], chosen, now)):
        found.setdefault(DeviceId(device_id), {}).update(busy=busy, free=None if free is None else int(free))
    for name, (family, column) in VARYING.items():
        for device_id, varies in session.execute(_varying(families[family], column, chosen, now)):
            found.setdefault(DeviceId(device_id), {})[name] = ceil(varies)
    return {device_id: Usual(**told) for device_id, told in found.items()}


def _loads(family: Family, chosen: Collection[DeviceId], now: datetime) -> Any:
    hours = metric_tables.stored(family, Resolution.HOUR)
    shares = [
        func.percentile_cont(share).within_group(_mean(hours, name)) for name, share in ((BUSY, HIGH), (FREE, LOW))
    ]
    return select(hours.c.device_id, *shares).where(*_week(hours, chosen, now)).group_by(hours.c.device_id)


def _varying(family: Family, column: str, chosen: Collection[DeviceId], now: datetime) -> Any:
    """Tell by how many something varies within an hour, by the hours in which it varies most but the few wildest."""
    hours = metric_tables.stored(family, Resolution.HOUR)
    most, least = (hours.c[part(column, how)] for how in (Reduction.MAX, Reduction.MIN))
    spread = func.sum(most - least).label("spread")
    mine = (
        select(hours.c.device_id, spread).where(*_week(hours, chosen, now)).group_by(hours.c.device_id, hours.c.time)
    )
    told = mine.subquery().c
    varies = func.percentile_cont(HIGH).within_group(told.spread)
    known = func.count(told.spread) >= LEAST
    return select(told.device_id, varies).group_by(told.device_id).having(known)


def _week(hours: TableClause, chosen: Collection[DeviceId], now: datetime) -> tuple[ColumnElement[bool], ...]:
    mine = hours.c.device_id == any_(literal(list(chosen), ARRAY(UUID)))
    return mine, hours.c.time >= now - WEEK


def _mean(hours: TableClause, name: str) -> Any:
    total, count = (hours.c[part(name, how)] for how in (Reduction.SUM, Reduction.COUNT))
    return total / func.nullif(func.coalesce(count, hours.c[ROWS]), 0)
