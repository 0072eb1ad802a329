"""What was done to devices and beside them: recorded with the doing, read by the tenant, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, tuple_
from sqlalchemy.orm import Session

from db.worktables import operations
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, TenantId
from fleet.operations import Operation, Outcome

RECORDED = "operations"
"""Where a session keeps what was recorded, until its door writes the audit log."""


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
    """Which operations of a tenant: those on a device, of a kind, by somebody, of a request, with an outcome.

    ``since`` and ``until`` bound when they began, the second not included.
    """

    device_id: DeviceId | None = None
    kind: str | None = None
    by: str | None = None
    request_id: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions as SQL."""
        for name in ("device_id", "kind", "by", "request_id", "outcome"):
            if (wanted := getattr(self, name)) is not None:
                yield operations.c[name] == wanted
        if self.since is not None:
            yield operations.c.at >= self.since
        if self.until is not None:
            yield operations.c.at < self.until


def record(session: Session, *done: Operation) -> None:
    """Add operations, in the transaction of what they tell of, from where they come into the audit log, too."""
    session.info.setdefault(RECORDED, []).extend(done)
    if done:
        session.execute(insert(operations), [_written(one) for one in done])


def page(session: Session, after: UUID | None, limit: int, narrow: Narrow | None = None) -> list[Operation]:
    """Read up to ``limit`` operations of the tenant from the newest on, those behind the operation ``after``.

    Raises BadInput where the tenant has no operation of the id ``after``.
    """
    place = (operations.c.at, operations.c.id)
    query = select(operations).order_by(*(column.desc() for column in place)).limit(limit)
    if narrow is not None:
        query = query.where(*narrow.conditions())
    if after is not None:
        query = query.where(tuple_(*place) < tuple_(*_place(session, after)))
    return [_read(row) for row in session.execute(query)]


def one(session: Session, operation_id: UUID) -> Operation:
    """Read one operation; raises NotFound where the tenant has none of that id."""
    row = session.execute(select(operations).where(operations.c.id == operation_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no operation {operation_id}.", "List the tenant's operations for their ids.")
    return _read(row)


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
