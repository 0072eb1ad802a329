"""The sessions of people: begun, admitted at each request, rotated, listed and ended.

A session is a family of refresh tokens. Each has a number, its generation; the newest is stored, and no token is.
What is stored here is read anew at every request: a session that was ended, a role that changed, a person who left
counts at the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, bindparam, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session

from db import accounts, trail
from db.accounts import SignedIn
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from db.tables import memberships, sessions, tenants, users
from fleet.errors import BadInput, NotFound, Unauthenticated
from fleet.identity import Principal, Role, TenantId

UNUSED = timedelta(days=7)
"""How long a refresh token may be used; each rotation gives a new one as long."""
LONGEST = timedelta(days=30)
"""When a session ends however busy it is."""
GRACE = timedelta(seconds=10)
"""How long after its rotation a refresh token may come again: two tabs find at once that it is time."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly it is kept when a session was last seen."""
ADDRESS, AGENT = 64, 200
"""The most characters that are kept of an address and of a browser's name."""

ENDED = "You are not signed in, or your session has ended."
AGAIN = "Sign in again."

STANDING = (
    select(
        *(sessions.c[name] for name in ("id", "user_id", "tenant_id", "seen_at")),
        *(tenants.c.slug, tenants.c.name, users.c.email, memberships.c.role),
    )
    .join_from(sessions, users, users.c.id == sessions.c.user_id)
    .join(tenants, tenants.c.id == sessions.c.tenant_id)
    .join(memberships, memberships.c.user_id == sessions.c.user_id)
    .where(or_(memberships.c.tenant_id == sessions.c.tenant_id, memberships.c.role == Role.SUPER_ADMIN.value))
    .where(sessions.c.revoked_at.is_(None), sessions.c.expires_at > bindparam("now"))
)
"""The sessions that stand at ``now``, with the roles that their persons have now: that in the tenant, and super_admin
in any."""
_ONE = STANDING.where(sessions.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who comes to sign in: from where, by which browser, when, and by which request."""

    address: str
    agent: str
    at: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its person is shown it."""

    id: UUID
    slug: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def begin(session: Session, user_id: UUID, tenant_id: TenantId, visitor: Visitor) -> UUID:
    """Begin a session of a person in a tenant, at generation 1; raises Unauthenticated for a stranger to it.

    When a super_admin enters, the tenant's record says so.
    """
    role = accounts.role_in(session, user_id, tenant_id)
    if role is None:
        raise Unauthenticated("This person may not enter this tenant.", "Ask its tenant_admin for an invitation.")
    made = uuid4()
    times = dict.fromkeys(("created_at", "rotated_at", "seen_at"), visitor.at) | {"expires_at": visitor.at + UNUSED}
    place = {"address": visitor.address[:ADDRESS], "agent": visitor.agent[:AGENT]}
    owner = {"id": made, "user_id": user_id, "tenant_id": tenant_id, "generation": 1}
    session.execute(insert(sessions).values(**owner, **place, **times))
    if role is Role.SUPER_ADMIN:
        email = session.execute(select(users.c.email).where(users.c.id == user_id)).scalar_one()
        author = Author(email, visitor.at, visitor.request_id)
        trail.note(session, author, tenant_id, "tenant.entered", {"address": visitor.address, "role": role.value})
    return made


def signed_in(stores: Stores, session_id: UUID, now: datetime) -> SignedIn:
    """Tell whose a session is; raises Unauthenticated where it has ended or the person left the tenant."""
    with platform_session(stores, "check a session") as session:
        found = session.execute(_ONE, {"id": session_id, "now": now}).all()
        if not found:
            raise Unauthenticated(ENDED, AGAIN)
        row = found[0]
        if row.seen_at <= now - SEEN_EVERY:
            _note_sight(session, session_id, now)
    principal = Principal.person(TenantId(row.tenant_id), row.email, accounts.highest(one.role for one in found))
    return SignedIn(principal, row.slug, row.email, row.name, row.user_id, row.id)


def admit(stores: Stores, session_id: UUID, generation: int, now: datetime) -> None:
    """Let a refresh token in by its number, and leave it as it is.

    Raises Unauthenticated where the session has ended; where the token was used up before, which only a stolen copy
    is, the whole session ends.
    """
    with platform_session(stores, "admit a refresh token") as session:
        row = session.execute(select(sessions).where(_lasting(session_id, now)).with_for_update()).one_or_none()
        if row is None:
            raise Unauthenticated(ENDED, AGAIN)
        if fresh := _is_fresh(row, generation, now):
            return
        session.execute(update(sessions).where(sessions.c.id == session_id).values(revoked_at=now))
        email = session.execute(select(users.c.email).where(users.c.id == row.user_id)).scalar_one()
        trail.note(session, Author(email, now), TenantId(row.tenant_id), "session.replayed", {"session": str(row.id)})
    if not fresh:
        raise Unauthenticated(
            "Your sign-in was used by somebody else too, so it has ended.",
            "Sign in again; if that was not you, end your other sessions.",
        )


def rotate(stores: Stores, session_id: UUID, generation: int, now: datetime) -> None:
    """Use up the refresh token of a generation; of two who do so at once one is too late, and that is well."""
    longest = sessions.c.created_at + LONGEST
    lasting = func.least(longest, literal(now + UNUSED, type_=sessions.c.expires_at.type))
    changed = update(sessions).where(_lasting(session_id, now), sessions.c.generation == generation)
    with platform_session(stores, "rotate a refresh token") as session:
        session.execute(changed.values(generation=generation + 1, rotated_at=now, expires_at=lasting))


def end(stores: Stores, session_id: UUID, now: datetime) -> None:
    """End a session; one that has ended stays as it was."""
    with platform_session(stores, "sign out") as session:
        _end(session, sessions.c.id == session_id, now)


def end_one(session: Session, user_id: UUID, session_id: UUID, now: datetime) -> None:
    """End a session of a person; raises NotFound where the person has none of that id, or it has ended."""
    mine = (sessions.c.user_id == user_id, sessions.c.expires_at > now, sessions.c.id == session_id)
    if not _end(session, mine[0] & mine[1] & mine[2], now):
        raise NotFound("There is no such session, or it is not yours.", "GET /api/auth/sessions lists yours.")


def end_others(session: Session, user_id: UUID, kept: UUID | None, now: datetime) -> int:
    """End all sessions of a person but one, and tell how many that were."""
    return _end(session, (sessions.c.user_id == user_id) & (sessions.c.id.is_distinct_from(kept)), now)


def page(session: Session, user_id: UUID, now: datetime, after: UUID | None, limit: int) -> list[SessionRow]:
    """Read up to ``limit`` sessions of a person that last, the newest first, those behind the session ``after``.

    Raises BadInput where the person never had a session of the id ``after``.
    """
    place = (sessions.c.created_at, sessions.c.id)
    shown = [sessions.c[name] for name in ("address", "agent", "created_at", "seen_at", "expires_at")]
    query = (
        select(sessions.c.id, tenants.c.slug, *shown)
        .join(tenants, tenants.c.id == sessions.c.tenant_id)
        .where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
        .order_by(*(column.desc() for column in place))
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*_place(session, user_id, after)))
    return [SessionRow(*row) for row in session.execute(query)]


