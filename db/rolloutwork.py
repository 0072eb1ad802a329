"""Rollouts as the job sees them that goes through them: claimed under an epoch, decided and asked in one transaction.

Whoever claims a rollout shuts out who held it before: nothing is decided under an older epoch, however late it wakes.
The session is the platform's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from db import errands, rolloutchecks, rolloutpaces, rolloutstops
from db.engine import Stores
from db.platform import platform_session
from db.rolloutrows import entered
from db.rolloutsight import Orphan, Sight
from db.rollouttables import rollout_devices, rollouts
from fleet.errands import Errand
from fleet.errors import Conflict, NotFound
from fleet.identity import DeviceId, TenantId
from fleet.rollouts import Ask, Decisions, Rollout, RolloutState, Step, Terms, Unit
from fleet.rollouts import unit as units
from fleet.rollouts.forecast import foresee
from fleet.rollouts.foreseen import Forecast
from fleet.rollouts.gates import Usual
from fleet.rollouts.ground import Ground
from fleet.rollouts.plan import Member
from fleet.rollouts.states import ENDED, LIVE

LEASE = timedelta(seconds=15)
"""For how long a job has a rollout, unless it says so again."""

WHY = "a rollout is foreseen"
KINDS: Mapping[Step, str] = {step: f"firmware.{step}" for step in Step}
"""The kinds of errands by which owners are asked."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A rollout in the hands of a job: its ground, which does not change, and what was seen of its devices.

    ``usual`` tells how busy its devices were of late: with the step that restarts them their owners hear of it.
    """

    rollout_id: UUID
    tenant_id: TenantId
    epoch: int
    by: str
    terms: Terms
    proving: bool
    ground: Ground
    began: datetime
    sight: Sight
    usual: Mapping[DeviceId, Usual] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a rollout stands after a turn."""

    state: RolloutState
    why: str | None
    units: Sequence[Unit]


def live(session: Session) -> list[UUID]:
    """Name the rollouts of all tenants that go on."""
    going = rollouts.c.state.in_([state.value for state in LIVE])
    return list(session.scalars(select(rollouts.c.id).where(going).order_by(rollouts.c.started_at)))


