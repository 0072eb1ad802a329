"""What is kept no longer: versions beyond their policy, readings of long ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db.backuptables import config_readings as readings
from db.backuptables import config_versions as versions
from db.configpolicies import Policies
from fleet.backups import Kept, surplus
from fleet.identity import DeviceId, TenantId


def tidy(session: Session, policies: Policies, devices: Sequence[tuple[TenantId, DeviceId]], now: datetime) -> int:
    """Delete the versions of some devices that their policies keep no longer; the caller's session is the platform's.

    The newest of each device always stays, and so do pinned ones. Tells how many went.
    """
    owners = {device_id: tenant_id for tenant_id, device_id in devices}
    columns = (versions.c.id, versions.c.device_id, versions.c.last_seen, versions.c.pinned_at)
    query = select(*columns).where(versions.c.device_id.in_(owners)).order_by(versions.c.number.desc())
    found: defaultdict[DeviceId, list[Kept]] = defaultdict(list)
    for row in session.execute(query):
        found[DeviceId(row.device_id)].append(Kept(row.id, row.last_seen, row.pinned_at is not None))
    gone: list[UUID] = []
    for device_id, kept in found.items():
        gone += surplus(kept, policies.of(owners[device_id], device_id), now)
    if gone:
        session.execute(delete(versions).where(versions.c.id.in_(gone)))
    return len(gone)


def forget(session: Session, before: datetime, most: int) -> int:
    """Delete up to ``most`` readings of before an instant, with what was kept aside; tells how many there were."""
    old = select(readings.c.id).where(readings.c.at < before).order_by(readings.c.at).limit(most)
    return len(session.execute(delete(readings).where(readings.c.id.in_(old)).returning(readings.c.id)).all())


def owners(session: Session, after: UUID | None, most: int) -> list[tuple[TenantId, DeviceId]]:
    """Name up to ``most`` devices that have versions, by id, those behind ``after``."""
    query = select(versions.c.tenant_id, versions.c.device_id).distinct().order_by(versions.c.device_id).limit(most)
    if after is not None:
        query = query.where(versions.c.device_id > after)
    return [(TenantId(row.tenant_id), DeviceId(row.device_id)) for row in session.execute(query)]
