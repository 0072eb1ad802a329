"""Which commands a tenant lets its administrators ask beyond the usual ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db import operations
from db.controltables import tool_settings as table
from db.operations import Author
from fleet.identity import TenantId


@dataclass(frozen=True, slots=True)
class Allowed:
    """The commands that are allowed, and who said so when; nobody has where nothing was ever said."""

    extras: tuple[str, ...] = ()
    changed_at: datetime | None = None
    changed_by: str | None = None


def read(session: Session) -> Allowed:
    """Read the tenant's setting."""
    row = session.execute(select(table.c.extras, table.c.changed_at, table.c.changed_by)).one_or_none()
    return Allowed() if row is None else Allowed(tuple(row.extras), row.changed_at, row.changed_by)


def write(session: Session, author: Author, tenant_id: TenantId, extras: Iterable[str]) -> None:
    """Allow these commands and no others, with the record of it."""
    told = {"extras": sorted(set(extras)), "changed_at": author.at, "changed_by": author.by}
    wanted = insert(table).values(tenant_id=tenant_id, **told)
    session.execute(wanted.on_conflict_do_update(index_elements=[table.c.tenant_id], set_=told))
    operations.record(session, author.did("tools.allowed", tenant_id, {"extras": told["extras"]}))
