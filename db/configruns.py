"""Backups of many devices at once: begun and stopped by a tenant, worked through by a job that may be killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, case, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from db import errands, operations
from db.backuptables import config_run_devices as steps
from db.backuptables import config_runs as runs
from db.errandtables import errands as kept
from db.operations import Author
from db.rules import refusing
from db.tables import devices
from fleet.backups import ERRAND, LIVE, Reason, RunState, StepState
from fleet.errands import LASTS, Errand, ErrandState
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import DeviceId, TenantId

PER_SITE = 20
"""Devices of one site whose backup is taken at the same time."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run, and how many of its devices stand where."""

    id: UUID
    tenant_id: TenantId
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    state: RunState
    per_site: int
    error: str | None
    waiting: int
    asked: int
    done: int
    failed: int
    stopped: int

    @property
    def total(self) -> int:
        """How many devices it has."""
        return self.waiting + self.asked + self.done + self.failed + self.stopped


@dataclass(frozen=True, slots=True)
class Step:
    """One device of a run."""

    device_id: DeviceId
    name: str
    state: StepState
    asked_at: datetime | None
    ended_at: datetime | None
    why: str | None


_COUNTS = [
    func.count(case((steps.c.state == state.value, 1))).label(state.value)
    for state in (StepState.WAITING, StepState.ASKED, StepState.DONE, StepState.FAILED, StepState.STOPPED)
]
_HEAD = [runs.c[n] for n in ("id", "tenant_id", "created_by", "created_at", "ended_at", "state", "per_site", "error")]
_RUN: Select[Any] = (
    select(*_HEAD, *_COUNTS).join_from(runs, steps, steps.c.run_id == runs.c.id, isouter=True).group_by(runs.c.id)
)
_LIVE = runs.c.state.in_([state.value for state in LIVE])


def begin(
    session: Session, author: Author, tenant_id: TenantId, chosen: Sequence[DeviceId], per_site: int = PER_SITE
) -> UUID:
    """Begin a run over some devices; raises BadInput for none, Conflict while another one goes on."""
    if not chosen:
        raise BadInput("No device is meant.", "Widen the filter, or leave it out for all devices.")
    made = uuid4()
    facts = {"created_by": author.by, "created_at": author.at, "state": RunState.WAITING.value, "per_site": per_site}
    with refusing(session):
        session.execute(insert(runs).values(id=made, tenant_id=tenant_id, filter={}, **facts))
    rows = [
        {"run_id": made, "device_id": one, "tenant_id": tenant_id, "state": StepState.WAITING.value} for one in chosen
    ]
    session.execute(insert(steps), rows)
    detail = {"run_id": str(made), "devices": len(chosen), "fields": []}
    operations.record(session, author.did("config.run_begun", tenant_id, detail))
    return made


def stop(session: Session, author: Author, run: Run) -> None:
    """Ask no further devices; what was asked is still done. Raises Conflict where it has ended."""
    if run.state not in LIVE:
        raise Conflict("The run has ended already.", "Look at its devices; begin another one for those that failed.")
    ended = {"state": RunState.STOPPED.value, "ended_at": author.at}
    session.execute(update(runs).where(runs.c.id == run.id, _LIVE).values(ended))
    waiting = (steps.c.run_id == run.id, steps.c.state == StepState.WAITING.value)
    session.execute(update(steps).where(*waiting).values(state=StepState.STOPPED.value, ended_at=author.at))
    detail = {"run_id": str(run.id), "fields": []}
    operations.record(session, author.did("config.run_stopped", run.tenant_id, detail))


def page(session: Session, after: UUID | None, limit: int) -> list[Run]:
    """Read up to ``limit`` runs of the tenant from the newest on; raises BadInput for an unknown ``after``."""
    place = (runs.c.created_at, runs.c.id)
    query = _RUN.order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        last = session.execute(select(*place).where(runs.c.id == after)).one_or_none()
        if last is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*place) < tuple_(*last))
    return [_run(row) for row in session.execute(query)]


