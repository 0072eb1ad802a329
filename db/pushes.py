"""Pushes of a tenant: asked for together with their errand, read with their journal, cancelled before they begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, delete, exists, insert, select, tuple_, update
from sqlalchemy.orm import Session

from db import errands, outbox
from db.errandtables import errands as errand_table
from db.holding import hold
from db.operations import Author
from db.pushtables import push_journal as journal
from db.pushtables import pushes as table
from fleet.changes import Entry, PushState, Seen, Step
from fleet.errands import Errand, ErrandState
from fleet.errors import BadInput, Conflict, NotFound
from fleet.events import PushEvent
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing
from fleet.pushes import KIND, Line, Push, PushRow, Source, Wanted, told_by

_SHORT = (
    *("id", "tenant_id", "device_id", "wave_id", "source", "total", "risky", "override", "reason"),
    *("by", "at", "state", "error_code", "error", "started_at", "ended_at"),
)
_QUERY: Select[Any] = select(*(table.c[name] for name in (*_SHORT, "shown", "risks")))
_OPEN = table.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Which:
    """Which pushes of a tenant: those to a device, or of a wave."""

    device_id: DeviceId | None = None
    wave_id: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Write the conditions as SQL."""
        wanted = {"device_id": self.device_id, "wave_id": self.wave_id}
        return [table.c[name] == value for name, value in wanted.items() if value is not None]


def page(session: Session, after: UUID | None, limit: int, which: Which | None = None) -> list[PushRow]:
    """Read up to ``limit`` pushes of the tenant from the newest on, those behind the push ``after``, without lines.

    Raises BadInput where the tenant has none of the id ``after``.
    """
    place = (table.c.at, table.c.id)
    conditions = which.conditions() if which else []
    query = select(*(table.c[name] for name in _SHORT)).where(*conditions)
    query = query.order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        last = session.execute(select(*place).where(table.c.id == after)).one_or_none()
        if last is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*place) < tuple_(*last))
    return [PushRow(**_typed(row)) for row in session.execute(query)]


def one(session: Session, push_id: UUID) -> Push:
    """Read one push; raises NotFound where the tenant has none of that id."""
    row = session.execute(_QUERY.where(table.c.id == push_id)).one_or_none()
    if row is None:
        raise _missing(push_id)
    return _push(row)


def lines(session: Session, push_id: UUID) -> list[Line]:
    """Read the journal of a push, from the beginning on."""
    query = select(journal).where(journal.c.push_id == push_id).order_by(journal.c.seq)
    return [Line(row.at, entry(row)) for row in session.execute(query)]


def same(session: Session, one: Wanted) -> UUID | None:
    """Find the same push to a device that has not ended; None where there is none.

    Whoever asks for one by himself is not given that of a wave, which is taken back together with its wave. Until the
    end of the transaction nobody else looks for one to this device.
    """
    hold(session, one.device_id)
    live = [table.c.device_id == one.device_id, table.c.digest == one.digest, _OPEN]
    if one.wave_id is None:
        live.append(table.c.wave_id.is_(None))
    return session.scalars(select(table.c.id).where(*live).order_by(table.c.at).limit(1)).one_or_none()


@dataclass(frozen=True, slots=True)
class Pushes:
    """Begins the pushes of a tenant in the caller's transaction, with their errands."""

    session: Session
    author: Author
    tenant_id: TenantId
    subject: Addressing

    def begin(self, *wanted: Wanted) -> list[UUID]:
        """Ask for pushes; one that is the same as one that goes on is that one. Tells the ids, in their order."""
        ids = [same(self.session, one) or one.id for one in wanted]
        new = [one for one, its_id in zip(wanted, ids, strict=True) if its_id == one.id]
        if new:
            self.session.execute(insert(table), [self._row(one) for one in new])
            errands.ask(self.session, [self._errand(one) for one in new], self.subject)
        return ids

    def _row(self, one: Wanted) -> dict[str, Any]:
        override = one.override
        return {
            "id": one.id,
            "tenant_id": self.tenant_id,
            "device_id": one.device_id,
            "wave_id": one.wave_id,
            "source": one.source.value,
            "sealed": one.sealed,
            "digest": one.digest,
            "shown": list(one.shown),
            "risks": [dict(risk) for risk in one.risks],
            "total": one.total,
            "risky": one.risky,
            "override": override.name if override else None,
            "reason": override.reason if override else None,
            "by": self.author.by,
            "at": self.author.at,
            "state": PushState.PENDING.value,
            "epoch": 0,
            "entries": 0,
        }

    def _errand(self, one: Wanted) -> Errand:
        override = one.override
        detail = {"operations": one.total, "source": one.source.value}
        if override:
            detail |= {"override": override.name, "reason": override.reason}
        return Errand(
            id=one.id,
            tenant_id=self.tenant_id,
            device_id=one.device_id,
            kind=KIND,
            by=self.author.by,
            at=self.author.at,
            expires_at=one.expires_at,
            request_id=self.author.request_id,
            detail=detail,
        )


