"""What is to be told, decided and stored in one transaction: turns of alerts become messages that wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db import alertroutes, alerts
from db.alerttables import alerts as alerts_table
from db.notifytables import alert_channels as channels
from db.notifytables import alert_deliveries as deliveries
from db.notifytables import alert_notices as notices
from db.notifytables import alert_turns as turns
from db.tables import device_tags, devices
from fleet.alerts import notifying
from fleet.alerts.telling import Message, Notice, Recipient, State, Turn, What
from fleet.events import Severity
from fleet.identity import TenantId

BATCH: Final = 500
"""Turns of a tenant that are decided in one transaction."""

AGAIN: Final = timedelta(seconds=15)
"""How soon it is looked again whether what is silenced still is."""

_LOCK: Final = 7_404
"""The first half of the advisory lock of a tenant: two never decide for one tenant at once."""


def waiting(session: Session, now: datetime) -> list[TenantId]:
    """Name the tenants of which alerts did something that nobody has looked at; the session is the platform's."""
    found = select(turns.c.tenant_id).where(turns.c.look_at <= now).distinct().order_by(turns.c.tenant_id)
    return [TenantId(tenant_id) for tenant_id in session.scalars(found)]


def plan(session: Session, tenant_id: TenantId, now: datetime) -> int:
    """Decide whom to tell what of a tenant's alerts; returns how many turns were looked at.

    All or nothing: a decision that is not committed is made again, and comes out the same.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK, func.hashtext(str(tenant_id))))):
        return 0
    found, gone = _turns(session, tenant_id, now)
    ways = [row.way for row in alertroutes.every(session, tenant_id) if row.enabled]
    known = _messages(session, tenant_id, {turn.alert_id for turn in found})
    decision = notifying.decide(ways, found, known.values())
    _Desk(session, tenant_id, now, known).store(decision.messages.values())
    settled = [*decision.settled, *gone]
    if settled:
        session.execute(delete(turns).where(turns.c.event_id.in_(settled)))
    if decision.held:
        session.execute(update(turns).where(turns.c.event_id.in_(decision.held)).values(look_at=now + AGAIN))
    return len(found) + len(gone)


def _turns(session: Session, tenant_id: TenantId, now: datetime) -> tuple[list[Turn], list[UUID]]:
    """Read what is to be looked at, each with all that waits of its alert, and those whose alert is no more."""
    mine = turns.c.tenant_id == tenant_id
    ripe = select(turns.c.alert_id).where(mine, turns.c.look_at <= now).order_by(turns.c.at).limit(BATCH)
    its_tags = select(func.array_agg(device_tags.c.tag)).where(device_tags.c.device_id == alerts_table.c.device_id)
    query = (
        select(
            *(turns.c.event_id, turns.c.alert_id, turns.c.what, turns.c.at, alerts_table.c.severity),
            *(devices.c.site_id, alerts.silenced(now).label("silenced")),
            its_tags.correlate(alerts_table).scalar_subquery().label("tags"),
        )
        .select_from(
            turns.outerjoin(alerts_table, alerts_table.c.id == turns.c.alert_id).outerjoin(
                devices, devices.c.id == alerts_table.c.device_id
            )
        )
        .where(mine, turns.c.alert_id.in_(ripe))
    )
    rows = session.execute(query).all()
    return [_turn(row) for row in rows if row.severity], [row.event_id for row in rows if not row.severity]


def _turn(row: Any) -> Turn:
    return Turn(
        event_id=row.event_id,
        alert_id=row.alert_id,
        what=What(row.what),
        at=row.at,
        severity=Severity(row.severity),
        tags=frozenset(row.tags or ()),
        site_id=row.site_id,
        silenced=bool(row.silenced),
    )


def _messages(session: Session, tenant_id: TenantId, alert_ids: Collection[UUID]) -> dict[UUID, Message]:
    """Read what can still be changed, and keep it from being sent meanwhile; and all that tells of some alerts."""
    mine = deliveries.c.tenant_id == tenant_id
    fresh = (deliveries.c.state == State.WAITING.value, deliveries.c.epoch == 0, deliveries.c.what != What.TEST.value)
    unsent = select(deliveries.c.id).where(mine, *fresh).with_for_update(skip_locked=True)
    held = set(session.scalars(unsent))
    telling = select(notices.c.delivery_id).where(notices.c.alert_id.in_(alert_ids), notices.c.tenant_id == tenant_id)
    rows = session.execute(
        select(deliveries).where(mine, or_(deliveries.c.id.in_(held), deliveries.c.id.in_(telling)))
    )
    found = {row.id: row for row in rows}
    told: dict[UUID, list[Notice]] = {}
    for row in session.execute(select(notices).where(notices.c.delivery_id.in_(found)).order_by(notices.c.at)):
        told.setdefault(row.delivery_id, []).append(Notice(row.alert_id, What(row.what), row.at))
    return {its_id: _message(row, told.get(its_id, []), its_id in held) for its_id, row in found.items()}


def _message(row: Any, told: Sequence[Notice], unsent: bool) -> Message:
    return Message(
        id=row.id,
        way_id=row.route_id,
        way=row.route,
        to=Recipient(row.channel_id, row.person),
        what=What(row.what),
        opened=row.opened_at,
        until=row.until,
        notices=told,
        unsent=unsent,
    )


@dataclass(slots=True)
class _Desk:
    """Writes decided messages down; ``known`` are those that are stored already."""

    session: Session
    tenant_id: TenantId
    now: datetime
    known: Mapping[UUID, Message]
    _names: dict[UUID, str] = field(default_factory=dict)

    def store(self, decided: Iterable[Message]) -> None:
        """Store messages with what they tell; one that tells nothing any more is withdrawn."""
        self._names = dict(
            self.session.execute(
                select(channels.c.id, channels.c.name).where(channels.c.tenant_id == self.tenant_id)
            ).all()
        )
        changed = [message for message in decided if message.id in self.known or message.notices]
        if made := [self._row(message) for message in changed if message.id not in self.known]:
            self.session.execute(insert(deliveries).on_conflict_do_nothing(), made)
        before = {m.id: set(m.notices) for m in self.known.values()}
        gone = [(m.id, n.alert_id, n.what.value) for m in changed for n in before.get(m.id, set()) - set(m.notices)]
        if gone:
            place = tuple_(notices.c.delivery_id, notices.c.alert_id, notices.c.what)
            self.session.execute(delete(notices).where(place.in_(gone)))
        if new := [self._notice(m, n) for m in changed for n in m.notices if n not in before.get(m.id, set())]:
            self.session.execute(insert(notices).on_conflict_do_nothing(), new)
        if empty := [message.id for message in changed if not message.notices]:
            over = {"state": State.WITHDRAWN.value, "ended_at": self.now, "why": "It was over before it was told."}
            self.session.execute(update(deliveries).where(deliveries.c.id.in_(empty)).values(over))

    def _row(self, message: Message) -> dict[str, Any]:
        return {
            "id": message.id,
            "tenant_id": self.tenant_id,
            "route_id": message.way_id,
            "route": message.way,
            "channel_id": message.to.channel_id,
            "channel": self._names.get(message.to.channel_id, ""),
            "person": message.to.person,
            "what": message.what.value,
            "state": State.WAITING.value,
            "created_at": self.now,
            "opened_at": message.opened,
            "until": message.until,
            "due_at": message.until,
            "next_at": message.until,
            "epoch": 0,
            "attempts": [],
        }

    def _notice(self, message: Message, notice: Notice) -> dict[str, Any]:
        return {
            "delivery_id": message.id,
            "alert_id": notice.alert_id,
            "what": notice.what.value,
            "tenant_id": self.tenant_id,
            "channel_id": message.to.channel_id,
            "person": message.to.person,
            "at": notice.at,
        }
