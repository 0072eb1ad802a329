"""Links that sign a person in once: the way in when there is no other.

A token is 256 random bits; only its SHA-256 is stored, so whoever reads the database cannot enter with it.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from db import trail
from db.accounts import open_to
from db.operations import Author
from db.tables import login_links, tenants, users
from fleet.errors import BadInput, NotFound, Unauthenticated
from fleet.identity import TenantId


def make(session: Session, author: Author, email: str, until: datetime, slug: str | None = None) -> str:
    """Make a token that signs a person in once, before ``until``, to one tenant.

    It is made in the caller's transaction at the platform's door, with the record of it. Without ``slug`` it is for
    the person's only tenant. Raises NotFound for an unknown address or tenant, BadInput where several are possible.
    """
    token = secrets.token_urlsafe(32)
    person = session.execute(select(users.c.id, users.c.email).where(users.c.email == email.strip().lower())).first()
    if person is None:
        raise NotFound(f"Nobody here has the address {email}.", "Check the spelling.")
    tenant_id = TenantId(_destination(session, person.id, slug))
    link = {"hash": _digest(token), "user_id": person.id, "tenant_id": tenant_id}
    session.execute(insert(login_links).values(**link, expires_at=until))
    told = {"email": person.email, "user_id": str(person.id), "purpose": "sign_in"}
    trail.note(session, author, tenant_id, "link.made", told)
    return token


def redeem(session: Session, token: str, now: datetime) -> tuple[UUID, TenantId]:
    """Use a link up, and tell who enters which tenant; raises Unauthenticated where it is used or too old."""
    taken = (
        update(login_links)
        .where(login_links.c.hash == _digest(token), login_links.c.used_at.is_(None), login_links.c.expires_at > now)
        .values(used_at=now)
        .returning(login_links.c.user_id, login_links.c.tenant_id)
    )
    link = session.execute(taken).one_or_none()
    if link is None:
        raise Unauthenticated("This link was used already or is too old.", "Make a new one: flotilla link EMAIL")
    return link.user_id, TenantId(link.tenant_id)


def _destination(session: Session, user_id: UUID, slug: str | None) -> UUID:
    """Choose the tenant that a link leads to."""
    query = select(tenants.c.id, tenants.c.slug).where(open_to(user_id)).order_by(tenants.c.slug)
    possible: dict[str, UUID] = {row.slug: row.id for row in session.execute(query)}
    if slug is not None and slug not in possible:
        raise NotFound(f"This person has no tenant {slug!r}.", f"Choose one of: {', '.join(possible) or 'none'}.")
    if slug is None and len(possible) != 1:
        raise BadInput("It is not clear for which tenant.", f"Name one of: {', '.join(possible) or 'none'}.")
    return possible[slug] if slug is not None else next(iter(possible.values()))


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
