"""Whether those who asked for something that lasts may do it still: what their word allowed is asked again, later."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db import accounts, keys
from db.tables import api_keys, memberships, users
from fleet.identity import COMMAND_LINE, Permission, Principal, Role, TenantId

_KEY: Final = re.compile(r"key (flt_[0-9a-f]{8})\Z")


def may(session: Session, tenant_id: TenantId, by: str, permission: Permission, now: datetime) -> bool:
    """Tell whether an author, by the name on record, may do something in a tenant now; the session is the platform's.

    Who sits at the command line always may. A key must stand, a person belong to the tenant, with a role for it.
    """
    if by.endswith(COMMAND_LINE):
        return True
    principal = _key(session, tenant_id, by, now) if _KEY.match(by) else _person(session, tenant_id, by)
    return principal is not None and principal.may(permission)


def second(session: Session, by: str, first: str) -> bool:
    """Tell whether ``by`` is a person, and another one than ``first``, who stands behind what a program of his asked.

    The session is the tenant's.
    """
    if _KEY.match(by):
        return False
    maker = select(api_keys.c.created_by).where(api_keys.c.prefix == first.removeprefix("key "))
    behind = session.scalar(maker) if _KEY.match(first) else first
    return by != behind


def _key(session: Session, tenant_id: TenantId, by: str, now: datetime) -> Principal | None:
    mine = (api_keys.c.tenant_id == tenant_id, api_keys.c.prefix == by.removeprefix("key "))
    row = session.execute(keys.STANDING.where(*mine), {"now": now}).one_or_none()
    return None if row is None else keys.holder(row)


def _person(session: Session, tenant_id: TenantId, email: str) -> Principal | None:
    here = or_(memberships.c.tenant_id == tenant_id, memberships.c.role == Role.SUPER_ADMIN.value)
    query = select(memberships.c.role).join_from(memberships, users, users.c.id == memberships.c.user_id)
    roles = session.scalars(query.where(users.c.email == email, here)).all()
    return Principal.person(tenant_id, email, accounts.highest(roles)) if roles else None
