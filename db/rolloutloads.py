"""How busy devices usually are and how much of their memory is free, by the week before a rollout takes them up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import any_, func, literal, select
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

BUSY, FREE = "cpu_load_ratio", "memory_free_bytes"


def usual(session: Session, family: Family, chosen: Collection[DeviceId], now: datetime) -> dict[DeviceId, Usual]:
    """Read it out of the hours of the family ``resource``; a device without any is not named.

    The session is the platform's.
    """
    make_room(session)
    hours = metric_tables.stored(family, Resolution.HOUR)
    shares = [
        func.percentile_cont(share).within_group(_mean(hours, name)) for name, share in ((BUSY, HIGH), (FREE, LOW))
    ]
    mine = hours.c.device_id == any_(literal(list(chosen), ARRAY(UUID)))
    found = select(hours.c.device_id, *shares).where(mine, hours.c.time >= now - WEEK).group_by(hours.c.device_id)
    return {
        DeviceId(device_id): Usual(busy, None if free is None else int(free))
        for device_id, busy, free in session.execute(found)
    }


def _mean(hours: TableClause, name: str) -> Any:
    total, count = (hours.c[part(name, how)] for how in (Reduction.SUM, Reduction.COUNT))
    return total / func.nullif(func.coalesce(count, hours.c[ROWS]), 0)
