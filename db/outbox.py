"""The outbox: events that are published because what they tell was committed with them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from db.worktables import outbox
from fleet.events import Event, encode
from fleet.letter import Addressing, Letter

_WAITING = outbox.c.published_at.is_(None)


NEXT: Final = timedelta(microseconds=1)
"""How much later one of several events counts as put in: an alert that begins and is over is told in that order."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many committed events are not published yet, and since when the oldest waits."""

    waiting: int
    oldest: datetime | None


def put(session: Session, events: Sequence[Event], subject: Addressing, at: datetime) -> None:
    """Add events of a tenant; they go out once the transaction is committed, in this order, and not if it is not."""
    if events:
        letters = [
            {
                "event_id": event.event_id,
                "tenant_id": event.tenant_id,
                "subject": subject(event),
                "event": encode(event),
                "created_at": at + place * NEXT,
            }
            for place, event in enumerate(events)
        ]
        session.execute(insert(outbox), letters)


def backlog(session: Session) -> Backlog:
    """Count what is still to be published; the caller's session is the platform's."""
    waiting, oldest = session.execute(select(func.count(), func.min(outbox.c.created_at)).where(_WAITING)).one()
    return Backlog(int(waiting), oldest)


def claim(session: Session, most: int) -> list[Letter]:
    """Take the oldest letters that wait and that nobody else has taken; they are held as long as the transaction."""
    query = (
        select(outbox.c.event_id, outbox.c.subject, outbox.c.event)
        .where(_WAITING)
        .order_by(outbox.c.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [Letter(row.event_id, row.subject, row.event) for row in session.execute(query)]


def mark(session: Session, published: Collection[UUID], at: datetime) -> None:
    """Note that the stream has these."""
    if published:
        session.execute(update(outbox).where(outbox.c.event_id.in_(published)).values(published_at=at))


def tidy(session: Session, before: datetime, most: int) -> int:
    """Delete up to ``most`` letters that were published before an instant; returns how many there were."""
    old = (
        select(outbox.c.event_id)
        .where(outbox.c.published_at < before)
        .order_by(outbox.c.published_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    gone = delete(outbox).where(outbox.c.event_id.in_(old)).returning(outbox.c.event_id)
    return len(session.execute(gone).all())
