"""The API keys of a tenant: made, listed, revoked, and told apart at each request.

A key is 256 random bits; only its SHA-256 is stored, so whoever reads the database cannot enter with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import trail
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from db.tables import api_keys
from fleet.errors import Conflict, Forbidden, NotFound, Unauthenticated
from fleet.identity import PERMISSIONS, Permission, Principal, Role, Scope, TenantId

LAST_USED_EVERY = timedelta(minutes=1)
"""How exactly the last use of an API key is kept."""
PREFIX = "flt_"

STANDING = select(api_keys).where(
    api_keys.c.revoked_at.is_(None),
    or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > bindparam("now")),
)
"""The keys that stand at ``now``."""
_ONE = STANDING.where(api_keys.c.hash == bindparam("hash"))
_SHOWN = [
    api_keys.c[name]
    for name in ("id", "prefix", "name", "scopes", "created_by", "created_at", "expires_at", "last_used_at")
]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it is listed: who made it is unknown of the oldest."""

    id: UUID
    prefix: str
    name: str
    scopes: tuple[Scope, ...]
    created_by: str | None
    created_at: datetime | None
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is wished for: a name of its own in the tenant, at least one scope, and an end."""

    name: str
    scopes: frozenset[Scope]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Keys:
    """Writes the keys of a tenant in the caller's transaction, for an author, with the record of it.

    ``allowed`` is what the author may do: nobody gives a key more than that, or takes such a key away.
    """

    session: Session
    author: Author
    tenant_id: TenantId
    allowed: frozenset[Permission]

    def add(self, wished: NewKey) -> tuple[KeyRow, str]:
        """Make a key and return it, for the only time.

        Raises Forbidden for a scope that the author has not got, Conflict where there is a key of that name.
        """
        self._check(wished.scopes)
        row, key = _insert(self.session, self.tenant_id, wished, self.author)
        self._tell("key.created", row)
        return row, key

    def revoke(self, row: KeyRow) -> None:
        """End a key; raises Forbidden for one that may more than the author."""
        self._check(row.scopes)
        ended = update(api_keys).where(_mine(self.tenant_id), api_keys.c.id == row.id)
        self.session.execute(ended.values(revoked_at=self.author.at))
        self._tell("key.revoked", row)

    def _check(self, scopes: Collection[Scope]) -> None:
        if more := sorted(set(scopes) - self.allowed):
            raise Forbidden(
                f"Your role does not have the scope {more[0]}.", "Leave it out, or ask a tenant_admin to do it."
            )

    def _tell(self, kind: str, row: KeyRow) -> None:
        detail = {"name": row.name, "prefix": row.prefix, "scopes": [scope.value for scope in row.scopes]}
        trail.note(self.session, self.author, self.tenant_id, kind, detail)


def page(session: Session, tenant_id: TenantId, after: str | None, limit: int) -> list[KeyRow]:
    """Read up to ``limit`` keys of a tenant that nobody revoked, by name, those behind the name ``after``."""
    query = select(*_SHOWN).where(_mine(tenant_id)).order_by(api_keys.c.name).limit(limit)
    if after is not None:
        query = query.where(api_keys.c.name > after)
    return [_read(row) for row in session.execute(query)]


def one(session: Session, tenant_id: TenantId, key_id: UUID) -> KeyRow:
    """Read a key; raises NotFound where the tenant has none of that id, or it was revoked."""
    return _only(session, _mine(tenant_id) & (api_keys.c.id == key_id))


def named(session: Session, tenant_id: TenantId, which: str) -> KeyRow:
    """Find a key by its name or its prefix; raises NotFound."""
    return _only(session, _mine(tenant_id) & or_(api_keys.c.name == which, api_keys.c.prefix == which))


def make(stores: Stores, tenant_id: TenantId, name: str, scopes: Collection[Scope], expires: datetime | None) -> str:
    """Make an API key for the system itself, and tell nobody; raises Conflict where there is one of that name."""
    with platform_session(stores, "make an API key") as session:
        return _insert(session, tenant_id, NewKey(name, frozenset(scopes), expires))[1]


def principal(stores: Stores, key: str, now: datetime) -> Principal:
    """Tell what an API key may do, and note its use; raises Unauthenticated where it is unknown or has ended."""
    with platform_session(stores, "check an API key") as session:
        row = session.execute(_ONE, {"hash": digest(key), "now": now}).one_or_none()
        if row is None:
            raise Unauthenticated("This API key is unknown, expired or revoked.", "Ask a tenant_admin for a new one.")
        _note_use(session, row, now)
    return holder(row)


def holder(row: Row[Any]) -> Principal:
    """Make the principal of a key's row: no more than its scopes, and what the least role for them allows."""
    scopes = frozenset(Scope(name) for name in row.scopes)
    return Principal(TenantId(row.tenant_id), f"key {row.prefix}", _least(scopes), scopes)


def _insert(
    session: Session, tenant_id: TenantId, wished: NewKey, author: Author | None = None
) -> tuple[KeyRow, str]:
    prefix = f"{PREFIX}{secrets.token_hex(4)}"
    key, scopes = f"{prefix}_{secrets.token_urlsafe(32)}", tuple(sorted(wished.scopes))
    by, at = (author.by, author.at) if author else (None, None)
    row = KeyRow(uuid4(), prefix, wished.name, scopes, by, at, wished.expires_at, last_used_at=None)
    told = {name: getattr(row, name) for name in ("id", "prefix", "name", "created_by", "created_at", "expires_at")}
    words = [scope.value for scope in scopes]
    try:
        with session.begin_nested():
            session.execute(insert(api_keys).values(**told, hash=digest(key), tenant_id=tenant_id, scopes=words))
    except IntegrityError as error:
        raise Conflict(
            f"The key {wished.name!r} cannot be made.",
            "Give it a name of its own in this tenant, and at least one scope.",
        ) from error
    return row, key


def _mine(tenant_id: TenantId) -> ColumnElement[bool]:
    """Write the condition that a key is the tenant's and nobody revoked it; at the tenants' door it is one anyway."""
    return (api_keys.c.tenant_id == tenant_id) & api_keys.c.revoked_at.is_(None)


def _only(session: Session, which: ColumnElement[bool]) -> KeyRow:
    row = session.execute(select(*_SHOWN).where(which)).one_or_none()
    if row is None:
        raise NotFound("There is no such key in use.", "List the tenant's keys for their ids and names.")
    return _read(row)


def _read(row: Row[Any]) -> KeyRow:
    return KeyRow(**dict(row._mapping) | {"scopes": tuple(Scope(name) for name in row.scopes)})


def _note_use(session: Session, row: Row[Any], now: datetime) -> None:
    """Write the last use down at most once a minute; of many requests at once one writes, and none waits."""
    earlier = now - LAST_USED_EVERY
    if row.last_used_at is not None and row.last_used_at > earlier:
        return
    stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= earlier)
    free = select(api_keys.c.hash).where(api_keys.c.hash == row.hash, stale).with_for_update(skip_locked=True)
    session.execute(update(api_keys).where(api_keys.c.hash.in_(free)).values(last_used_at=now))


def _least(scopes: frozenset[Scope]) -> Role:
    """Choose the lowest role that allows these scopes: a key is no more than it needs to be."""
    return next(role for role in reversed(Role) if scopes <= PERMISSIONS[role])


def digest(token: str) -> bytes:
    """Tell under which hash a key is stored."""
    return sha256(token.encode(errors="surrogatepass")).digest()
