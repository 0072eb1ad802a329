"""The journal of a device in a rollout, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.rollouttables import rollout_devices, rollout_journal
from fleet.errors import NotFound
from fleet.identity import DeviceId
from fleet.rollouts import Result, Stage, Step


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a device's journal."""

    at: datetime
    step: Step
    stage: Stage
    result: Result | None
    detail: Mapping[str, object]


def known(session: Session, rollout_id: UUID, device_id: DeviceId) -> None:
    """See that a rollout has a device; raises NotFound where it has not."""
    mine = (rollout_devices.c.rollout_id == rollout_id, rollout_devices.c.device_id == device_id)
    if session.scalar(select(rollout_devices.c.place).where(*mine)) is None:
        raise stranger()


def lines(session: Session, rollout_id: UUID, device_id: DeviceId) -> list[Line]:
    """Read the journal of a device in a rollout, from the beginning on."""
    journal = rollout_journal
    mine = (journal.c.rollout_id == rollout_id, journal.c.device_id == device_id)
    rows = session.execute(select(journal).where(*mine).order_by(journal.c.seq))
    return [
        Line(row.at, Step(row.step), Stage(row.stage), Result(row.result) if row.result else None, row.detail)
        for row in rows
    ]


def stranger() -> NotFound:
    """Say that a rollout has no such device."""
    return NotFound("The rollout has no such device.", "List the rollout's devices for their ids.")
