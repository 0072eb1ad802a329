"""What a tenant wants of its backups: stored for it and for single devices, read for all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import operations
from db.backuptables import config_policies as table
from db.operations import Author
from db.rules import refusing
from fleet.backups import DEFAULT, Policy
from fleet.identity import DeviceId, TenantId

_COLUMNS = ("tenant_id", "device_id", "every_seconds", "on_change", "keep_count", "keep_days")


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of tenants and devices as they were written."""

    tenants: Mapping[TenantId, Policy]
    devices: Mapping[DeviceId, Policy]
    owners: Mapping[DeviceId, TenantId] = field(default_factory=dict)

    def of(self, tenant_id: TenantId, device_id: DeviceId | None = None) -> Policy:
        """Tell what counts for a device, or for a tenant as a whole, with nothing left open."""
        whole = self.tenants.get(tenant_id, Policy()).over(DEFAULT)
        return whole if device_id is None else self.devices.get(device_id, Policy()).over(whole)

    @property
    def wanting(self) -> frozenset[TenantId]:
        """Name the tenants that want anything by themselves, for all their devices or for one."""
        mine = {tenant_id for tenant_id, policy in self.tenants.items() if _active(policy)}
        return frozenset(mine | {self.owners[d] for d, policy in self.devices.items() if _active(policy)})


def read(session: Session, tenant_id: TenantId | None = None) -> Policies:
    """Read the policies of a tenant, or of all; ``tenant_id`` is left out by the platform and by pollers alone."""
    query = select(*(table.c[name] for name in _COLUMNS))
    if tenant_id is not None:
        query = query.where(table.c.tenant_id == tenant_id)
    rows = session.execute(query).all()
    return Policies(
        {TenantId(row.tenant_id): _policy(row) for row in rows if row.device_id is None},
        {DeviceId(row.device_id): _policy(row) for row in rows if row.device_id is not None},
        {DeviceId(row.device_id): TenantId(row.tenant_id) for row in rows if row.device_id is not None},
    )


def put(session: Session, author: Author, tenant_id: TenantId, device_id: DeviceId | None, policy: Policy) -> None:
    """Store what a tenant wants, or what it wants otherwise of one device; raises BadInput."""
    policy.check()
    facts = {
        "every_seconds": None if policy.every is None else policy.every.total_seconds(),
        "on_change": policy.on_change,
        "keep_count": policy.keep_count,
        "keep_days": policy.keep_days,
        "changed_at": author.at,
        "changed_by": author.by,
    }
    made = upsert(table).values(id=uuid4(), tenant_id=tenant_id, device_id=device_id, **facts)
    with refusing(session):
        session.execute(made.on_conflict_do_update(index_elements=["tenant_id", "device_id"], set_=facts))
    _tell(session, author, tenant_id, device_id, "config.policy_set")


def drop(session: Session, author: Author, tenant_id: TenantId, device_id: DeviceId) -> None:
    """Let a device have what its tenant has."""
    gone = delete(table).where(table.c.tenant_id == tenant_id, table.c.device_id == device_id).returning(table.c.id)
    if session.execute(gone).one_or_none() is not None:
        _tell(session, author, tenant_id, device_id, "config.policy_dropped")


def own(session: Session, tenant_id: TenantId, device_id: DeviceId | None) -> Policy:
    """Read a policy as it was written; one that wants nothing where none was."""
    which: ColumnElement[bool] = table.c.device_id.is_(None) if device_id is None else table.c.device_id == device_id
    query = select(*(table.c[name] for name in _COLUMNS)).where(table.c.tenant_id == tenant_id, which)
    row = session.execute(query).one_or_none()
    return Policy() if row is None else _policy(row)


def changed(session: Session) -> datetime | None:
    """Tell when a policy was changed last, so that who keeps them need not read them again."""
    newest = select(table.c.changed_at).order_by(table.c.changed_at.desc()).limit(1)
    return session.execute(newest).scalar()


def _tell(session: Session, author: Author, tenant_id: TenantId, device_id: DeviceId | None, kind: str) -> None:
    operations.record(session, author.did(kind, tenant_id, {"fields": []}, device_id))


def _active(policy: Policy) -> bool:
    return bool(policy.every or policy.on_change)


def _policy(row: Any) -> Policy:
    every = None if row.every_seconds is None else timedelta(seconds=row.every_seconds)
    return Policy(every, row.on_change, row.keep_count, row.keep_days)
