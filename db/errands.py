"""Errands on devices: asked for in a transaction, taken by the owner under its epoch, ended under the same one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from db import operations, outbox
from db.access import POLLER
from db.engine import Stores, reachable
from db.errandtables import errands
from db.tables import devices
from db.worktables import operations as recorded
from db.worktables import partitions
from fleet import partition
from fleet.errands import Ending, Errand, ErrandState
from fleet.errors import NotFound
from fleet.events import ErrandEvent
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing
from fleet.operations import Outcome

MOST = 500
"""How many an owner reads at once; the rest has its turn when these have ended."""

_OUTCOMES = {ErrandState.DONE: Outcome.DONE}


def ask(session: Session, asked: Sequence[Errand], subject: Addressing) -> None:
    """Add errands, each with its operation, and tell their owners at once."""
    if asked:
        quietly(session, asked)
        operations.record(session, *(errand.operation() for errand in asked))
        outbox.put(session, [_event(errand) for errand in asked], subject, asked[0].at)


def quietly(session: Session, asked: Sequence[Errand]) -> None:
    """Add errands that nobody asked for one by one: without operations; their owners find them within seconds."""
    if asked:
        session.execute(insert(errands), [_written(errand) for errand in asked])


def one(session: Session, errand_id: UUID) -> Errand:
    """Read one errand; raises NotFound where the tenant has none of that id."""
    row = session.execute(select(errands).where(errands.c.id == errand_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no errand {errand_id}.", "List the device's operations for their ids.")
    return _read(row)


def of_device(session: Session, device_id: DeviceId, kind: str, limit: int) -> list[Errand]:
    """Read a device's errands of a kind, the newest first."""
    mine = (errands.c.device_id == device_id, errands.c.kind == kind)
    return [
        _read(row) for row in session.execute(select(errands).where(*mine).order_by(errands.c.at.desc()).limit(limit))
    ]


def open_of(session: Session, kind: str, device_ids: Collection[DeviceId] | None = None) -> set[DeviceId]:
    """Tell which devices have an errand of a kind that has not ended."""
    query = select(errands.c.device_id).where(errands.c.kind == kind, errands.c.ended_at.is_(None))
    if device_ids is not None:
        query = query.where(errands.c.device_id.in_(device_ids))
    return set(session.scalars(query))


def cancel(session: Session, tenant_id: TenantId, errand_id: UUID, at: datetime) -> bool:
    """Cancel a tenant's errand that nobody has taken yet, by the platform's session; tells whether that was so."""
    which = [errands.c.id == errand_id, errands.c.tenant_id == tenant_id]
    return bool(_over(session, which, Ending(ErrandState.CANCELLED, "It was cancelled."), at))


def expire(session: Session, at: datetime) -> int:
    """End what waited for its device for too long, or whose device is gone; tells how many there were.

    The session is the platform's.
    """
    late, gone = [errands.c.expires_at <= at], [~exists(devices.c.id).where(devices.c.id == errands.c.device_id)]
    ended = _over(session, late, Ending(ErrandState.EXPIRED, "The device was not reached in time."), at)
    removed = Ending(ErrandState.EXPIRED, "The device was removed.")
    return len(ended) + len(_over(session, gone, removed, at, begun=True))


def tidy(session: Session, before: datetime) -> int:
    """Delete what ended before an instant; tells how many there were. The session is the platform's."""
    gone = delete(errands).where(errands.c.ended_at < before).returning(errands.c.id)
    return len(session.execute(gone).all())


