"""The URLs and secrets of channels as ciphertext, so that they can be sealed anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.engine import Stores
from db.notifytables import alert_channels as table
from db.platform import platform_session
from fleet.identity import TenantId

_COLUMNS = ("url", "secret")


@dataclass(frozen=True, slots=True)
class SealedChannel:
    """One stored secret of a channel: in which column, whose, and the ciphertext."""

    column: str
    id: UUID
    secret: str = field(repr=False)


def hold(session: Session, tenant_id: TenantId) -> None:
    """Let nobody change a tenant's channels until the transaction ends; the session is the tenants' door."""
    session.execute(select(table.c.id).where(table.c.tenant_id == tenant_id).with_for_update()).all()


def read(stores: Stores, tenant_id: TenantId) -> list[SealedChannel]:
    """Read the secrets of a tenant's channels as they are sealed; raises Unavailable."""
    found: list[SealedChannel] = []
    with platform_session(stores, "the secrets of channels are sealed anew") as session:
        for name in _COLUMNS:
            mine = (table.c.tenant_id == tenant_id, table.c[name].is_not(None))
            rows = session.execute(select(table.c.id, table.c[name]).where(*mine).order_by(table.c.id))
            found += [SealedChannel(name, its_id, text) for its_id, text in rows]
    return found


def put(session: Session, before: SealedChannel, anew: str) -> bool:
    """Put a newly sealed secret in its place, which is held; tells whether there was anything to do."""
    if anew == before.secret:
        return False
    session.execute(update(table).where(table.c.id == before.id).values({before.column: anew}))
    return True
