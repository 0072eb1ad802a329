"""A campaign as its chore goes on with it: where its devices stand, what has ended, and what is taken back.

Nothing is kept but here: whoever is killed in between has done either all of a transaction or nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text, and_, cast, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from db import campaigns, errands, pushes
from db.access import POLLER
from db.campaigns import Campaign
from db.campaigntables import campaigns as table
from db.campaigntables import members
from db.engine import Stores, reachable
from db.pushtables import pushes as pushed
from db.tables import device_state, devices
from db.worktables import operations
from fleet.campaigns import LIVE, CampaignState, Member, MemberState, wave_id
from fleet.changes import PushState
from fleet.device import State
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing
from fleet.pushes import Override

_ASKED = members.c.state == MemberState.ASKED.value
_ITS = and_(pushed.c.id == members.c.push_id, pushed.c.tenant_id == members.c.tenant_id)
_ENDINGS: Final = {
    PushState.COMMITTED: MemberState.DONE,
    PushState.COMMIT_UNCONFIRMED: MemberState.UNCONFIRMED,
    PushState.LOST: MemberState.LOST,
    PushState.CANCELLED: MemberState.CANCELLED,
}
GONE: Final = "Its push is not known any more."


def live(session: Session) -> list[tuple[UUID, TenantId]]:
    """Name the campaigns of all tenants that go on, or have a push that does; the session is the platform's."""
    asked = select(members.c.campaign_id).where(_ASKED)
    goes_on = or_(table.c.state.in_([state.value for state in LIVE]), table.c.id.in_(asked))
    query = select(table.c.id, table.c.tenant_id).where(goes_on).order_by(table.c.created_at, table.c.id)
    return [(row.id, TenantId(row.tenant_id)) for row in session.execute(query)]


def held(session: Session, campaign_id: UUID) -> Campaign | None:
    """Read a campaign and let nobody else go on with it; None where somebody does, or it is gone."""
    query = select(table.c.id).where(table.c.id == campaign_id).with_for_update(skip_locked=True)
    return None if session.scalar(query) is None else campaigns.one(session, campaign_id)


def sealed(stores: Stores, campaign_id: UUID) -> str | None:
    """Read what a campaign pushes, as ciphertext; None where that is kept no longer."""
    with reachable(), stores.engine(POLLER).connect() as connection:
        return connection.scalar(select(table.c.sealed).where(table.c.id == campaign_id))


def standing(session: Session, campaign: Campaign) -> list[Member]:
    """Read where the devices of a campaign stand, and which of them fell silent while their wave rested."""
    names = ("device_id", "wave", "place", "state", "parent_id", "ended_at", "forgiven")
    down = and_(
        device_state.c.state == State.DOWN.value,
        device_state.c.since > members.c.ended_at,
        device_state.c.since <= members.c.ended_at + campaign.rules.soak,
    )
    query = (
        select(*(members.c[name] for name in names), devices.c.site_id, down.label("silent"))
        .join_from(members, devices, devices.c.id == members.c.device_id)
        .outerjoin(device_state, device_state.c.device_id == members.c.device_id)
        .where(members.c.campaign_id == campaign.id)
        .order_by(members.c.place)
    )
    return [_member(row) for row in session.execute(query)]


def settle(session: Session, campaign: Campaign) -> int:
    """Note which devices have ended, by their pushes; tells how many. The session is the platform's."""
    over = or_(pushed.c.id.is_(None), pushed.c.ended_at.is_not(None))
    query = (
        select(members.c.device_id, members.c.up, pushed.c.id, pushed.c.state, pushed.c.error)
        .add_columns(pushed.c.started_at, pushed.c.ended_at, members.c.asked_at)
        .join_from(members, pushed, _ITS, isouter=True)
        .where(members.c.campaign_id == campaign.id, _ASKED, over)
    )
    found = session.execute(query).all()
    for row in found:
        state, why = _ended(row)
        put(session, campaign, row.device_id, state=state.value, why=why, ended_at=row.ended_at or row.asked_at)
    return len(found)


def take_back(session: Session, campaign: Campaign, at: datetime, subject: Addressing) -> int:
    """Cancel the pushes of a campaign that were not begun; tells how many. The session is the platform's.

    Their devices have their turn again, or never, where it is aborted. A push that another campaign was given, too,
    is left alone.
    """
    mine = [wave_id(campaign.id, wave) for wave in range(len(campaign.waves))]
    other = members.alias("other")
    shared = exists(other.c.device_id).where(
        other.c.push_id == pushed.c.id, other.c.device_id == pushed.c.device_id, other.c.campaign_id != campaign.id
    )
    query = (
        select(members.c.device_id, pushed.c.id)
        .join_from(members, pushed, _ITS)
        .where(members.c.campaign_id == campaign.id, _ASKED, pushed.c.wave_id.in_(mine))
        .where(pushed.c.state == PushState.PENDING.value, ~shared)
    )
    waiting = [row for row in session.execute(query) if errands.cancel(session, campaign.tenant_id, row.id, at)]
    if not waiting:
        return 0
    pushes.settle(session, at, subject)
    aborted = campaign.state is CampaignState.ABORTED
    state = MemberState.CANCELLED if aborted else MemberState.WAITING
    for row in waiting:
        put(session, campaign, row.device_id, state=state.value, ended_at=at if aborted else None, push_id=None)
    return len(waiting)


