"""Requests that are sent twice: the first is done, the second is answered as the first was.

The key is claimed before the work, and what was answered is stored with it, all in the work's own transaction: a
crash in between leaves neither, and of two at once the second waits for the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.engine import sqlstate
from db.requesttables import answers
from fleet.errors import BadInput, Conflict
from fleet.identity import TenantId

KEPT = timedelta(hours=24)
"""How long an answer is kept."""
PATIENCE = timedelta(seconds=5)
"""How long the second of two at once waits for the first."""
LOCKED = "55P03"


class KeyReused(BadInput):
    """An Idempotency-Key came again with another request."""

    code = "idempotency_key_reused"


class Underway(Conflict):
    """The first request with this Idempotency-Key has not ended."""

    code = "request_underway"
    retry_after = timedelta(seconds=1)


class ShownOnce(Conflict):
    """The request was done before, and its answer held a secret that is shown once."""

    code = "shown_once"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A request that may come again: whose it is, its key, and the digest of all that it asks."""

    tenant_id: TenantId
    who: str
    key: str
    fingerprint: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What was answered; without a ``body`` the answer held a secret."""

    status: int
    body: bytes | None
    headers: Mapping[str, str]


def claim(session: Session, repeat: Repeat, patience: timedelta = PATIENCE) -> Kept | None:
    """Claim a key for the work that follows; tells what was answered where that was done already.

    Raises KeyReused, Underway where the first has not ended after ``patience``, ShownOnce where what was answered is
    not kept.
    """
    made = insert(answers).values(_key(repeat) | _fresh(repeat))
    old = made.on_conflict_do_update(
        index_elements=["tenant_id", "who", "key"],
        set_=_fresh(repeat) | {"status": null(), "body": null(), "headers": null()},
        where=answers.c.created_at <= repeat.at - KEPT,
    )
    _patience(session, patience)
    try:
        claimed = session.execute(old.returning(answers.c.key)).one_or_none()
    except OperationalError as error:
        if sqlstate(error) != LOCKED:
            raise
        raise Underway("The same request is under way.", "Send it again in a second, with the same key.") from error
    _patience(session, timedelta(0))
    return None if claimed else _found(session, repeat)


def keep(session: Session, repeat: Repeat, answered: Kept) -> None:
    """Store what is answered, for the next time."""
    values = {"status": answered.status, "body": answered.body, "headers": dict(answered.headers)}
    session.execute(update(answers).where(*_same(repeat)).values(values))


def tidy(session: Session, before: datetime, most: int) -> int:
    """Delete up to ``most`` answers that were kept before an instant; returns how many there were."""
    old = select(answers.c.tenant_id, answers.c.who, answers.c.key).where(answers.c.created_at < before).limit(most)
    these = old.subquery()
    same = [answers.c[name] == these.c[name] for name in ("tenant_id", "who", "key")]
    return len(session.execute(delete(answers).where(*same).returning(answers.c.key)).all())


def _found(session: Session, repeat: Repeat) -> Kept:
    row = session.execute(select(answers).where(*_same(repeat))).one()
    if bytes(row.fingerprint) != repeat.fingerprint:
        raise KeyReused(
            "This Idempotency-Key was used for another request.", "Make a new key for each thing that you ask for."
        )
    if row.body is None:
        raise ShownOnce(
            "This was done already, and its secret was shown then, for the only time.",
            "Where that answer was lost, remove what was made and make another with a new key.",
        )
    return Kept(row.status, bytes(row.body), row.headers)


def _patience(session: Session, span: timedelta) -> None:
    session.execute(select(func.set_config("lock_timeout", f"{round(span.total_seconds() * 1000)}ms", True)))


def _key(repeat: Repeat) -> dict[str, Any]:
    return {"tenant_id": repeat.tenant_id, "who": repeat.who, "key": repeat.key}


def _fresh(repeat: Repeat) -> dict[str, Any]:
    return {"fingerprint": repeat.fingerprint, "created_at": repeat.at}


def _same(repeat: Repeat) -> list[Any]:
    return [answers.c[name] == value for name, value in _key(repeat).items()]
