"""The passwords of devices and profiles as ciphertext, so that they can be sealed anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db.engine import Stores, reachable
from db.grant import POLLER
from db.profiletables import credential_profiles
from db.tables import devices
from fleet.identity import TenantId

_TABLES = {"devices": devices, "credential_profiles": credential_profiles}


@dataclass(frozen=True, slots=True)
class SealedLogin:
    """One stored password: in which table, whose, and the ciphertext."""

    table: str
    id: UUID
    secret: str = field(repr=False)


def hold(session: Session, tenant_id: TenantId) -> None:
    """Let nobody change a tenant's passwords until the transaction ends; the session is the tenants' door."""
    for table in _TABLES.values():
        session.execute(select(table.c.id).where(table.c.tenant_id == tenant_id).with_for_update()).all()


def read(stores: Stores, tenant_id: TenantId) -> list[SealedLogin]:
    """Read a tenant's passwords as they are sealed, in the poller's role; raises Unavailable."""
    found: list[SealedLogin] = []
    with reachable(), stores.engine(POLLER).connect() as connection:
        for name, table in _TABLES.items():
            mine = (table.c.tenant_id == tenant_id, table.c.secret.is_not(None))
            rows = connection.execute(select(table.c.id, table.c.secret).where(*mine).order_by(table.c.id))
            found += [SealedLogin(name, row.id, row.secret) for row in rows]
    return found


def put(session: Session, before: SealedLogin, anew: str) -> bool:
    """Put a newly sealed password in its place, which is held; tells whether there was anything to do."""
    if anew == before.secret:
        return False
    table = _TABLES[before.table]
    session.execute(update(table).where(table.c.id == before.id).values(secret=anew))
    return True