def claim(session: Session, rollout_id: UUID, at: datetime, lease: timedelta = LEASE) -> Claim | None:
    """Take a rollout over; None while another job has it.

    Raises NotFound where there is none, Conflict where its plan was not approved or nobody has started it, or where
    it is over.
    """
    row = session.execute(select(rollouts).where(rollouts.c.id == rollout_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"There is no rollout {rollout_id}.", "List the rollouts for their ids.")
    if row.approved_by is None or row.started_by is None:
        raise Conflict("Its plan was not approved, or nobody has started it.", "Use `flotilla rollout start`.")
    if row.state == RolloutState.SCHEDULED:
        raise Conflict(f"The rollout begins at {row.started_at:%Y-%m-%d %H:%M} UTC.", "Wait: it begins by itself.")
    if row.state in ENDED:
        raise Conflict(f"The rollout is over: {row.state}.", "Look at its devices.")
    if row.claimed_until is not None and row.claimed_until > at:
        return None
    mine = {"epoch": row.epoch + 1, "claimed_until": at + lease}
    session.execute(update(rollouts).where(rollouts.c.id == rollout_id).values(mine))
    told = session.scalars(select(rollout_devices.c.member).where(rollout_devices.c.rollout_id == rollout_id))
    members = [Member.read(one) for one in told]
    pairs = [[DeviceId(UUID(one)) for one in pair] for pair in row.pairs]
    ground = Ground.of({one.device_id: one.above for one in members}, pairs)
    return Claim(
        rollout_id=rollout_id,
        tenant_id=row.tenant_id,
        epoch=row.epoch + 1,
        by=row.started_by,
        terms=Terms.read(row.terms),
        proving=row.proving,
        ground=ground,
        began=row.started_at,
        sight=Sight(rollout_id),
    )


def turn(session: Session, claim: Claim, at: datetime, lease: timedelta = LEASE) -> Progress | None:
    """See what has ended, decide, and ask; None where another job has the rollout by now."""
    mine = (rollouts.c.id == claim.rollout_id, rollouts.c.epoch == claim.epoch)
    held = update(rollouts).where(*mine).values(claimed_until=at + lease)
    row = session.execute(held.returning(rollouts.c.state, rollouts.c.why, rollouts.c.forgiven_at)).one_or_none()
    if row is None:
        return None
    now = _seen(session, claim, at)
    state = RolloutState(row.state)
    stop = rolloutstops.rules(session, claim.tenant_id).stopped
    held_up = stop is not None and state is RolloutState.RUNNING
    still = RolloutState.PAUSED if held_up else state
    rollout = Rollout(still, claim.terms, claim.ground, claim.proving, row.forgiven_at)
    found = rolloutchecks.decide(session, rollout, now, at)
    _asked(session, claim, now, found, at)
    if found.state is None:
        return Progress(state, str(stop) if held_up else row.why, list(now.values()))
    ended = at if found.state in ENDED else None
    values = {"state": found.state.value, "why": found.why or row.why, "ended_at": ended}
    session.execute(update(rollouts).where(*mine).values(values))
    return Progress(found.state, found.why or row.why, list(now.values()))


def foretell(stores: Stores, claim: Claim, units: Sequence[Unit], at: datetime) -> Forecast:
    """Foresee when a rollout ends that goes on, and keep that for who asks."""
    with platform_session(stores, WHY) as session:
        pace = rolloutpaces.read(session, at, claim.tenant_id)
    rollout = Rollout(RolloutState.RUNNING, claim.terms, claim.ground, claim.proving)
    found = foresee(rollout, units, pace, at, claim.began)
    mine = (rollouts.c.id == claim.rollout_id, rollouts.c.epoch == claim.epoch)
    with platform_session(stores, WHY) as session:
        session.execute(update(rollouts).where(*mine).values(foreseen=found.document()))
    return found


def release(session: Session, claim: Claim, at: datetime) -> None:
    """Give a rollout back, so that the next job need not wait."""
    mine = (rollouts.c.id == claim.rollout_id, rollouts.c.epoch == claim.epoch)
    session.execute(update(rollouts).where(*mine).values(claimed_until=at))


def _seen(session: Session, claim: Claim, at: datetime) -> dict[DeviceId, Unit]:
    """Read where the devices stand; those whose errand ended without a word of the step are seen to."""
    now, orphans = claim.sight.look(session)
    if orphans:
        same = claim.sight.unchanged(session, [one.unit.device_id for one in orphans])
        closed = [_closed(one, at) for one in orphans if one.unit.device_id in same]
        _write(session, claim, [(one, None) for one in closed])
        now.update({one.device_id: replace(one, down=now[one.device_id].down) for one in closed})
    return now


def _closed(one: Orphan, at: datetime) -> Unit:
    return units.orphan(one.unit, one.error or "its errand ended without a word.", at)


def _asked(session: Session, claim: Claim, now: dict[DeviceId, Unit], found: Decisions, at: datetime) -> None:
    """Write what was decided, and leave the errands of it; ``now`` is brought up to date.

    What somebody has changed since it was read is left for the next turn.
    """
    made: list[Errand] = []
    rows: list[tuple[Unit, UUID | None]] = []
    same = claim.sight.unchanged(session, [act.device_id for act in found.acts]) if found.acts else ()
    for act in found.acts:
        if act.device_id not in same:
            continue
        one = now[act.device_id]
        if isinstance(act, Ask):
            errand = _errand(claim, one.device_id, act.step, at)
            made.append(errand)
            rows.append((units.ask(one, act.step), errand.id))
        else:
            rows.append((units.close(one, act.stage, act.reason, at), None))
    _write(session, claim, rows)
    now.update({one.device_id: one for one, _ in rows})
    errands.quietly(session, made)


def _errand(claim: Claim, device_id: DeviceId, step: Step, at: datetime) -> Errand:
    known = claim.usual.get(device_id) if step is Step.INSTALL else None
    usual = {} if known is None else {"usual": known.document()}
    return Errand(
        id=uuid4(),
        tenant_id=claim.tenant_id,
        device_id=device_id,
        kind=KINDS[step],
        by=claim.by,
        at=at,
        expires_at=max(claim.terms.expires_at, at + timedelta(hours=1)),
        detail={"rollout_id": str(claim.rollout_id), **usual},
    )


def _write(session: Session, claim: Claim, rows: Sequence[tuple[Unit, UUID | None]]) -> None:
    """Write where devices stand, each with the errand that it has."""
    if rows:
        mine = (rollout_devices.c.rollout_id == claim.rollout_id, rollout_devices.c.device_id == bindparam("which"))
        told = [{**entered(one), "errand_id": errand_id, "which": one.device_id} for one, errand_id in rows]
        session.connection().execute(update(rollout_devices).where(*mine), told)