def one(session: Session, run_id: UUID) -> Run:
    """Read one run; raises NotFound."""
    row = session.execute(_RUN.where(runs.c.id == run_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", "List the runs for their ids.")
    return _run(row)


def listed(session: Session, run_id: UUID, after: str | None, limit: int) -> list[Step]:
    """Read up to ``limit`` devices of a run by name, those behind the name ``after``."""
    columns = (steps.c.device_id, devices.c.name, *(steps.c[n] for n in ("state", "asked_at", "ended_at", "why")))
    query = select(*columns).join_from(steps, devices, devices.c.id == steps.c.device_id)
    query = query.where(steps.c.run_id == run_id).order_by(devices.c.name).limit(limit)
    if after is not None:
        query = query.where(devices.c.name > after)
    rows = session.execute(query)
    return [Step(DeviceId(r.device_id), r.name, StepState(r.state), r.asked_at, r.ended_at, r.why) for r in rows]


def live(session: Session) -> list[tuple[UUID, datetime]]:
    """Name the runs of all tenants that go on, and when they began; the session is the platform's."""
    query = select(runs.c.id, runs.c.created_at).where(_LIVE).order_by(runs.c.created_at)
    return [(row.id, row.created_at) for row in session.execute(query)]


def settle(session: Session, run: Run, at: datetime) -> int:
    """Note which of the asked devices have ended, by their errands; one that is out of reach counts as failed.

    Its errand stays, and is done when the device returns. Tells how many ended now.
    """
    query = (
        select(steps.c.device_id, kept.c.state, kept.c.error, kept.c.attempt, kept.c.not_before)
        .join_from(steps, kept, kept.c.id == steps.c.errand_id, isouter=True)
        .where(steps.c.run_id == run.id, steps.c.state == StepState.ASKED.value)
    )
    ended = [(row.device_id, said) for row in session.execute(query) if (said := _ended(row)) is not None]
    for device_id, (state, why) in ended:
        mine = (steps.c.run_id == run.id, steps.c.device_id == device_id)
        session.execute(update(steps).where(*mine).values(state=state.value, why=why, ended_at=at))
    return len(ended)


def ask(session: Session, run: Run, at: datetime) -> int:
    """Ask the backups of devices that wait, as many of each site as may be under way; tells how many."""
    session.execute(select(runs.c.id).where(runs.c.id == run.id).with_for_update())
    query = (
        select(steps.c.device_id, steps.c.state, devices.c.site_id)
        .join_from(steps, devices, devices.c.id == steps.c.device_id)
        .where(steps.c.run_id == run.id, steps.c.state.in_((StepState.ASKED.value, StepState.WAITING.value)))
        .order_by(devices.c.id)
    )
    rows = session.execute(query).all()
    busy: Counter[UUID | None] = Counter(row.site_id for row in rows if row.state == StepState.ASKED.value)
    chosen: list[DeviceId] = []
    for row in rows:
        if row.state == StepState.WAITING.value and busy[row.site_id] < run.per_site:
            busy[row.site_id] += 1
            chosen.append(DeviceId(row.device_id))
    return _begun(session, run, chosen, at) if chosen else 0


def end(session: Session, run: Run, state: RunState, at: datetime, error: str | None = None) -> None:
    """End a run, unless somebody has stopped it."""
    session.execute(
        update(runs).where(runs.c.id == run.id, _LIVE).values(state=state.value, ended_at=at, error=error)
    )


def running(session: Session, run: Run) -> None:
    """Note that the job works on it."""
    waits = (runs.c.id == run.id, runs.c.state == RunState.WAITING.value)
    session.execute(update(runs).where(*waits).values(state=RunState.RUNNING.value))


def _begun(session: Session, run: Run, chosen: Sequence[DeviceId], at: datetime) -> int:
    """Leave an errand for each device, or wait with it for the one that it has already."""
    there = select(kept.c.device_id, kept.c.id).where(
        kept.c.kind == ERRAND, kept.c.ended_at.is_(None), kept.c.device_id.in_(chosen)
    )
    known: dict[UUID, UUID] = {row.device_id: row.id for row in session.execute(there)}
    made = [_errand(run, device_id, at) for device_id in chosen if device_id not in known]
    errands.quietly(session, made)
    ids: Mapping[UUID, UUID] = known | {errand.device_id: errand.id for errand in made}
    for device_id in chosen:
        mine = (steps.c.run_id == run.id, steps.c.device_id == device_id)
        asked = {"state": StepState.ASKED.value, "errand_id": ids[device_id], "asked_at": at}
        session.execute(update(steps).where(*mine).values(asked))
    return len(chosen)


def _errand(run: Run, device_id: DeviceId, at: datetime) -> Errand:
    detail = {"reason": Reason.RUN.value, "run_id": str(run.id)}
    return Errand(
        tenant_id=run.tenant_id,
        device_id=device_id,
        kind=ERRAND,
        by=run.created_by,
        at=at,
        expires_at=at + LASTS,
        detail=detail,
    )


def _ended(row: Any) -> tuple[StepState, str | None] | None:
    if row.state is None:
        return StepState.FAILED, "The errand is not known any more; it was too long ago."
    state = ErrandState(row.state)
    if state is ErrandState.DONE:
        return StepState.DONE, None
    if state.over:
        return StepState.FAILED, row.error
    if state is ErrandState.WAITING and row.attempt and row.error:
        return StepState.FAILED, f"Not yet, it is tried again for a day: {row.error}"
    return None


def _run(row: Any) -> Run:
    facts = dict(row._mapping)
    return Run(**facts | {"state": RunState(facts["state"])})