def put(session: Session, campaign: Campaign, device_id: DeviceId, **values: object) -> None:
    """Note where a device of a campaign stands."""
    mine = (members.c.campaign_id == campaign.id, members.c.device_id == device_id)
    session.execute(update(members).where(*mine).values(values))


@dataclass(frozen=True, slots=True)
class Asking:
    """A device's push that was asked for. ``up``: the device answered then."""

    device_id: DeviceId
    push_id: UUID
    up: bool
    at: datetime


def asked(session: Session, campaign: Campaign, one: Asking) -> None:
    """Note that a device's push was asked for."""
    begun = {"push_id": one.push_id, "up": one.up, "asked_at": one.at, "attempt": members.c.attempt + 1, "why": None}
    put(session, campaign, one.device_id, state=MemberState.ASKED.value, **begun)


def move(session: Session, campaign: Campaign, **values: object) -> None:
    """Note where a campaign stands."""
    session.execute(update(table).where(table.c.id == campaign.id).values(values))


def halt(session: Session, campaign_id: UUID, why: str) -> bool:
    """Stop a campaign that runs, whatever else is wrong with it; tells whether it did. The session is the platform's.

    It does not wait for whoever goes on with it: where somebody does, it is stopped another time.
    """
    query = select(table.c.id).where(table.c.id == campaign_id, table.c.state == CampaignState.RUNNING.value)
    if session.scalar(query.with_for_update(skip_locked=True)) is None:
        return False
    stopped = {"state": CampaignState.STOPPED.value, "why": why, "soaks_until": None}
    session.execute(update(table).where(table.c.id == campaign_id).values(stopped))
    return True


def idle(session: Session, since: datetime) -> list[tuple[UUID, TenantId]]:
    """Name the campaigns of all tenants that wait for a person, with whom nothing was done since an instant."""
    stirred = exists(members.c.device_id).where(
        members.c.campaign_id == table.c.id, or_(members.c.asked_at >= since, members.c.ended_at >= since)
    )
    touched = exists(operations.c.id).where(
        operations.c.tenant_id == table.c.tenant_id,
        operations.c.at >= since,
        operations.c.kind.startswith("push.campaign_"),
        operations.c.detail["campaign_id"].astext == cast(table.c.id, Text),
    )
    waits = table.c.state.in_([CampaignState.PAUSED.value, CampaignState.STOPPED.value])
    query = select(table.c.id, table.c.tenant_id).where(waits, table.c.created_at < since, ~stirred, ~touched)
    return [(row.id, TenantId(row.tenant_id)) for row in session.execute(query.order_by(table.c.id))]


def forget(session: Session, before: datetime) -> None:
    """Let go what campaigns that ended before an instant pushed; the session is the platform's."""
    session.execute(update(table).where(table.c.ended_at < before).values(sealed=None))


def tidy(session: Session, before: datetime) -> int:
    """Delete the campaigns that ended before an instant; tells how many. The session is the platform's."""
    return len(session.execute(delete(table).where(table.c.ended_at < before).returning(table.c.id)).all())


def _ended(row: Any) -> tuple[MemberState, str | None]:
    if row.id is None:
        return MemberState.FAILED, GONE
    state = PushState(row.state)
    if state in _ENDINGS:
        return _ENDINGS[state], row.error
    if state is PushState.FAILED and row.started_at is None and not row.up:
        return MemberState.MISSED, row.error
    return MemberState.FAILED, row.error


def _member(row: Any) -> Member:
    return Member(
        device_id=DeviceId(row.device_id),
        wave=row.wave,
        place=row.place,
        state=MemberState(row.state),
        site=row.site_id,
        parent=row.parent_id and DeviceId(row.parent_id),
        ended_at=row.ended_at,
        silent=bool(row.silent),
        forgiven=row.forgiven,
    )


def overrides(session: Session, campaign: Campaign, chosen: Sequence[DeviceId]) -> dict[DeviceId, Override]:
    """Read the overrides that some devices have."""
    mine = (members.c.campaign_id == campaign.id, members.c.device_id.in_(chosen), members.c.override.is_not(None))
    rows = session.execute(select(members.c.device_id, members.c.override, members.c.reason).where(*mine))
    return {DeviceId(row.device_id): Override(row.override, row.reason) for row in rows}