def cancel(session: Session, tenant_id: TenantId, push_id: UUID, at: datetime, subject: Addressing) -> None:
    """Cancel a push that was not begun, by the platform's session; raises NotFound, or Conflict where it was."""
    if not errands.cancel(session, tenant_id, push_id, at):
        mine = (table.c.id == push_id, table.c.tenant_id == tenant_id)
        if session.scalar(select(table.c.id).where(*mine)) is None:
            raise _missing(push_id)
        raise Conflict(
            "The push has begun, or has ended.", "Read where it stands; what it changed, another push can change."
        )
    settle(session, at, subject)


def settle(session: Session, at: datetime, subject: Addressing) -> int:
    """End the pushes whose errand ended without them, and tell of each; the session is the platform's.

    Tells how many there were.
    """
    state = case(
        (errand_table.c.state == ErrandState.CANCELLED, PushState.CANCELLED.value),
        (table.c.state.in_((PushState.PENDING, PushState.PREPARING)), PushState.FAILED.value),
        else_=PushState.COMMIT_UNCONFIRMED.value,
    )
    left = (errand_table.c.id == table.c.id, _OPEN, errand_table.c.ended_at.is_not(None))
    gone = {"sealed": None, "former": None, "digest": None}
    values = {"state": state, "ended_at": at, "error": errand_table.c.error, **gone}
    told = (table.c.tenant_id, table.c.device_id, table.c.id, table.c.state, table.c.error)
    rows = session.execute(update(table).where(*left).values(values).returning(*told)).all()
    outbox.put(session, [_ended(row, at) for row in rows], subject, at)
    return len(rows)


def _ended(row: Row[Any], at: datetime) -> PushEvent:
    state = PushState(row.state)
    return told_by(state)(
        tenant_id=row.tenant_id,
        device_id=row.device_id,
        at=at,
        change_id=row.id,
        state=state,
        error=row.error,
    )


def tidy(session: Session, before: datetime, most: int) -> int:
    """Delete up to ``most`` pushes that ended before an instant, but the last one to each device; tells how many.

    Their journals go with them. The session is the platform's.
    """
    newer = table.alias("newer")
    later = tuple_(newer.c.at, newer.c.id) > tuple_(table.c.at, table.c.id)
    followed = exists(newer.c.id).where(newer.c.device_id == table.c.device_id, later)
    old = select(table.c.id).where(table.c.ended_at < before, followed).order_by(table.c.ended_at).limit(most)
    return len(session.execute(delete(table).where(table.c.id.in_(old)).returning(table.c.id)).all())


def entry(row: Row[Any]) -> Entry:
    """Read an entry of the journal."""
    return Entry(Step(row.step), None if row.seen is None else Seen(row.seen), row.number, row.detail)


def _push(row: Row[Any]) -> Push:
    return Push(**_typed(row))


def _typed(row: Row[Any]) -> dict[str, Any]:
    facts = dict(row._mapping)
    typed: dict[str, Any] = {
        "tenant_id": TenantId(facts["tenant_id"]),
        "device_id": DeviceId(facts["device_id"]),
        "source": Source(facts["source"]),
        "state": PushState(facts["state"]),
    }
    return facts | typed


def _missing(push_id: UUID) -> NotFound:
    return NotFound(f"There is no push {push_id}.", "List the tenant's pushes for their ids.")
