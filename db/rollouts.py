"""Rollouts of a tenant: planned, approved, started and steered by people, read with their devices."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from db import mandates, operations, rolloutstops
from db.operations import Author
from db.rolloutlines import Line as Line
from db.rolloutlines import known as known
from db.rolloutlines import lines as lines
from db.rolloutlines import stranger
from db.rolloutrows import DEVICE, entered, member, planned, unit
from db.rollouttables import rollout_devices, rollouts
from db.rules import refusing
from fleet.errors import BadInput, Conflict, Forbidden, NotFound
from fleet.identity import DeviceId, TenantId
from fleet.rollouts import Plan, RolloutState, Stage, Terms, Unit
from fleet.rollouts import unit as units
from fleet.rollouts.foreseen import Forecast
from fleet.rollouts.plan import Member
from fleet.rollouts.states import AHEAD, BAD, ENDED, LIVE

STOPPED_ONES = "A rollout that is over goes no further."


@dataclass(frozen=True, slots=True)
class Row:
    """A rollout, and how many of its devices stand where.

    ``forecast`` is what the plan was expected to take, ``foreseen`` what is expected by now; None where nobody told.
    """

    id: UUID
    tenant_id: TenantId
    name: str
    state: RolloutState
    terms: Terms
    skipped: Sequence[Mapping[str, Any]]
    pairs: Sequence[Sequence[str]]
    proving: bool
    digest: str
    by: str
    at: datetime
    approved_by: str | None
    approved_at: datetime | None
    started_by: str | None
    started_at: datetime | None
    forgiven_at: datetime | None
    ended_at: datetime | None
    why: str | None
    forecast: Forecast | None
    foreseen: Forecast | None
    stages: Mapping[Stage, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """A device of a rollout: as it was planned, and where it stands."""

    member: Member
    unit: Unit


_HEAD = (
    *("id", "tenant_id", "name", "state", "terms", "skipped", "pairs", "proving", "digest", "by", "at"),
    *("approved_by", "approved_at", "started_by", "started_at", "forgiven_at", "ended_at", "why"),
    *("forecast", "foreseen"),
)


def create(session: Session, author: Author, tenant_id: TenantId, name: str, plan: Plan) -> UUID:
    """Store a plan, to be approved; nobody's device is touched by it."""
    made, told = uuid4(), plan.document()
    row = {
        "id": made,
        "tenant_id": tenant_id,
        "name": name.strip(),
        "state": RolloutState.PLANNED.value,
        **{field: told[field] for field in ("terms", "skipped", "pairs", "proving")},
        "digest": plan.digest,
        "by": author.by,
        "at": author.at,
        "epoch": 0,
        "forecast": plan.forecast.document() if plan.forecast else None,
    }
    with refusing(session):
        session.execute(insert(rollouts), [row])
        session.execute(insert(rollout_devices), [planned(made, tenant_id, one) for one in plan.members])
    _record(session, author, "firmware.planned", (tenant_id, made), {"devices": len(plan.members), "name": name})
    return made


def approve(session: Session, author: Author, row: Row, digest: str) -> None:
    """Approve the plan of this digest and no other; raises Conflict, or Forbidden where another person has to."""
    if row.state is not RolloutState.PLANNED:
        raise Conflict(f"The rollout is {row.state} already.", "Only a plan is approved.")
    if digest != row.digest:
        raise Conflict("This is another plan than the one that you have seen.", "Look at the plan again.")
    if rolloutstops.rules(session, row.tenant_id).second_person and not mandates.second(session, author.by, row.by):
        raise Forbidden("A second person has to approve it.", "Ask somebody else who may write firmware.")
    approved = {"approved_by": author.by, "approved_at": author.at, "state": RolloutState.APPROVED.value}
    _steer(session, row, approved)
    _record(session, author, "firmware.approved", (row.tenant_id, row.id), {"digest": digest})


