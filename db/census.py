"""What is stored for all tenants together: since when, how many rows, and the proof that none is there twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from db import metric_tables
from db.engine import Stores
from db.platform import platform_session
from db.rows import make_room
from fleet.families import Family
from fleet.identity import DeviceId


@dataclass(frozen=True, slots=True)
class Totals:
    """What is stored: rows by family, and rows that repeat the key of another."""

    rows: Mapping[str, int]
    duplicates: int


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
