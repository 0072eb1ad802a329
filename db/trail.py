"""What people do to tenants, users, keys and sessions, written down with the rest of what is done."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from db import operations
from db.operations import Author
from fleet.identity import TenantId


def note(
    session: Session, author: Author, tenant_id: TenantId, kind: str, detail: Mapping[str, object] | None = None
) -> None:
    """Record what was done in a tenant, in the transaction of the doing; ``detail`` holds no secret."""
    operations.record(session, author.did(kind, tenant_id, detail or {}))
