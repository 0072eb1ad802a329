"""Which devices may be due for a backup: when each was read last, and where its history stands now and stood then."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from db.backuptables import config_state as states
from db.errandtables import errands
from db.stocktables import inventory, inventory_readings
from db.tables import devices
from fleet.backups import ERRAND, HISTORY
from fleet.identity import DeviceId, TenantId


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device: ``seen`` is where its history stands (None: not read), ``marker`` where it stood at the last backup.

    ``open`` says that a backup was asked for already and has not ended; ``told`` is when ``seen`` was told last: when
    it changed, and once a day.
    """

    tenant_id: TenantId
    device_id: DeviceId
    site_id: UUID | None
    read_at: datetime | None
    failures: int
    marker: str | None
    seen: str | None
    open: bool
    told: datetime | None = None


def candidates(session: Session, tenants: Collection[TenantId]) -> list[Candidate]:
    """Read the devices of some tenants; the session is the platform's."""
    waiting = exists().where(
        errands.c.device_id == devices.c.id, errands.c.kind == ERRAND, errands.c.ended_at.is_(None)
    )
    told = and_(inventory_readings.c.device_id == devices.c.id, inventory_readings.c.kind == HISTORY)
    seen = and_(inventory.c.device_id == devices.c.id, inventory.c.kind == HISTORY, inventory.c.gone_at.is_(None))
    query = (
        select(
            devices.c.tenant_id,
            devices.c.id,
            devices.c.site_id,
            states.c.read_at,
            states.c.failures,
            states.c.marker,
            inventory.c.facts["marker"].astext.label("seen"),
            waiting.label("open"),
            inventory_readings.c.at.label("told"),
        )
        .join_from(devices, states, states.c.device_id == devices.c.id, isouter=True)
        .join(inventory, seen, isouter=True)
        .join(inventory_readings, told, isouter=True)
        .where(devices.c.tenant_id.in_(tenants))
    )
    return [
        Candidate(
            TenantId(row.tenant_id),
            DeviceId(row.id),
            row.site_id,
            row.read_at,
            row.failures or 0,
            row.marker,
            row.seen,
            row.open,
            row.told,
        )
        for row in session.execute(query)
    ]