@dataclass(frozen=True, slots=True)
class Book:
    """The errands as the owner of devices sees them. Every method blocks and raises Unavailable while it is away."""

    stores: Stores
    incarnation: UUID

    def waiting(self, held: Collection[int], at: datetime) -> list[Errand]:
        """Read what may be begun, first what another owner has left, then the oldest."""
        query = (
            select(errands)
            .join(partitions, partitions.c.partition == errands.c.partition)
            .where(errands.c.partition.in_(held), *self._mine(at))
            .order_by(errands.c.state == ErrandState.WAITING, errands.c.at, errands.c.id)
            .limit(MOST)
        )
        with reachable(), self.stores.engine(POLLER).connect() as connection:
            return [_read(row) for row in connection.execute(query)]

    def take(self, wanted: Collection[UUID], at: datetime) -> dict[UUID, int]:
        """Take errands, of those that are still one's own to take; tells under which epoch each."""
        taken = (
            update(errands)
            .where(errands.c.id.in_(wanted), errands.c.partition == partitions.c.partition, *self._mine(at))
            .values(state=ErrandState.TAKEN, epoch=partitions.c.epoch, attempt=errands.c.attempt + 1)
            .returning(errands.c.id, errands.c.epoch)
        )
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            return {row.id: row.epoch for row in connection.execute(taken)}

    def end(self, errand: Errand, epoch: int, ending: Ending, at: datetime) -> bool:
        """Note how an errand ended; False where another has taken it since."""
        over = ending.state.over
        mine = (errands.c.id == errand.id, errands.c.epoch == epoch, errands.c.state == ErrandState.TAKEN)
        noted = (
            update(errands)
            .where(*mine)
            .values(
                state=ending.state,
                error=ending.error,
                ended_at=at if over else None,
                not_before=None if over else at + ending.after,
            )
            .returning(errands.c.id)
        )
        with reachable(), self.stores.engine(POLLER).begin() as connection:
            found = connection.execute(noted).all()
            if found and over:
                outcome = _OUTCOMES.get(ending.state, Outcome.FAILED)
                mended = {"outcome": outcome.value, "ended_at": at, "error": ending.error}
                connection.execute(update(recorded).where(recorded.c.id == errand.id).values(mended))
            return bool(found)

    def _mine(self, at: datetime) -> tuple[Any, ...]:
        """Say what one's own partitions have to begin: what waits for a device with which nothing has begun, and
        what was begun: by an owner of before, or by this one, who knows what of it is under way.
        """
        due = or_(errands.c.not_before.is_(None), errands.c.not_before <= at)
        waits = and_(errands.c.state == ErrandState.WAITING, due, errands.c.expires_at > at)
        # Under the same epoch, too: what was paused for a hand-over that came to nothing is one's own again.
        left = and_(errands.c.state == ErrandState.TAKEN, due, errands.c.epoch <= partitions.c.epoch)
        begun = errands.alias()
        others = (begun.c.device_id == errands.c.device_id, begun.c.id != errands.c.id)
        busy = exists(begun.c.id).where(*others, begun.c.state == ErrandState.TAKEN, begun.c.ended_at.is_(None))
        owned = (partitions.c.incarnation == self.incarnation, partitions.c.released_at.is_(None))
        return (errands.c.ended_at.is_(None), *owned, or_(and_(waits, ~busy), left))


def _over(session: Session, which: list[Any], ending: Ending, at: datetime, *, begun: bool = False) -> Sequence[UUID]:
    """End what waits, and what has begun where that is told, with its operation."""
    ends = errands.c.ended_at.is_(None) if begun else errands.c.state == ErrandState.WAITING
    ended = (
        update(errands)
        .where(ends, *which)
        .values(state=ending.state, error=ending.error, ended_at=at)
        .returning(errands.c.id)
    )
    found = session.scalars(ended).all()
    if found:
        mended = {"outcome": Outcome.FAILED.value, "ended_at": at, "error": ending.error}
        session.execute(update(recorded).where(recorded.c.id.in_(found)).values(mended))
    return found


def _event(errand: Errand) -> ErrandEvent:
    return ErrandEvent(
        tenant_id=errand.tenant_id,
        device_id=errand.device_id,
        at=errand.at,
        request_id=errand.request_id,
        errand_id=errand.id,
        kind=errand.kind,
    )


def _written(errand: Errand) -> dict[str, Any]:
    return {
        "id": errand.id,
        "tenant_id": errand.tenant_id,
        "device_id": errand.device_id,
        "partition": partition.of(errand.device_id),
        "kind": errand.kind,
        "by": errand.by,
        "at": errand.at,
        "expires_at": errand.expires_at,
        "request_id": errand.request_id,
        "detail": dict(errand.detail),
        "state": errand.state.value,
        "epoch": 0,
        "attempt": 0,
    }


def _read(row: Any) -> Errand:
    facts = dict(row._mapping)
    facts.pop("partition")
    typed = {
        "tenant_id": TenantId(facts["tenant_id"]),
        "device_id": DeviceId(facts["device_id"]),
        "state": ErrandState(facts["state"]),
    }
    return Errand(**facts | typed)
