"""What is old in the inventory goes: the log of changes, and the items that are gone; by age, and by device.

A device whose neighbours come and go all day, or that makes them up, may not fill the store: so much is kept of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.tables import devices


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table with what may grow old: by which instant, among which rows, and what names a row."""

    table: str
    at: str
    name: tuple[str, ...]
    among: str = "true"


LOG: Final = Shelf("inventory_changes", "at", ("id",))
STATES: Final = Shelf("device_states", "at", ("device_id", "at"))
ALERTS: Final = Shelf("alerts", "ended_at", ("id",), "ended_at IS NOT NULL")
DELIVERIES: Final = Shelf(
    "alert_deliveries",
    "ended_at",
    ("id",),
    "ended_at IS NOT NULL AND NOT EXISTS (SELECT FROM alert_notices AS n JOIN alerts AS a ON a.id = n.alert_id"
    " WHERE n.delivery_id = alert_deliveries.id AND a.ended_at IS NULL)",
)
"""Who was told of an alert that still stands is to be told of its end."""

GONE: Final = Shelf("inventory", "gone_at", ("device_id", "kind", "key"), "gone_at IS NOT NULL")


def old(session: Session, shelf: Shelf, before: datetime, most: int) -> int:
    """Delete up to ``most`` rows from before an instant; returns how many there were."""
    name = ", ".join(shelf.name)
    statement = f"""
        DELETE FROM {shelf.table} WHERE ({name}) IN (
            SELECT {name} FROM {shelf.table} WHERE {shelf.among} AND {shelf.at} < :before
            ORDER BY {shelf.at} LIMIT :most
        ) RETURNING 1
    """  # noqa: S608 - the names are ours
    return len(session.execute(text(statement), {"before": before, "most": most}).all())


def surplus(session: Session, shelf: Shelf, device_ids: Sequence[UUID], most: int) -> int:
    """Delete what some devices have beyond their ``most`` newest rows; returns how many there were."""
    order = ", ".join((f"{shelf.at} DESC", *shelf.name))
    name = ", ".join(shelf.name)
    statement = f"""
        DELETE FROM {shelf.table} WHERE ({name}) IN (
            SELECT s.* FROM unnest(CAST(:devices AS uuid[])) AS d (device_id) CROSS JOIN LATERAL (
                SELECT {name} FROM {shelf.table} AS t WHERE t.device_id = d.device_id AND {shelf.among}
                ORDER BY {order} OFFSET :most
            ) AS s
        ) RETURNING 1
    """  # noqa: S608
    return len(session.execute(text(statement), {"devices": list(device_ids), "most": most}).all())


def some(session: Session, after: UUID | None, limit: int) -> list[UUID]:
    """Read up to ``limit`` devices of all tenants by id, those behind ``after``."""
    query = select(devices.c.id).order_by(devices.c.id).limit(limit)
    return list(session.scalars(query if after is None else query.where(devices.c.id > after)))
