"""The journal of a device in a rollout as its owner writes it: append only, under the epoch of the partition.

A line that leads over a point of no return is written only while the rollout runs and nobody has stopped everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, select, update

from db.access import POLLER
from db.engine import Stores, reachable
from db.rolloutrows import DEVICE, entered, member, unit
from db.rollouttables import firmware_settings, firmware_stop, rollout_devices, rollout_journal, rollouts
from fleet.identity import DeviceId, TenantId
from fleet.rollouts import Result, RolloutState, Stage, Step, Terms, Unit
from fleet.rollouts.gates import Picture
from fleet.rollouts.plan import Member


class Written(StrEnum):
    """What became of a line: ``held``: nothing may begin just now, ``gone``: another one has the device."""

    DONE = "done"
    HELD = "held"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Taken:
    """A device of a rollout in the hands of its owner, and how many lines its journal has."""

    rollout_id: UUID
    tenant_id: TenantId
    errand_id: UUID
    epoch: int
    entries: int
    terms: Terms
    member: Member
    unit: Unit
    before: Picture | None


@dataclass(frozen=True, slots=True)
class Note:
    """A line that is to be written, and where the device stands with it.

    ``gate``: it leads over a point of no return. ``before`` is the picture from before, where it was just taken.
    """

    at: datetime
    step: Step
    unit: Unit
    result: Result | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    before: Picture | None = None
    gate: bool = False


@dataclass(frozen=True, slots=True)
class RolloutBook:
    """The journals. Every method blocks and raises Unavailable while the database is away."""

    stores: Stores

    def take(self, rollout_id: UUID, device_id: DeviceId, errand_id: UUID, epoch: int) -> Taken | None:
        """Take a device over for a step; None where the step was ended, or a newer owner has it.

        From then on nobody writes under an older epoch.
        """
        row = rollout_devices
        mine = (row.c.rollout_id == rollout_id, row.c.device_id == device_id, row.c.errand_id == errand_id)
        taken = update(row).where(*mine, row.c.epoch <= epoch).values(epoch=epoch)
        told = taken.returning(*DEVICE, row.c.entries, row.c.before, row.c.tenant_id)
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            found = connection.execute(told).one_or_none()
            if found is None:
                return None
            terms = connection.execute(select(rollouts.c.terms).where(rollouts.c.id == rollout_id)).scalar_one()
        before = Picture.read(found.before) if found.before else None
        planned, now = member(found), unit(found)
        tenant_id = TenantId(found.tenant_id)
        return Taken(rollout_id, tenant_id, errand_id, epoch, found.entries, Terms.read(terms), planned, now, before)

    def write(self, taken: Taken, seq: int, note: Note) -> Written:
        """Append the ``seq``-th line."""
        row = rollout_devices
        mine = (
            row.c.rollout_id == taken.rollout_id,
            row.c.device_id == taken.unit.device_id,
            row.c.errand_id == taken.errand_id,
            row.c.epoch == taken.epoch,
            row.c.entries == seq,
        )
        values: dict[str, Any] = {**entered(note.unit), "entries": seq + 1}
        if note.before is not None:
            values["before"] = note.before.document()
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            held = update(row).where(*mine, *(_free(taken) if note.gate else ())).values(values)
            if connection.execute(held.returning(row.c.device_id)).one_or_none() is None:
                there = note.gate and connection.execute(select(row.c.device_id).where(*mine)).one_or_none()
                return Written.HELD if there else Written.GONE
            connection.execute(insert(rollout_journal), [_line(taken, seq, note)])
            return Written.DONE

    def lines(self, taken: Taken) -> list[tuple[Step, Stage, datetime, Mapping[str, object]]]:
        """Read the stages that were written of a device, each with when and the details."""
        journal = rollout_journal
        mine = (journal.c.rollout_id == taken.rollout_id, journal.c.device_id == taken.unit.device_id)
        query = (
            select(journal.c.step, journal.c.stage, journal.c.at, journal.c.detail)
            .where(*mine)
            .order_by(journal.c.seq)
        )
        with reachable(), self.stores.engine(POLLER).connect() as connection:
            return [(Step(line.step), Stage(line.stage), line.at, line.detail) for line in connection.execute(query)]


def _free(taken: Taken) -> tuple[Any, ...]:
    """Say that the rollout runs, and that nobody has stopped everything: of the tenant, or for all tenants."""
    running = exists(rollouts.c.id).where(
        rollouts.c.id == taken.rollout_id, rollouts.c.state == RolloutState.RUNNING.value
    )
    stops = firmware_settings
    stopped = exists(stops.c.tenant_id).where(stops.c.tenant_id == taken.tenant_id, stops.c.stopped_at.is_not(None))
    everywhere = exists(firmware_stop.c.id).where(firmware_stop.c.stopped_at.is_not(None))
    return running, ~stopped, ~everywhere


def _line(taken: Taken, seq: int, note: Note) -> dict[str, object]:
    return {
        "rollout_id": taken.rollout_id,
        "device_id": taken.unit.device_id,
        "seq": seq,
        "tenant_id": taken.tenant_id,
        "at": note.at,
        "epoch": taken.epoch,
        "step": note.step.value,
        "stage": note.unit.stage.value,
        "result": note.result.value if note.result else None,
        "detail": dict(note.detail),
    }
