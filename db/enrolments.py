"""Links by which a person chooses a password, once: for an invitation, a recovery, or the first set-up.

A token is 256 random bits, of which only the SHA-256 is stored.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, insert, select, update
from sqlalchemy.orm import Session

from db import members, trail, verifiers
from db.engine import Stores
from db.members import MemberRow
from db.operations import Author
from db.platform import platform_session
from db.signintables import Purpose
from db.signintables import enrolments as links
from db.tables import memberships, tenants, users
from db.verifiers import Verifier
from fleet.errors import Conflict, NotFound, Unauthenticated
from fleet.identity import TenantId


class Elsewhere(Conflict):
    """A tenant's own link would open what is not that tenant's: another tenant of the person, or all of them."""

    code = "belongs_elsewhere"


@dataclass(frozen=True, slots=True)
class Offer:
    """A link that is to be made: by which tenant, for which of its people, why, and until when."""

    tenant_id: TenantId
    person: MemberRow
    purpose: Purpose
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Whom a link is for, why, and until when."""

    user_id: UUID
    tenant_id: TenantId
    email: str
    tenant_name: str
    purpose: Purpose
    expires_at: datetime


def make(session: Session, author: Author, offer: Offer) -> str:
    """Make the token of an offer, in the caller's transaction at the platform's door, with the record of it.

    For an invitation or a recovery, which a tenant gives by itself, raises Elsewhere where the person is in another
    tenant too or is a super_admin.
    """
    token, person = secrets.token_urlsafe(32), offer.person
    if offer.purpose is not Purpose.SETUP:
        _within(session, person.id, offer.tenant_id)
    row = {"hash": _digest(token), "tenant_id": offer.tenant_id, "user_id": person.id, "purpose": offer.purpose.value}
    session.execute(insert(links).values(**row, created_at=author.at, expires_at=offer.expires_at))
    told = {"email": person.email, "user_id": str(person.id), "purpose": offer.purpose.value}
    trail.note(session, author, offer.tenant_id, "link.made", told)
    return token


def home(stores: Stores, email: str) -> TenantId:
    """Choose the tenant that a person's link leads to where nobody names one; raises NotFound."""
    with platform_session(stores, "look for a person") as session:
        user_id = session.execute(select(users.c.id).where(users.c.email == email.strip().lower())).scalar()
    if user_id is None:
        raise NotFound(f"Nobody here has the address {email}.", "Check the spelling, or add the person.")
    return verifiers.home(stores, user_id)


def look(stores: Stores, token: str, now: datetime) -> Enrolment:
    """Tell whom a link is for, and leave it as it is; raises Unauthenticated where it is used or too old."""
    with platform_session(stores, "look at an enrolment link") as session:
        return _found(session, token, now)


def redeem(stores: Stores, token: str, verifier: Verifier, now: datetime) -> Enrolment:
    """Use a link up: from now on the person signs in by ``verifier``, and every session and link before is over.

    Raises Unauthenticated where the link is used or too old, Elsewhere where the person has become more than the
    link's tenant may decide about.
    """
    with platform_session(stores, "redeem an enrolment link") as session:
        found = _found(session, token, now)
        taken = update(links).where(links.c.hash == _digest(token), links.c.used_at.is_(None)).values(used_at=now)
        if session.execute(taken.returning(links.c.hash)).one_or_none() is None:
            raise _stale()
        if found.purpose is not Purpose.SETUP:
            _within(session, found.user_id, found.tenant_id)
        verifiers.put(session, found.user_id, verifier, now)
        verifiers.end(session, found.user_id, now)
        told = {"purpose": found.purpose.value}
        trail.note(session, Author(found.email, now), found.tenant_id, "password.chosen", told)
    return found


def _digest(token: str) -> bytes:
    """Tell under which hash a token is stored."""
    return sha256(token.encode(errors="surrogatepass")).digest()


def _found(session: Session, token: str, now: datetime) -> Enrolment:
    fresh: ColumnElement[bool] = and_(links.c.used_at.is_(None), links.c.expires_at > now)
    query = (
        select(links, users.c.email, tenants.c.name.label("tenant_name"))
        .join_from(links, users, users.c.id == links.c.user_id)
        .join(tenants, tenants.c.id == links.c.tenant_id)
        .join(memberships, and_(memberships.c.user_id == users.c.id, memberships.c.tenant_id == tenants.c.id))
        .where(links.c.hash == _digest(token), fresh)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise _stale()
    return _read(row)


def _read(row: Row[tuple[object, ...]]) -> Enrolment:
    return Enrolment(
        user_id=row.user_id,
        tenant_id=TenantId(row.tenant_id),
        email=row.email,
        tenant_name=row.tenant_name,
        purpose=Purpose(row.purpose),
        expires_at=row.expires_at,
    )


def _within(session: Session, user_id: UUID, tenant: TenantId) -> None:
    """Raise Elsewhere for a person whom this tenant alone must not let in: its link would open more than it has."""
    if members.is_elsewhere(session, tenant, user_id):
        raise Elsewhere(
            "This person is more than a member of this tenant, so this tenant alone cannot give a new password.",
            "Who has a password uses that. Otherwise, on the server: flotilla link --enrol EMAIL",
        )


def _stale() -> Unauthenticated:
    return Unauthenticated(
        "This link was used already or is too old.",
        "Ask an administrator of your tenant for a new one, or on the server: flotilla link --enrol EMAIL",
    )
