"""The people of a tenant: listed, added, given another role, removed.

A person may belong to several tenants, so this is read and written at the platform's door: every statement here names
the tenant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from db import accounts, trail
from db.operations import Author
from db.tables import memberships, sessions, users
from fleet.errors import Conflict, Forbidden, NotFound
from fleet.identity import Role, TenantId


class LastAdmin(Conflict):
    """Without this person nobody could let anybody in."""

    code = "last_tenant_admin"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person of a tenant."""

    id: UUID
    email: str
    role: Role


_ROW = select(users.c.id, users.c.email, memberships.c.role).join_from(
    memberships, users, users.c.id == memberships.c.user_id
)


def page(session: Session, tenant_id: TenantId, after: str | None, limit: int) -> list[MemberRow]:
    """Read up to ``limit`` people of a tenant by their addresses, those behind the address ``after``."""
    query = _ROW.where(memberships.c.tenant_id == tenant_id).order_by(users.c.email).limit(limit)
    if after is not None:
        query = query.where(users.c.email > after)
    return [MemberRow(row.id, row.email, Role(row.role)) for row in session.execute(query)]


def one(session: Session, tenant_id: TenantId, user_id: UUID) -> MemberRow:
    """Read a person; raises NotFound where the tenant has none of that id."""
    return _only(session, tenant_id, users.c.id == user_id)


def named(session: Session, tenant_id: TenantId, email: str) -> MemberRow:
    """Find a person by the address; raises NotFound."""
    return _only(session, tenant_id, users.c.email == email.strip().lower())


def is_elsewhere(session: Session, tenant_id: TenantId, user_id: UUID) -> bool:
    """Tell whether a person belongs to another tenant, or is a super_admin: more than this tenant's own."""
    more = (memberships.c.tenant_id != tenant_id) | (memberships.c.role == Role.SUPER_ADMIN.value)
    query = select(memberships.c.user_id).where(memberships.c.user_id == user_id, more).limit(1)
    return session.execute(query).first() is not None


@dataclass(frozen=True, slots=True)
class Members:
    """Writes who belongs to a tenant, in the caller's transaction, for an author of a role, with the record of it.

    Only a super_admin makes or unmakes one, and only a super_admin takes a person in who belongs to another tenant:
    that the address is the person's was for the other tenant to find out.
    """

    session: Session
    author: Author
    tenant_id: TenantId
    role: Role

    def add(self, email: str, role: Role) -> tuple[MemberRow, bool]:
        """Take a person in, and tell whether that one belongs to nobody else and so needs a link.

        Raises Conflict for one of this tenant or of another, Forbidden, BadInput.
        """
        self._check(role)
        user_id = accounts.create_user(self.session, email)
        known = is_elsewhere(self.session, self.tenant_id, user_id)
        if known and self.role is not Role.SUPER_ADMIN:
            raise Conflict(
                "This person belongs to another tenant of this Flotilla, or already to this one.",
                "Ask the system's administrator: flotilla user add EMAIL --tenant SLUG --role ROLE",
            )
        mine = (memberships.c.tenant_id == self.tenant_id, memberships.c.user_id == user_id)
        if self.session.execute(select(memberships.c.role).where(*mine)).first() is not None:
            raise Conflict("This person belongs to the tenant already.", "Change the role instead.")
        facts = {"tenant_id": self.tenant_id, "user_id": user_id, "role": role.value}
        self.session.execute(insert(memberships).values(**facts))
        row = MemberRow(user_id, email.strip().lower(), role)
        self._tell("user.added", row)
        return row, not known

    def change(self, row: MemberRow, role: Role) -> MemberRow:
        """Give a person another role, from the next request on; raises LastAdmin, Forbidden."""
        self._check(row.role, role)
        if row.role is role:
            return row
        self._keep_one(row)
        mine = self._mine(row)
        self.session.execute(update(memberships).where(*mine).values(role=role.value))
        changed = MemberRow(row.id, row.email, role)
        self._tell("user.role", changed, before=row.role.value)
        return changed

    def remove(self, row: MemberRow) -> None:
        """Take a person out, and end the sessions in this tenant; raises LastAdmin, Forbidden."""
        self._check(row.role)
        self._keep_one(row)
        self.session.execute(delete(memberships).where(*self._mine(row)))
        _end_sessions(self.session, self.tenant_id, row.id, self.author.at)
        self._tell("user.removed", row)

    def _mine(self, row: MemberRow) -> tuple[ColumnElement[bool], ...]:
        return (memberships.c.tenant_id == self.tenant_id, memberships.c.user_id == row.id)

    def _check(self, *roles: Role) -> None:
        if Role.SUPER_ADMIN in roles and self.role is not Role.SUPER_ADMIN:
            raise Forbidden("Only a super_admin decides who is one.", "Ask one, or choose another role.")

    def _keep_one(self, row: MemberRow) -> None:
        """Raise LastAdmin for the last one; two who take each other out at once wait here, and the second is told."""
        admins = select(memberships.c.user_id).where(
            memberships.c.tenant_id == self.tenant_id, memberships.c.role == Role.TENANT_ADMIN.value
        )
        there = set(self.session.execute(admins.order_by(memberships.c.user_id).with_for_update()).scalars())
        if there == {row.id}:
            raise LastAdmin(f"{row.email} is the tenant's last tenant_admin.", "Make another one first.")

    def _tell(self, kind: str, row: MemberRow, **more: object) -> None:
        detail = {"email": row.email, "role": row.role.value, "user_id": str(row.id), **more}
        trail.note(self.session, self.author, self.tenant_id, kind, detail)


def _end_sessions(session: Session, tenant_id: TenantId, user_id: UUID, now: datetime) -> None:
    theirs = (sessions.c.tenant_id == tenant_id, sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
    session.execute(update(sessions).where(*theirs).values(revoked_at=now))


def _only(session: Session, tenant_id: TenantId, which: ColumnElement[bool]) -> MemberRow:
    row = session.execute(_ROW.where(memberships.c.tenant_id == tenant_id, which)).one_or_none()
    if row is None:
        raise NotFound("There is no such person in this tenant.", "List its people for their ids and addresses.")
    return MemberRow(row.id, row.email, Role(row.role))
