"""The log of notifications as people see it: what was sent to whom, each attempt, and what was given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, exists, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from db import operations
from db.alertchannels import ChannelRow
from db.notifytables import alert_deliveries as table
from db.notifytables import alert_notices as notices
from db.operations import Author
from fleet.alerts.telling import State, What
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import TenantId

KEPT = timedelta(days=180)
"""For how long what was sent, or given up, is kept."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A notification, and each attempt at it: when, whether it was taken, the receiver's code and words."""

    id: UUID
    route_id: UUID | None
    route: str
    channel_id: UUID
    channel: str
    person: str
    what: What
    state: State
    created_at: datetime
    due_at: datetime
    next_at: datetime
    ended_at: datetime | None
    attempts: Sequence[Mapping[str, Any]]
    why: str | None
    alert_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """Which deliveries: in a state, of a kind, by a channel, about an alert."""

    state: State | None = None
    what: What | None = None
    channel_id: UUID | None = None
    alert_id: UUID | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions as SQL."""
        if self.state is not None:
            yield table.c.state == self.state.value
        if self.what is not None:
            yield table.c.what == self.what.value
        if self.channel_id is not None:
            yield table.c.channel_id == self.channel_id
        if self.alert_id is not None:
            mine = (notices.c.delivery_id == table.c.id, notices.c.alert_id == self.alert_id)
            yield exists(notices.c.alert_id).where(*mine)


_ALERTS = select(func.array_agg(notices.c.alert_id.distinct()))
_NAMED = [table.c[name] for name in DeliveryRow.__slots__ if name != "alert_ids"]
_ROW = select(*_NAMED, _ALERTS.where(notices.c.delivery_id == table.c.id).correlate(table).scalar_subquery())


def page(session: Session, after: UUID | None, limit: int, narrow: Narrow) -> list[DeliveryRow]:
    """Read up to ``limit`` deliveries, the newest first, those behind ``after``; raises BadInput."""
    place = (table.c.created_at, table.c.id)
    query = _ROW.where(*narrow.conditions()).order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        found = session.execute(select(*place).where(table.c.id == after)).one_or_none()
        if found is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*place) < tuple_(*found))
    return [_row(row) for row in session.execute(query)]


def one(session: Session, delivery_id: UUID) -> DeliveryRow:
    """Read one delivery; raises NotFound where the tenant has none of that id."""
    row = session.execute(_ROW.where(table.c.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}.", "List the tenant's deliveries for their ids.")
    return _row(row)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What people ask of the notifier, in the caller's transaction, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def test(self, channel: ChannelRow) -> UUID:
        """Have a message sent by a channel that says that it is a test."""
        made, now = uuid4(), self.author.at
        when = {"created_at": now, "opened_at": now, "until": now, "due_at": now, "next_at": now}
        what = {"what": What.TEST.value, "state": State.WAITING.value, "epoch": 0, "attempts": []}
        whom = {"route": "", "channel_id": channel.id, "channel": channel.name, "person": ""}
        self.session.execute(insert(table).values(id=made, tenant_id=self.tenant_id, **whom, **what, **when))
        self._tell("alert_channel.tested", channel.name, made)
        return made

    def retry(self, delivery_id: UUID) -> None:
        """Have what was given up sent once more, for another day; raises NotFound, Conflict."""
        before = one(self.session, delivery_id)
        if before.state is not State.DEAD:
            raise Conflict(f"The delivery is {before.state.value}.", "Only what was given up is sent once more.")
        again = {"state": State.WAITING.value, "due_at": self.author.at, "next_at": self.author.at}
        mine = (table.c.tenant_id == self.tenant_id, table.c.id == delivery_id, table.c.state == State.DEAD.value)
        self.session.execute(update(table).where(*mine).values(**again, ended_at=None, why=None))
        self._tell("alert_delivery.retried", before.channel, delivery_id)

    def _tell(self, kind: str, name: str, delivery_id: UUID) -> None:
        detail = {"name": name, "fields": [], "delivery_id": str(delivery_id)}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _row(row: Any) -> DeliveryRow:
    *facts, alert_ids = row
    found = dict(zip(DeliveryRow.__slots__, facts, strict=False))
    found |= {"what": What(found["what"]), "state": State(found["state"]), "alert_ids": sorted(alert_ids or [])}
    return DeliveryRow(**found)
