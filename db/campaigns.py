"""The campaigns of a tenant as they stand, and how far each of their devices is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, tuple_
from sqlalchemy.orm import Session

from db.campaigntables import campaigns as table
from db.campaigntables import members
from db.pushtables import pushes
from db.tables import devices
from fleet.campaigns import BAD, OPEN, CampaignSource, CampaignState, MemberState, Rules
from fleet.changes import PushState
from fleet.errors import BadInput, NotFound
from fleet.events import PushCampaignEvent
from fleet.identity import DeviceId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign as it stands, and how many of its devices stand where."""

    id: UUID
    tenant_id: TenantId
    source: CampaignSource
    shown: Sequence[str]
    note: str
    waves: Sequence[int]
    rules: Rules
    lasts: timedelta
    created_by: str
    created_at: datetime
    request_id: str | None
    state: CampaignState
    why: str | None
    wave: int | None
    soaks_until: datetime | None
    ended_at: datetime | None
    counts: Mapping[MemberState, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def event(self, at: datetime) -> PushCampaignEvent:
        """Tell how far it is."""
        return PushCampaignEvent(
            tenant_id=self.tenant_id,
            at=at,
            request_id=self.request_id,
            campaign_id=self.id,
            state=self.state,
            wave=self.wave,
            total=self.total,
            ended=sum(count for state, count in self.counts.items() if state not in OPEN),
            failed=sum(count for state, count in self.counts.items() if state in BAD),
            error=self.why,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """One device of a campaign, and its last push."""

    device_id: DeviceId
    name: str
    place: int
    wave: int
    state: MemberState
    attempt: int
    push_id: UUID | None
    push_state: PushState | None
    override: str | None
    reason: str | None
    why: str | None
    asked_at: datetime | None
    ended_at: datetime | None


_HEAD = (
    *("id", "tenant_id", "source", "shown", "note", "waves", "soak_seconds", "stop_share", "stop_least", "per_site"),
    *("at_once", "lasts_seconds", "created_by", "created_at", "request_id", "state", "why", "wave", "soaks_until"),
    "ended_at",
)
_COUNTS = [func.count(case((members.c.state == state.value, 1))).label(f"count_{state}") for state in MemberState]
_CAMPAIGN: Select[Any] = (
    select(*(table.c[name] for name in _HEAD), *_COUNTS)
    .join_from(table, members, members.c.campaign_id == table.c.id, isouter=True)
    .group_by(table.c.id)
)


def page(session: Session, after: UUID | None, limit: int) -> list[Campaign]:
    """Read up to ``limit`` campaigns of the tenant from the newest on, those behind the campaign ``after``.

    Raises BadInput where the tenant has none of the id ``after``.
    """
    place = (table.c.created_at, table.c.id)
    query = _CAMPAIGN.order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        last = session.execute(select(*place).where(table.c.id == after)).one_or_none()
        if last is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*place) < tuple_(*last))
    return [_campaign(row) for row in session.execute(query)]


def one(session: Session, campaign_id: UUID) -> Campaign:
    """Read one campaign; raises NotFound where the tenant has none of that id."""
    row = session.execute(_CAMPAIGN.where(table.c.id == campaign_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no campaign {campaign_id}.", "List the tenant's campaigns for their ids.")
    return _campaign(row)


def listed(
    session: Session, campaign_id: UUID, after: int | None, limit: int, states: Sequence[MemberState] = ()
) -> list[Standing]:
    """Read up to ``limit`` devices of a campaign in their order, those behind the place ``after``."""
    own = ("device_id", "place", "wave", "state", "attempt", "push_id", "override", "reason", "why", "asked_at")
    columns = (*(members.c[name] for name in (*own, "ended_at")), devices.c.name, pushes.c.state.label("push_state"))
    query = (
        select(*columns)
        .join_from(members, devices, devices.c.id == members.c.device_id)
        .outerjoin(pushes, pushes.c.id == members.c.push_id)
        .where(members.c.campaign_id == campaign_id)
        .order_by(members.c.place)
        .limit(limit)
    )
    if after is not None:
        query = query.where(members.c.place > after)
    if states:
        query = query.where(members.c.state.in_([state.value for state in states]))
    return [_standing(row) for row in session.execute(query)]


def _campaign(row: Any) -> Campaign:
    facts = dict(row._mapping)
    counts = {state: facts.pop(f"count_{state}") for state in MemberState}
    soak, lasts = (timedelta(seconds=facts.pop(f"{name}_seconds")) for name in ("soak", "lasts"))
    bounds = [facts.pop(name) for name in ("stop_share", "stop_least", "per_site", "at_once")]
    typed: dict[str, Any] = {
        "tenant_id": TenantId(facts["tenant_id"]),
        "source": CampaignSource(facts["source"]),
        "state": CampaignState(facts["state"]),
    }
    return Campaign(**facts | typed, rules=Rules(soak, *bounds), lasts=lasts, counts=counts)


def _standing(row: Any) -> Standing:
    facts = dict(row._mapping)
    typed: dict[str, Any] = {
        "device_id": DeviceId(facts["device_id"]),
        "state": MemberState(facts["state"]),
        "push_state": facts["push_state"] and PushState(facts["push_state"]),
    }
    return Standing(**facts | typed)
