"""By whose word files of a device are read by SFTP, and the host key that was learnt at the first use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import operations
from db.backuptables import ssh_access as table
from db.operations import Author
from db.rules import refusing
from fleet.identity import DeviceId, TenantId


@dataclass(frozen=True, slots=True)
class SshAccess:
    """The port of ssh, whether the old algorithms of RouterOS 6 are allowed, and the host key that counts."""

    port: int
    legacy: bool
    fingerprint: str | None
    learnt_at: datetime | None
    allowed_by: str
    allowed_at: datetime


_COLUMNS = [table.c[name] for name in SshAccess.__slots__]


def read(session: Session, tenant_id: TenantId, device_id: DeviceId) -> SshAccess | None:
    """Tell how a device may be entered by SSH; None where nobody allowed it."""
    mine = (table.c.tenant_id == tenant_id, table.c.device_id == device_id)
    row = session.execute(select(*_COLUMNS).where(*mine)).one_or_none()
    return None if row is None else SshAccess(*row)


def learn(session: Session, tenant_id: TenantId, device_id: DeviceId, fingerprint: str, at: datetime) -> None:
    """Note the host key of the first use; one that is known stays."""
    mine = (table.c.tenant_id == tenant_id, table.c.device_id == device_id, table.c.fingerprint.is_(None))
    session.execute(update(table).where(*mine).values(fingerprint=fingerprint, learnt_at=at))


def allow(session: Session, author: Author, tenant_id: TenantId, device_id: DeviceId, wanted: SshAccess) -> None:
    """Allow it, or change how; a host key that is not named is learnt anew. Raises BadInput."""
    facts = {name: getattr(wanted, name) for name in SshAccess.__slots__}
    made = upsert(table).values(device_id=device_id, tenant_id=tenant_id, **facts)
    with refusing(session):
        session.execute(made.on_conflict_do_update(index_elements=["device_id"], set_=facts))
    operations.record(session, author.did("config.ssh_allowed", tenant_id, {"fields": []}, device_id))


def deny(session: Session, author: Author, tenant_id: TenantId, device_id: DeviceId) -> None:
    """Allow it no longer."""
    mine = (table.c.tenant_id == tenant_id, table.c.device_id == device_id)
    if session.execute(delete(table).where(*mine).returning(table.c.device_id)).one_or_none() is not None:
        operations.record(session, author.did("config.ssh_denied", tenant_id, {"fields": []}, device_id))
