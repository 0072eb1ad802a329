"""What of a tenant's devices is to be read anew: those whose state was written, and those that a person changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Text, Uuid, any_, cast, column, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db.inventory import DeviceRow, row_of, rows
from db.tables import device_state, devices
from db.worktables import operations
from fleet.identity import DeviceId

LATEST = 50
"""So many operations are looked at; whoever finds none that he knows among them has missed some."""

WIDE = ("site.", "profile.")
"""Kinds of operations that change what is read of devices which they do not name."""


@dataclass(frozen=True, slots=True)
class Act:
    """An operation: which, and whose device is another by it. ``wide`` where any device may be."""

    id: UUID
    device_id: DeviceId | None
    wide: bool


def stamps(session: Session) -> Mapping[DeviceId, str]:
    """Tell of each device of the tenant what PostgreSQL calls the version of its state's row (``xmin``)."""
    version = cast(column("xmin"), Text)
    return {DeviceId(known): text for known, text in session.execute(select(device_state.c.device_id, version))}


def acts(session: Session) -> list[Act]:
    """Read the tenant's newest operations."""
    newest = select(operations.c.id, operations.c.device_id, operations.c.kind)
    found = session.execute(newest.order_by(operations.c.at.desc(), operations.c.id.desc()).limit(LATEST))
    return [Act(one, device_id, device_id is None and kind.startswith(WIDE)) for one, device_id, kind in found]


def every(session: Session) -> list[DeviceRow]:
    """Read all devices of the tenant."""
    return [row_of(row) for row in session.execute(rows())]


def some(session: Session, device_ids: Collection[DeviceId]) -> list[DeviceRow]:
    """Read these devices; one that is gone is not among them."""
    wanted = any_(literal(list(device_ids), ARRAY(Uuid)))
    return [row_of(row) for row in session.execute(rows().where(devices.c.id == wanted))]
