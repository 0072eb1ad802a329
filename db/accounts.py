"""Tenants, the people in them, and who is signed in to which.

Links, sessions and keys are the three ways in: ``db.links``, ``db.sessions``, ``db.keys``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import alertrules
from db.tables import memberships, users
from db.tables import tenants as tenant_table
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import Principal, Role, TenantId


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
    user_id: UUID
    session_id: UUID


def create_tenant(session: Session, slug: str, name: str) -> TenantId:
    """Add a tenant, with the alert rules that it begins with.

    Raises Conflict where the slug is taken, BadInput where slug or name is none.
    """
    tenant_id = TenantId(uuid4())
    try:
        with session.begin_nested():
            session.execute(insert(tenant_table).values(id=tenant_id, slug=slug, name=name))
            alertrules.begin(session, tenant_id)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") == "23505":
            raise Conflict(f"There is already a tenant {slug!r}.", "Choose another slug.") from error
        raise _misnamed(slug, name) from error
    return tenant_id


def rename_tenant(session: Session, tenant_id: TenantId, name: str) -> TenantRow:
    """Give a tenant another name for people; raises BadInput where it is none, NotFound."""
    changed = update(tenant_table).where(tenant_table.c.id == tenant_id).values(name=name).returning(tenant_table)
    try:
        with session.begin_nested():
            row = session.execute(changed).one_or_none()
    except IntegrityError as error:
        raise _misnamed("", name) from error
    if row is None:
        raise NotFound("There is no such tenant.", "List the tenants for their ids.")
    return TenantRow(TenantId(row.id), row.slug, row.name)


def tenants(session: Session) -> list[TenantRow]:
    """Read the tenants that the session may see, by slug."""
    found = session.execute(select(tenant_table).order_by(tenant_table.c.slug))
    return [TenantRow(TenantId(row.id), row.slug, row.name) for row in found]


def page(session: Session, user_id: UUID | None, after: str | None, limit: int) -> list[TenantRow]:
    """Read up to ``limit`` tenants by slug, those behind the slug ``after``: a person's, or all that are seen."""
    query = select(tenant_table).order_by(tenant_table.c.slug).limit(limit)
    if user_id is not None:
        query = query.where(open_to(user_id))
    if after is not None:
        query = query.where(tenant_table.c.slug > after)
    return [TenantRow(TenantId(row.id), row.slug, row.name) for row in session.execute(query)]


def open_to(user_id: UUID) -> ColumnElement[bool]:
    """Write the condition that a person may enter a tenant: as a member, or as a super_admin of any."""
    everywhere = exists().where(memberships.c.user_id == user_id, memberships.c.role == Role.SUPER_ADMIN.value)
    own = exists().where(memberships.c.user_id == user_id, memberships.c.tenant_id == tenant_table.c.id)
    return or_(own, everywhere)


def may_enter(session: Session, user_id: UUID, tenant_id: TenantId) -> bool:
    """Tell whether there is such a tenant and the person may enter it."""
    query = select(tenant_table.c.id).where(tenant_table.c.id == tenant_id, open_to(user_id))
    return session.execute(query).one_or_none() is not None


def may_enter_named(session: Session, user_id: UUID, slug: str) -> bool:
    """Tell the same of a tenant by its slug."""
    query = select(tenant_table.c.id).where(tenant_table.c.slug == slug, open_to(user_id))
    return session.execute(query).one_or_none() is not None


def role_in(session: Session, user_id: UUID, tenant_id: TenantId) -> Role | None:
    """Tell which role a person has in a tenant now: super_admin wherever it was given; None for a stranger."""
    here = or_(memberships.c.tenant_id == tenant_id, memberships.c.role == Role.SUPER_ADMIN.value)
    held = session.execute(select(memberships.c.role).where(memberships.c.user_id == user_id, here)).scalars().all()
    return highest(held) if held else None


def highest(names: Iterable[str]) -> Role:
    """Choose the first of these roles in the order of the declaration."""
    held = frozenset(names)
    return next(role for role in Role if role.value in held)


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


def _misnamed(slug: str, name: str) -> BadInput:
    return BadInput(
        f"{slug!r} or {name!r} is no name for a tenant." if slug else f"{name!r} is no name for a tenant.",
        "A slug is 1 to 48 lower-case letters, digits and hyphens; a name has 1 to 120 characters.",
    )
