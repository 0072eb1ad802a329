"""Tenants, people, and the three ways in: a single-use link, a session, an API key.

A token is 256 random bits; only its SHA-256 is stored, so whoever reads the database cannot enter with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, bindparam, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db.engine import Stores
from db.platform import platform_session
from db.tables import api_keys, login_links, memberships, sessions, users
from db.tables import tenants as tenant_table
from fleet.errors import BadInput, Conflict, NotFound, Unauthenticated
from fleet.identity import PERMISSIONS, Principal, Role, Scope, TenantId

SESSION = timedelta(hours=12)
"""How long a session lasts."""
LAST_USED_EVERY = timedelta(minutes=1)
"""How exactly the last use of an API key is kept."""
PREFIX = "flt_"


_SESSION = (
    select(sessions.c.tenant_id, tenant_table.c.slug, tenant_table.c.name, users.c.email, memberships.c.role)
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .join(tenant_table, tenant_table.c.id == sessions.c.tenant_id)
    .join(memberships, memberships.c.user_id == sessions.c.user_id)
    .where(or_(memberships.c.tenant_id == sessions.c.tenant_id, memberships.c.role == Role.SUPER_ADMIN.value))
    .where(sessions.c.hash == bindparam("hash"), sessions.c.revoked_at.is_(None))
    .where(sessions.c.expires_at > bindparam("now"))
)
"""A session with the roles that its person has now: that in the tenant, and super_admin in any."""

_KEY = select(api_keys).where(
    api_keys.c.hash == bindparam("hash"),
    api_keys.c.revoked_at.is_(None),
    or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > bindparam("now")),
)


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A tenant: its id, its name in URLs and its name for people."""

    id: TenantId
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who is signed in, and the tenant that the session is for."""

    principal: Principal
    slug: str
    email: str
    tenant_name: str


def create_tenant(session: Session, slug: str, name: str) -> TenantId:
    """Add a tenant; raises Conflict where the slug is taken, BadInput where slug or name is none."""
    tenant_id = TenantId(uuid4())
    try:
        with session.begin_nested():
            session.execute(insert(tenant_table).values(id=tenant_id, slug=slug, name=name))
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") == "23505":
            raise Conflict(f"There is already a tenant {slug!r}.", "Choose another slug.") from error
        raise BadInput(
            f"{slug!r} or {name!r} is no name for a tenant.",
            "A slug is 1 to 48 lower-case letters, digits and hyphens; a name has 1 to 120 characters.",
        ) from error
    return tenant_id


def tenants(session: Session) -> list[TenantRow]:
    """Read the tenants that the session may see, by slug."""
    found = session.execute(select(tenant_table).order_by(tenant_table.c.slug))
    return [TenantRow(TenantId(row.id), row.slug, row.name) for row in found]


def create_user(session: Session, email: str) -> UUID:
    """Add a person, or find the one of that address (case aside); raises BadInput where it is no address."""
    address = email.strip().lower()
    try:
        with session.begin_nested():
            session.execute(upsert(users).values(id=uuid4(), email=address).on_conflict_do_nothing())
    except IntegrityError as error:
        raise BadInput(f"{email!r} is no e-mail address.", "Write it as name@example.net.") from error
    user_id: UUID = session.execute(select(users.c.id).where(users.c.email == address)).scalar_one()
    return user_id


def grant(session: Session, tenant_id: TenantId, user_id: UUID, role: Role) -> None:
    """Give a person a role in a tenant, in place of any before."""
    made = upsert(memberships).values(tenant_id=tenant_id, user_id=user_id, role=role.value)
    session.execute(made.on_conflict_do_update(index_elements=("tenant_id", "user_id"), set_={"role": role.value}))


def make_link(stores: Stores, email: str, ttl: timedelta, now: datetime, slug: str | None = None) -> str:
    """Make a token that signs a person in once, within ``ttl`` of ``now``, to one tenant.

    Without ``slug`` it is the person's only tenant. Raises NotFound for an unknown address or tenant, BadInput where
    several tenants are possible.
    """
    token = secrets.token_urlsafe(32)
    with platform_session(stores, "make a sign-in link") as session:
        user_id = session.execute(select(users.c.id).where(users.c.email == email.strip().lower())).scalar()
        if user_id is None:
            raise NotFound(f"Nobody here has the address {email}.", "Check the spelling.")
        link = {"hash": _digest(token), "user_id": user_id, "tenant_id": _destination(session, user_id, slug)}
        session.execute(insert(login_links).values(**link, expires_at=now + ttl))
    return token


def redeem_link(stores: Stores, token: str, now: datetime) -> str:
    """Use up a link and return the token of a new session; raises Unauthenticated where it is used or too old."""
    taken = (
        update(login_links)
        .where(login_links.c.hash == _digest(token), login_links.c.used_at.is_(None), login_links.c.expires_at > now)
        .values(used_at=now)
        .returning(login_links.c.tenant_id, login_links.c.user_id)
    )
    fresh = secrets.token_urlsafe(32)
    with platform_session(stores, "redeem a sign-in link") as session:
        link = session.execute(taken).one_or_none()
        if link is None:
            raise Unauthenticated("This link was used already or is too old.", "Make a new one: flotilla link EMAIL")
        owner = {"tenant_id": link.tenant_id, "user_id": link.user_id}
        times = {"created_at": now, "expires_at": now + SESSION}
        session.execute(insert(sessions).values(hash=_digest(fresh), **owner, **times))
    return fresh


def principal_of_session(stores: Stores, token: str, now: datetime) -> SignedIn:
    """Tell who a session belongs to; raises Unauthenticated where it ended or the person left the tenant."""
    with platform_session(stores, "check a session") as session:
        found = session.execute(_SESSION, {"hash": _digest(token), "now": now}).all()
    if not found:
        raise Unauthenticated("You are not signed in, or your session has ended.", "Sign in again.")
    tenant_id, slug, tenant_name, email, _ = found[0]
    principal = Principal.person(TenantId(tenant_id), email, _highest(row.role for row in found))
    return SignedIn(principal, slug, email, tenant_name)


def sign_out(stores: Stores, token: str, now: datetime) -> None:
    """End a session; one that has ended stays as it was."""
    ended = update(sessions).where(sessions.c.hash == _digest(token), sessions.c.revoked_at.is_(None))
    with platform_session(stores, "sign out") as session:
        session.execute(ended.values(revoked_at=now))


def make_key(
    stores: Stores, tenant_id: TenantId, name: str, scopes: Collection[Scope], expires: datetime | None
) -> str:
    """Make an API key and return it, for the only time; raises Conflict where the tenant has one of that name."""
    prefix = f"{PREFIX}{secrets.token_hex(4)}"
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    row = {"hash": _digest(key), "tenant_id": tenant_id, "prefix": prefix, "name": name, "expires_at": expires}
    try:
        with platform_session(stores, "make an API key") as session:
            session.execute(insert(api_keys).values(**row, scopes=sorted(scope.value for scope in scopes)))
    except IntegrityError as error:
        raise Conflict(
            f"The key {name!r} cannot be made.",
            "Give it a name of its own in this tenant, and at least one scope.",
        ) from error
    return key


def revoke_key(stores: Stores, tenant_id: TenantId, name: str, now: datetime) -> None:
    """End an API key; raises NotFound where the tenant has no such key in use."""
    chosen = (api_keys.c.tenant_id == tenant_id, api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
    with platform_session(stores, "revoke an API key") as session:
        ended = session.execute(update(api_keys).where(*chosen).values(revoked_at=now).returning(api_keys.c.name))
        if ended.one_or_none() is None:
            raise NotFound(f"There is no key {name!r} in use.", "List the tenant's keys for their names.")


def principal_of_key(stores: Stores, key: str, now: datetime) -> Principal:
    """Tell what an API key may do, and note its use; raises Unauthenticated where it is unknown or has ended."""
    with platform_session(stores, "check an API key") as session:
        row = session.execute(_KEY, {"hash": _digest(key), "now": now}).one_or_none()
        if row is None:
            raise Unauthenticated("This API key is unknown, expired or revoked.", "Ask a tenant_admin for a new one.")
        _note_use(session, row, now)
    scopes = frozenset(Scope(name) for name in row.scopes)
    return Principal(TenantId(row.tenant_id), f"key {row.prefix}", _least(scopes), scopes)


def _note_use(session: Session, row: Row[Any], now: datetime) -> None:
    """Write the last use down at most once a minute; of many requests at once one writes, and none waits."""
    earlier = now - LAST_USED_EVERY
    if row.last_used_at is not None and row.last_used_at > earlier:
        return
    stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= earlier)
    free = select(api_keys.c.hash).where(api_keys.c.hash == row.hash, stale).with_for_update(skip_locked=True)
    session.execute(update(api_keys).where(api_keys.c.hash.in_(free)).values(last_used_at=now))


def _destination(session: Session, user_id: UUID, slug: str | None) -> UUID:
    """Choose the tenant that a link leads to."""
    everywhere = exists().where(memberships.c.user_id == user_id, memberships.c.role == Role.SUPER_ADMIN.value)
    own = exists().where(memberships.c.user_id == user_id, memberships.c.tenant_id == tenant_table.c.id)
    query = select(tenant_table.c.id, tenant_table.c.slug).where(or_(own, everywhere)).order_by(tenant_table.c.slug)
    possible: dict[str, UUID] = {row.slug: row.id for row in session.execute(query)}
    if slug is not None and slug not in possible:
        raise NotFound(f"This person has no tenant {slug!r}.", f"Choose one of: {', '.join(possible) or 'none'}.")
    if slug is None and len(possible) != 1:
        raise BadInput("It is not clear for which tenant.", f"Name one of: {', '.join(possible) or 'none'}.")
    return possible[slug] if slug is not None else next(iter(possible.values()))


def _highest(names: Iterable[str]) -> Role:
    """Choose the first of these roles in the order of the declaration."""
    held = frozenset(names)
    return next(role for role in Role if role.value in held)


def _least(scopes: frozenset[Scope]) -> Role:
    """Choose the lowest role that allows these scopes: a key is no more than it needs to be."""
    return next(role for role in reversed(Role) if scopes <= PERMISSIONS[role])


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
