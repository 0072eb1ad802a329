"""What was done to devices and beside them: recorded with the doing, read by the tenant, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, tuple_
from sqlalchemy.orm import Session

from db.worktables import operations
from fleet.errors import BadInput
from fleet.identity import DeviceId, TenantId
from fleet.operations import Operation, Outcome


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something, when, and by which request."""

    by: str
    at: datetime
    request_id: str | None = None

    def did(
        self, kind: str, tenant_id: TenantId, detail: Mapping[str, object], device_id: DeviceId | None = None
    ) -> Operation:
        """Tell of something that is done already."""
        return Operation(
            tenant_id=tenant_id,
            device_id=device_id,
            kind=kind,
            by=self.by,
            at=self.at,
            ended_at=self.at,
            request_id=self.request_id,
            detail=detail,
        )


@dataclass(frozen=True, slots=True)
class Narrow:
    """Which operations of a tenant: those on a device, those of a kind."""

    device_id: DeviceId | None = None
    kind: str | None = None


def record(session: Session, *done: Operation) -> None:
    """Add operations, in the transaction of what they tell of."""
    if done:
        session.execute(insert(operations), [_written(one) for one in done])


def page(session: Session, after: UUID | None, limit: int, narrow: Narrow | None = None) -> list[Operation]:
    """Read up to ``limit`` operations of the tenant from the newest on, those behind the operation ``after``.

    Raises BadInput where the tenant has no operation of the id ``after``.
    """
    place = (operations.c.at, operations.c.id)
    query = select(operations).order_by(*(column.desc() for column in place)).limit(limit)
    if narrow is not None and narrow.device_id is not None:
        query = query.where(operations.c.device_id == narrow.device_id)
    if narrow is not None and narrow.kind is not None:
        query = query.where(operations.c.kind == narrow.kind)
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*_place(session, after)))
    return [_read(row) for row in session.execute(query)]


def _place(session: Session, after: UUID) -> Sequence[Any]:
    found = session.execute(select(operations.c.at, operations.c.id).where(operations.c.id == after)).one_or_none()
    if found is None:
        raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
    return found


def _written(one: Operation) -> dict[str, Any]:
    return {
        "id": one.id,
        "tenant_id": one.tenant_id,
        "device_id": one.device_id,
        "kind": one.kind,
        "by": one.by,
        "at": one.at,
        "ended_at": one.ended_at,
        "outcome": one.outcome.value,
        "error": one.error,
        "request_id": one.request_id,
        "detail": dict(one.detail),
    }


def _read(row: Any) -> Operation:
    facts = dict(row._mapping)
    return Operation(
        **facts
        | {
            "tenant_id": TenantId(facts["tenant_id"]),
            "outcome": Outcome(facts["outcome"]),
        }
    )