def forget(session: Session, before: datetime, most: int) -> int:
    """Delete up to ``most`` sessions that would have ended before an instant; returns how many there were."""
    old = select(sessions.c.id).where(sessions.c.expires_at < before).order_by(sessions.c.expires_at).limit(most)
    return len(session.execute(delete(sessions).where(sessions.c.id.in_(old)).returning(sessions.c.id)).all())


def _place(session: Session, user_id: UUID, after: UUID) -> Sequence[Any]:
    mine = (sessions.c.user_id == user_id, sessions.c.id == after)
    found = session.execute(select(sessions.c.created_at, sessions.c.id).where(*mine)).one_or_none()
    if found is None:
        raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
    return found


def _lasting(session_id: UUID, now: datetime) -> ColumnElement[bool]:
    return (sessions.c.id == session_id) & sessions.c.revoked_at.is_(None) & (sessions.c.expires_at > now)


def _is_fresh(row: Row[Any], generation: int, now: datetime) -> bool:
    """Tell whether a refresh token is the newest, or the one before and that only since a moment ago."""
    late = row.generation == generation + 1 and now - row.rotated_at <= GRACE
    return bool(row.generation == generation or late)


def _end(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    ended = update(sessions).where(which, sessions.c.revoked_at.is_(None)).values(revoked_at=now)
    return len(session.execute(ended.returning(sessions.c.id)).all())


def _note_sight(session: Session, session_id: UUID, now: datetime) -> None:
    """Write down that a session was seen; of many requests at once one writes, and none waits."""
    stale = (sessions.c.id == session_id) & (sessions.c.seen_at <= now - SEEN_EVERY)
    free = select(sessions.c.id).where(stale).with_for_update(skip_locked=True)
    session.execute(update(sessions).where(sessions.c.id.in_(free)).values(seen_at=now))
