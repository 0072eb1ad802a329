"""What waits in the outbox, for whoever looks after the system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.worktables import outbox


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many committed events are not published yet, and since when the oldest waits."""

    waiting: int
    oldest: datetime | None


def read(session: Session) -> Backlog:
    """Count what waits; the caller's session is the platform's."""
    query = select(func.count(), func.min(outbox.c.created_at)).where(outbox.c.published_at.is_(None))
    waiting, oldest = session.execute(query).one()
    return Backlog(int(waiting), oldest)