def start(session: Session, author: Author, row: Row, at: datetime | None = None) -> None:
    """Start an approved plan: from now on no other rollout has its devices. Raises Conflict.

    It begins ``at`` an instant, or when the plan says; where that is over, at once. One that waits for its time may
    be given another.
    """
    begins = _begins(author, row, at)
    if row.state is RolloutState.PLANNED and not rolloutstops.rules(session, row.tenant_id).second_person:
        approve(session, author, row, row.digest)
    elif row.state not in (RolloutState.APPROVED, RolloutState.SCHEDULED):
        raise Conflict(f"The rollout is {row.state}.", "A plan is approved first, and started once.")
    mine = rollout_devices.c.rollout_id == row.id
    with refusing(session):
        session.execute(update(rollout_devices).where(mine).values(live=True, since=author.at))
    later = begins > author.at
    state = RolloutState.SCHEDULED if later else RolloutState.RUNNING
    started = {"started_by": author.by, "started_at": begins, "state": state.value}
    _steer(session, row, started, frm=(RolloutState.APPROVED, RolloutState.SCHEDULED))
    told = {"begins": begins.isoformat()} if later else {}
    _record(session, author, f"firmware.{'scheduled' if later else 'started'}", (row.tenant_id, row.id), told)


def _begins(author: Author, row: Row, at: datetime | None) -> datetime:
    """Tell when a rollout begins; raises Conflict where that is outside the time of its plan."""
    earliest = max(row.terms.starts_at or author.at, author.at)
    if at is not None and at < earliest:
        raise Conflict(f"It begins at {earliest:%Y-%m-%d %H:%M} UTC at the earliest.", "Choose a later time.")
    begins = at or earliest
    if begins >= row.terms.expires_at:
        raise Conflict("The time of this plan is over then.", "Choose an earlier time, or make another plan.")
    return begins


def pause(session: Session, author: Author, row: Row) -> None:
    """Begin nothing more until it is resumed; what is under way comes to its end."""
    paused = {"state": RolloutState.PAUSED.value, "why": f"{author.by} paused it."}
    _steer(session, row, paused, frm=(RolloutState.RUNNING,))
    _record(session, author, "firmware.paused", (row.tenant_id, row.id), {})


def resume(session: Session, author: Author, row: Row) -> None:
    """Go on: what has failed until now is taken as looked at, and pauses nothing more."""
    resumed = {"state": RolloutState.RUNNING.value, "why": None, "forgiven_at": author.at}
    _steer(session, row, resumed, frm=(RolloutState.PAUSED,))
    _record(session, author, "firmware.resumed", (row.tenant_id, row.id), {})


def abort(session: Session, author: Author, row: Row) -> None:
    """Begin nothing more at all, take files back, and end; what is under way comes to its end."""
    if row.state in AHEAD:
        over = {"state": RolloutState.ABORTED.value, "ended_at": author.at, "why": f"{author.by} dropped the plan."}
        _steer(session, row, over, frm=(row.state,))
        mine = rollout_devices.c.rollout_id == row.id
        skipped = {"stage": Stage.SKIPPED.value, "ended_at": author.at, "reason": "The plan was dropped."}
        session.execute(update(rollout_devices).where(mine).values({**skipped, "live": False}))
    else:
        aborting = {"state": RolloutState.ABORTING.value, "why": f"{author.by} aborted it."}
        _steer(session, row, aborting, frm=(RolloutState.RUNNING, RolloutState.PAUSED))
    _record(session, author, "firmware.aborted", (row.tenant_id, row.id), {})


def skip(session: Session, author: Author, row: Row, device_id: DeviceId) -> None:
    """Leave out a device with which nothing has begun; raises NotFound or Conflict."""
    now = standing(session, row.id, device_id).unit
    idle = now.step is None and now.hop == 0 and now.stage in (Stage.PENDING, Stage.WAITING)
    if row.state not in LIVE or not idle:
        raise Conflict("The rollout has begun with this device, or is over with it.", "Wait, or abort the rollout.")
    _write(session, row.id, units.close(now, Stage.SKIPPED, f"{author.by} left it out.", author.at))
    _record(session, author, "firmware.skipped", (row.tenant_id, row.id), {"device": str(device_id)})


