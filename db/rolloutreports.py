"""All of a rollout at once, for its report: its devices as they stand, and the journal of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import rollouts
from db.rollouts import Line, Row, Standing
from db.rollouttables import rollout_journal
from fleet.identity import DeviceId
from fleet.rollouts import Result, Stage, Step
from fleet.rollouts.course import Course, course
from fleet.rollouts.pausing import Watch


@dataclass(frozen=True, slots=True)
class Report:
    """A rollout at an instant; ``journal`` has the lines of the devices with which anything was begun."""

    row: Row
    standings: Sequence[Standing]
    journal: Mapping[DeviceId, Sequence[Line]]
    course: Course
    at: datetime


def read(session: Session, rollout_id: UUID, at: datetime) -> Report:
    """Read a rollout for its report; raises NotFound where the tenant has none of that id."""
    row, found = rollouts.one(session, rollout_id), rollouts.standings(session, rollout_id)
    watch = Watch(row.terms.limits, row.proving, row.forgiven_at)
    gone = course([one.member for one in found], [one.unit for one in found], watch, at)
    return Report(row, found, _journal(session, rollout_id), gone, at)


def _journal(session: Session, rollout_id: UUID) -> dict[DeviceId, list[Line]]:
    journal = rollout_journal.c
    query = (
        select(journal.device_id, journal.at, journal.step, journal.stage, journal.result, journal.detail)
        .where(journal.rollout_id == rollout_id)
        .order_by(journal.device_id, journal.seq)
    )
    told: dict[DeviceId, list[Line]] = {}
    for row in session.execute(query):
        result = Result(row.result) if row.result else None
        line = Line(row.at, Step(row.step), Stage(row.stage), result, row.detail)
        told.setdefault(DeviceId(row.device_id), []).append(line)
    return told
