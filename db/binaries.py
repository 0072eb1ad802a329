"""Binary backups: stored by a device's owner under the tenant's key, listed by people, opened for a restore alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from db import operations
from db.binarytables import config_binaries as table
from db.keyring import Keyring
from db.operations import Author
from db.sealing import seal, unseal
from fleet.errors import NotFound
from fleet.identity import DeviceId, TenantId

KEPT: Final = 5
"""Binary backups that are kept of a device; the oldest goes for a new one."""

_SHOWN: Final = ("id", "device_id", "at", "asked_by", "size", "ros_version", "model", "serial", "system_id")


@dataclass(frozen=True, slots=True)
class Origin:
    """What the device was when it wrote the backup."""

    ros_version: str
    model: str
    serial: str
    system_id: str


@dataclass(frozen=True, slots=True)
class Binary:
    """A file with the password that was made for it."""

    data: bytes = field(repr=False)
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A binary backup as it is listed."""

    id: UUID
    device_id: DeviceId
    at: datetime
    asked_by: str
    size: int
    origin: Origin


def store(
    session: Session, keyring: Keyring, who: tuple[TenantId, DeviceId, str, datetime], origin: Origin, binary: Binary
) -> UUID:
    """Store a backup in the poller's session, and let the oldest beyond KEPT go; raises Unavailable."""
    tenant_id, device_id, by, at = who
    key = keyring.writing(session, tenant_id, at).data
    made = uuid4()
    row = {
        "id": made,
        "tenant_id": tenant_id,
        "device_id": device_id,
        "at": at,
        "asked_by": by,
        "key_id": key.id,
        "sealed": seal(key, tenant_id, made, binary.password.encode() + b"\n" + binary.data),
        "size": len(binary.data),
        "ros_version": origin.ros_version,
        "model": origin.model,
        "serial": origin.serial,
        "system_id": origin.system_id,
    }
    session.execute(insert(table).values(row))
    mine = (table.c.tenant_id == tenant_id, table.c.device_id == device_id)
    older = select(table.c.id).where(*mine).order_by(table.c.at.desc(), table.c.id).offset(KEPT)
    session.execute(delete(table).where(table.c.id.in_(older)))
    return made


def opened(session: Session, keyring: Keyring, tenant_id: TenantId, binary_id: UUID) -> tuple[Kept, Binary]:
    """Open a backup in the poller's session; raises NotFound, Unavailable, SealBroken."""
    mine = (table.c.tenant_id == tenant_id, table.c.id == binary_id)
    row = session.execute(select(table).where(*mine)).one_or_none()
    if row is None:
        raise NotFound("The binary backup is not there any more.", "Choose one that is listed.")
    key = keyring.reading(session, tenant_id, [row.key_id])[row.key_id]
    password, _, data = unseal(key, tenant_id, row.id, bytes(row.sealed)).partition(b"\n")
    return _kept(row), Binary(data, password.decode())


def listed(session: Session, device_id: DeviceId) -> list[Kept]:
    """List a device's binary backups, the newest first."""
    columns = [table.c[name] for name in _SHOWN]
    query = select(*columns).where(table.c.device_id == device_id).order_by(table.c.at.desc(), table.c.id)
    return [_kept(row) for row in session.execute(query)]


def one(session: Session, device_id: DeviceId, binary_id: UUID) -> Kept:
    """Read what is known of one backup of a device; raises NotFound."""
    found = next((kept for kept in listed(session, device_id) if kept.id == binary_id), None)
    if found is None:
        raise NotFound("The device has no such binary backup.", "List the device's binary backups for their ids.")
    return found


def remove(session: Session, author: Author, tenant_id: TenantId, kept: Kept) -> None:
    """Remove a backup, with the record of it."""
    session.execute(delete(table).where(table.c.id == kept.id))
    operations.record(session, author.did("config.binary_removed", tenant_id, {"size": kept.size}, kept.device_id))


def _kept(row: Any) -> Kept:
    origin = Origin(row.ros_version, row.model, row.serial, row.system_id)
    return Kept(row.id, DeviceId(row.device_id), row.at, row.asked_by, row.size, origin)