def retry(session: Session, author: Author, row: Row, chosen: Collection[DeviceId] | None = None) -> int:
    """Let devices begin anew that failed or were lost: all of them, or some; tells how many. Raises Conflict."""
    held = select(rollouts.c.state).where(rollouts.c.id == row.id).with_for_update()
    if session.execute(held).scalar_one() not in (RolloutState.RUNNING, RolloutState.PAUSED):
        raise Conflict(STOPPED_ONES, "Make another plan for the devices that failed.")
    bad = [one.unit for one in standings(session, row.id) if one.unit.stage in BAD]
    found = [one for one in bad if chosen is None or one.device_id in chosen]
    with refusing(session):
        for one in found:
            _write(session, row.id, units.again(one, author.at))
    _record(session, author, "firmware.retried", (row.tenant_id, row.id), {"devices": len(found)})
    return len(found)


def page(session: Session, after: UUID | None, limit: int) -> list[Row]:
    """Read up to ``limit`` rollouts of the tenant from the newest on; raises BadInput for an unknown ``after``."""
    place = (rollouts.c.at, rollouts.c.id)
    query = select(*(rollouts.c[name] for name in _HEAD)).order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        last = session.execute(select(*place).where(rollouts.c.id == after)).one_or_none()
        if last is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*place) < tuple_(*last))
    return [_row(session, row) for row in session.execute(query).all()]


def one(session: Session, rollout_id: UUID) -> Row:
    """Read one rollout; raises NotFound where the tenant has none of that id."""
    query = select(*(rollouts.c[name] for name in _HEAD)).where(rollouts.c.id == rollout_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no rollout {rollout_id}.", "List the tenant's rollouts for their ids.")
    return _row(session, row)


def standings(session: Session, rollout_id: UUID) -> list[Standing]:
    """Read the devices of a rollout in the order of the plan."""
    query = select(*DEVICE).where(rollout_devices.c.rollout_id == rollout_id).order_by(rollout_devices.c.place)
    return [Standing(member(row), unit(row)) for row in session.execute(query)]


def standing(session: Session, rollout_id: UUID, device_id: DeviceId) -> Standing:
    """Read one device of a rollout, held until the end of the transaction; raises NotFound."""
    mine = (rollout_devices.c.rollout_id == rollout_id, rollout_devices.c.device_id == device_id)
    row = session.execute(select(*DEVICE).where(*mine).with_for_update()).one_or_none()
    if row is None:
        raise stranger()
    return Standing(member(row), unit(row))


def _steer(
    session: Session,
    row: Row,
    values: Mapping[str, object],
    frm: Collection[RolloutState] = (RolloutState.PLANNED,),
) -> None:
    """Change a rollout that is in one of some states; raises Conflict where it is not, or not any more."""
    mine = (rollouts.c.id == row.id, rollouts.c.state.in_([state.value for state in frm]))
    if (
        session.execute(update(rollouts).where(*mine).values(dict(values)).returning(rollouts.c.id)).one_or_none()
        is None
    ):
        why = STOPPED_ONES if row.state in ENDED else f"The rollout is {row.state}."
        raise Conflict(why, "Look at it again: it may have changed meanwhile.")


def _write(session: Session, rollout_id: UUID, now: Unit) -> None:
    mine = (rollout_devices.c.rollout_id == rollout_id, rollout_devices.c.device_id == now.device_id)
    session.execute(update(rollout_devices).where(*mine).values(entered(now)))


def _record(
    session: Session, author: Author, kind: str, what: tuple[TenantId, UUID], detail: Mapping[str, object]
) -> None:
    tenant_id, rollout_id = what
    told = {"rollout_id": str(rollout_id), **detail, "fields": []}
    operations.record(session, author.did(kind, tenant_id, told))


def _row(session: Session, row: Any) -> Row:
    stage = rollout_devices.c.stage
    told = select(stage, func.count()).where(rollout_devices.c.rollout_id == row.id).group_by(stage)
    facts = dict(row._mapping)
    typed: dict[str, Any] = {
        "tenant_id": TenantId(facts["tenant_id"]),
        "state": RolloutState(facts["state"]),
        "terms": Terms.read(facts["terms"]),
        "forecast": Forecast.read(facts["forecast"]) if facts["forecast"] else None,
        "foreseen": Forecast.read(facts["foreseen"]) if facts["foreseen"] else None,
        "stages": {Stage(name): count for name, count in session.execute(told)},
    }
    return Row(**{**facts, **typed})
