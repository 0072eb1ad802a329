"""What is done again and again: claimed under an epoch by whoever comes first, and settled under the same epoch.

A claim has an end. Where it ran out, the next claim's epoch shuts out whatever the first one still says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db.worktables import schedules
from fleet import rhythm
from fleet.identity import TenantId
from fleet.operations import Outcome


@dataclass(frozen=True, slots=True)
class Claim:
    """A schedule in one's hands: what is to be done, for whom (None: the platform), and under which epoch."""

    id: UUID
    tenant_id: TenantId | None
    kind: str
    every: timedelta
    next_at: datetime
    epoch: int


def ensure(session: Session, kind: str, every: timedelta, at: datetime) -> None:
    """Make the platform's schedule of a kind, due at once, or give the one that is there this rhythm."""
    seconds = every.total_seconds()
    made = upsert(schedules).values(id=uuid4(), kind=kind, every_seconds=seconds, next_at=at, epoch=0, detail={})
    session.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "kind"],
            set_={"every_seconds": seconds},
            where=schedules.c.every_seconds != seconds,
        )
    )


def claim(session: Session, name: str, kinds: Collection[str], at: datetime, until: datetime) -> Claim | None:
    """Claim the schedule that is due longest and in nobody's hands, of these kinds; None where there is none.

    A claim of another that ended before ``at`` counts for nothing.
    """
    free = or_(schedules.c.claimed_until.is_(None), schedules.c.claimed_until <= at)
    due = (
        select(schedules.c.id)
        .where(schedules.c.kind.in_(kinds), schedules.c.next_at <= at, free)
        .order_by(schedules.c.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(schedules)
        .where(schedules.c.id == due.scalar_subquery())
        .values(epoch=schedules.c.epoch + 1, claimed_by=name, claimed_until=until)
        .returning(*(schedules.c[name] for name in ("id", "tenant_id", "kind", "every_seconds", "next_at", "epoch")))
    )
    row = session.execute(taken).one_or_none()
    if row is None:
        return None
    return Claim(row.id, row.tenant_id, row.kind, timedelta(seconds=row.every_seconds), row.next_at, row.epoch)


def settle(session: Session, held: Claim, outcome: Outcome, error: str | None, at: datetime) -> bool:
    """Note how it went and when it is due next; False where the claim ran out and another has it since."""
    ended = {
        "claimed_by": None,
        "claimed_until": None,
        "last_at": at,
        "last_outcome": outcome.value,
        "last_error": error,
        "next_at": rhythm.following(held.next_at, held.every, at),
    }
    mine = (schedules.c.id == held.id, schedules.c.epoch == held.epoch)
    settled = update(schedules).where(*mine).values(ended).returning(schedules.c.id)
    return session.execute(settled).one_or_none() is not None
