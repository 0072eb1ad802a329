"""The events of whole rollouts: where one stands, told when that is news, in the transaction of what it tells of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import outbox
from db.rollouttables import rollout_devices, rollouts
from db.rolloutwork import Claim, Progress
from fleet.events import FirmwareRolloutEvent
from fleet.identity import TenantId
from fleet.letter import Addressing
from fleet.rollouts.states import BAD, LIVE, OVER, RolloutState, Stage


def tell(session: Session, claim: Claim, found: Progress, at: datetime, subject: Addressing) -> bool:
    """Tell where a rollout stands after a turn of its job, where that is news; tells whether it was."""
    stages = Counter(unit.stage for unit in found.units)
    waves = [unit.wave for unit in found.units if not unit.stage.over]
    event = _event(claim.tenant_id, claim.rollout_id, (found.state, found.why, at), stages, min(waves, default=None))
    return _put(session, event, subject)


def settle(session: Session, at: datetime, subject: Addressing) -> int:
    """Tell of those that came to another state without a job: planned, approved, dropped. Tells of how many."""
    told = rollouts.c.told["state"].astext
    news = (rollouts.c.state.not_in([state.value for state in LIVE]), told.is_distinct_from(rollouts.c.state))
    columns = (rollouts.c.id, rollouts.c.tenant_id, rollouts.c.state, rollouts.c.why)
    rows = session.execute(select(*columns).where(*news).with_for_update(skip_locked=True)).all()
    for row in rows:
        stage = rollout_devices.c.stage
        counted = select(stage, func.count()).where(rollout_devices.c.rollout_id == row.id).group_by(stage)
        stages = {Stage(name): count for name, count in session.execute(counted)}
        stands = RolloutState(row.state), row.why, at
        _put(session, _event(TenantId(row.tenant_id), row.id, stands, stages, None), subject)
    return len(rows)


def _event(
    tenant_id: TenantId,
    rollout_id: UUID,
    stands: tuple[RolloutState, str | None, datetime],
    stages: Mapping[Stage, int],
    wave: int | None,
) -> FirmwareRolloutEvent:
    state, why, at = stands
    return FirmwareRolloutEvent(
        tenant_id=tenant_id,
        at=at,
        rollout_id=rollout_id,
        state=state,
        wave=wave,
        total=sum(stages.values()),
        ended=sum(count for stage, count in stages.items() if stage in OVER),
        failed=sum(count for stage, count in stages.items() if stage in BAD),
        error=why,
    )


def _put(session: Session, event: FirmwareRolloutEvent, subject: Addressing) -> bool:
    """Put an event into the outbox unless the last one said the same."""
    said: dict[str, Any] = {name: getattr(event, name) for name in ("wave", "total", "ended", "failed", "error")}
    said["state"] = event.state.value
    mine = (rollouts.c.id == event.rollout_id, rollouts.c.told.is_distinct_from(said))
    if session.scalar(update(rollouts).where(*mine).values(told=said).returning(rollouts.c.id)) is None:
        return False
    outbox.put(session, [event], subject, event.at)
    return True
