"""What rollouts did to devices within a range of time, for marks on charts; and the rollouts themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from db.ranges import Range
from db.rollouttables import rollout_journal, rollouts
from fleet.identity import DeviceId
from fleet.rollouts import Result, Stage, Step

MOST: Final = 2000
"""Lines of journals that are read for marks, from the newest on."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of a device's journal in an install or a writing of boot firmware, with the rollout that it is of."""

    rollout_id: UUID
    rollout: str
    device_id: DeviceId
    at: datetime
    step: Step
    stage: Stage
    result: Result | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Going:
    """A rollout that was going on."""

    id: UUID
    name: str
    target: str
    start: datetime
    end: datetime | None


def deeds(session: Session, devices: Collection[DeviceId], spanned: Range) -> list[Deed]:
    """Read what was done to some devices by rollouts that went on within a range, in the order of the journals."""
    journal, steps = rollout_journal.c, [Step.INSTALL.value, Step.BOOT.value]
    columns = (journal.at, journal.step, journal.stage, journal.result, journal.detail)
    query = (
        select(rollouts.c.id, rollouts.c.name, journal.device_id, journal.seq, *columns)
        .select_from(rollouts.join(rollout_journal, journal.rollout_id == rollouts.c.id))
        .where(_within(spanned), journal.device_id.in_(devices), journal.step.in_(steps), journal.at < spanned.end)
        .order_by(journal.at.desc(), journal.seq.desc())
        .limit(MOST)
    )
    rows = sorted(session.execute(query).all(), key=lambda row: (str(row.id), str(row.device_id), row.seq))
    return [
        Deed(
            rollout_id=row.id,
            rollout=row.name,
            device_id=DeviceId(row.device_id),
            at=row.at,
            step=Step(row.step),
            stage=Stage(row.stage),
            result=Result(row.result) if row.result else None,
            detail=row.detail,
        )
        for row in rows
    ]


def going(session: Session, spanned: Range, most: int) -> list[Going]:
    """Read the newest rollouts that went on within a range."""
    columns = (rollouts.c.id, rollouts.c.name, rollouts.c.terms["target"].astext.label("target"))
    query = (
        select(*columns, rollouts.c.started_at, rollouts.c.ended_at)
        .where(_within(spanned))
        .order_by(rollouts.c.started_at.desc())
        .limit(most)
    )
    return [Going(row.id, row.name, row.target, row.started_at, row.ended_at) for row in session.execute(query).all()]


def _within(spanned: Range) -> ColumnElement[bool]:
    open_still = or_(rollouts.c.ended_at.is_(None), rollouts.c.ended_at >= spanned.start)
    return and_(rollouts.c.started_at < spanned.end, open_still)
