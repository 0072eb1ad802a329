"""What is stored of a person's password: a verifier, its salt and rounds; read by the platform's role alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, Table, and_, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import operations
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from db.signintables import enrolments, server_secrets
from db.signintables import verifiers as table
from db.tables import login_links, memberships, sessions, tenants, users
from fleet.errors import Unauthenticated
from fleet.identity import TenantId

DECOYS = "decoys"
"""The name of the secret from which unknown people's salts are made."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """With what a proof is checked: 16 bytes of salt, the rounds of PBKDF2, 256 bytes of verifier."""

    salt: bytes
    rounds: int
    verifier: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """A person who has a verifier."""

    user_id: UUID
    verifier: Verifier


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of an address, if anything, and the server's secret for saying something all the same."""

    known: Known | None
    secret: bytes = field(repr=False)


def find(stores: Stores, email: str) -> Answer:
    """Look an address up, case aside; one that nobody has costs the same."""
    query = select(table).join(users, users.c.id == table.c.user_id).where(users.c.email == email.strip().lower())
    with platform_session(stores, "begin to sign in") as session:
        row = session.execute(query).one_or_none()
        secret = _secret(session, DECOYS)
    if row is None:
        return Answer(None, secret)
    return Answer(Known(row.user_id, Verifier(row.salt, row.rounds, row.verifier)), secret)


def anybody(stores: Stores) -> bool:
    """Tell whether anybody has a password, or a link to choose one or to sign in that still may be used."""
    query = select(exists(select(table.c.user_id)) | exists(_open(enrolments)) | exists(_open(login_links)))
    with platform_session(stores, "see whether anybody can sign in") as session:
        return bool(session.execute(query).scalar_one())


def put(session: Session, user_id: UUID, verifier: Verifier, now: datetime) -> None:
    """Store a person's verifier in place of any before."""
    facts = {"salt": verifier.salt, "rounds": verifier.rounds, "verifier": verifier.verifier, "changed_at": now}
    made = upsert(table).values(user_id=user_id, **facts)
    session.execute(made.on_conflict_do_update(index_elements=("user_id",), set_=facts))


def change(stores: Stores, user_id: UUID, verifier: Verifier, author: Author, tenant_id: TenantId) -> None:
    """Store a person's new verifier, and end every session and unused link of the time before.

    The record of ``tenant_id``, where the person is signed in, says so.
    """
    with platform_session(stores, "change a password") as session:
        put(session, user_id, verifier, author.at)
        end(session, user_id, author.at)
        operations.record(session, author.did("password.changed", tenant_id, {}))


def end(session: Session, user_id: UUID, now: datetime) -> None:
    """End all sessions of a person, and all links that nobody has used yet."""
    for ended, column in ((enrolments, "used_at"), (login_links, "used_at"), (sessions, "revoked_at")):
        still = and_(ended.c.user_id == user_id, ended.c[column].is_(None))
        session.execute(update(ended).where(still).values({column: now}))


def home(stores: Stores, user_id: UUID) -> TenantId:
    """Choose the tenant that a person comes to: the one of the last session, else the first by its slug.

    Raises Unauthenticated where the person belongs to none any more.
    """
    last = select(sessions.c.created_at).where(sessions.c.user_id == user_id, sessions.c.tenant_id == tenants.c.id)
    own = select(memberships.c.tenant_id).where(memberships.c.user_id == user_id)
    newest = last.order_by(sessions.c.created_at.desc()).limit(1).scalar_subquery()
    query = select(tenants.c.id).where(tenants.c.id.in_(own)).order_by(newest.desc().nulls_last(), tenants.c.slug)
    with platform_session(stores, "choose the tenant of a sign-in") as session:
        found = session.execute(query.limit(1)).scalar()
    if found is None:
        raise Unauthenticated("You belong to no tenant any more.", "Ask an administrator of your tenant.")
    return TenantId(found)


def _open(links: Table) -> Select[tuple[bytes]]:
    return select(links.c.hash).where(links.c.used_at.is_(None))


def _secret(session: Session, name: str) -> bytes:
    """Read a secret of the server's own; the first who asks makes it."""
    query = select(server_secrets.c.secret).where(server_secrets.c.name == name)
    if (found := session.execute(query).scalar()) is None:
        made = upsert(server_secrets).values(name=name, secret=secrets.token_bytes(32))
        session.execute(made.on_conflict_do_nothing())
        found = session.execute(query).scalar_one()
    return bytes(found)
