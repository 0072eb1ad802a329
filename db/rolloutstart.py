"""Rollouts that were started for later: each begins at its time, in the name of whoever started it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from db import mandates, operations
from db.operations import Author
from db.rollouttables import rollouts
from fleet.identity import Scope, TenantId
from fleet.rollouts.states import RolloutState

BY: Final = "the schedule"
UNTRUE: Final = "{by}, who started it, may not write firmware any more. Resume it in your own name, or abort it."


def begin(session: Session, now: datetime) -> list[UUID]:
    """Let those begin whose time has come, and tell which; the session is the platform's.

    One that nobody stands behind any more begins paused: a person resumes it, or does not.
    """
    table = rollouts.c
    due = (
        select(table.id, table.tenant_id, table.started_by)
        .where(table.state == RolloutState.SCHEDULED.value, table.started_at <= now)
        .order_by(table.started_at, table.id)
        .with_for_update(skip_locked=True)
    )
    return [_begun(session, row, now) for row in session.execute(due).all()]


def _begun(session: Session, row: Any, now: datetime) -> UUID:
    stands = mandates.may(session, TenantId(row.tenant_id), row.started_by, Scope.FIRMWARE_WRITE, now)
    state = RolloutState.RUNNING if stands else RolloutState.PAUSED
    values = {"state": state.value, "why": None if stands else UNTRUE.format(by=row.started_by)}
    session.execute(update(rollouts).where(rollouts.c.id == row.id).values(values))
    kind = "firmware.started" if stands else "firmware.paused"
    told = {"rollout_id": str(row.id), "started_by": row.started_by, "fields": []}
    operations.record(session, Author(BY, now).did(kind, TenantId(row.tenant_id), told))
    begun: UUID = row.id
    return begun
