"""Rollouts that are kept no longer, and plans whose time is over before anybody started them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import DateTime, cast, delete, select, update
from sqlalchemy.orm import Session

from db.rollouttables import rollout_devices, rollouts
from fleet.rollouts.states import RolloutState, Stage

OVERDUE: Final = "Its time was over before anybody started it."
_WAITS: Final = (RolloutState.PLANNED.value, RolloutState.APPROVED.value)


def expire(session: Session, now: datetime) -> int:
    """End the plans whose time is over; tells how many. The session is the platform's."""
    over = cast(rollouts.c.terms["expires_at"].astext, DateTime(timezone=True)) <= now
    ended = {"state": RolloutState.EXPIRED.value, "ended_at": now, "why": OVERDUE}
    closed = update(rollouts).where(rollouts.c.state.in_(_WAITS), over).values(ended).returning(rollouts.c.id)
    gone = list(session.scalars(closed))
    if gone:
        skipped = {"stage": Stage.SKIPPED.value, "ended_at": now, "reason": OVERDUE}
        session.execute(update(rollout_devices).where(rollout_devices.c.rollout_id.in_(gone)).values(skipped))
    return len(gone)


def tidy(session: Session, before: datetime, most: int) -> int:
    """Delete up to ``most`` rollouts that ended before an instant; tells how many. The session is the platform's."""
    old = select(rollouts.c.id).where(rollouts.c.ended_at < before).order_by(rollouts.c.ended_at).limit(most)
    return len(session.execute(delete(rollouts).where(rollouts.c.id.in_(old)).returning(rollouts.c.id)).all())
