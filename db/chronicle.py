"""What happened to devices: what somebody did, what they have that changed, and which state they came into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from sqlalchemy import Select, Table, select, tuple_
from sqlalchemy.orm import Session

from db.statetables import device_states
from db.stocktables import inventory_changes
from db.worktables import operations
from fleet.identity import DeviceId

Place: TypeAlias = tuple[datetime, UUID]
"""Where one thing that happened stands among others: its instant, and its id."""


Whose: TypeAlias = DeviceId | None
"""One device, or all of the tenant."""


class Source(StrEnum):
    """Where it is known from."""

    OPERATION = "operation"
    INVENTORY = "inventory"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: ``kind`` says what, ``by`` who where it was somebody, ``detail`` the facts."""

    source: Source
    at: datetime
    id: UUID
    kind: str
    device_id: DeviceId
    by: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it stands among others."""
        return self.at, self.id


def page(session: Session, whose: Whose, before: Place | None, limit: int) -> list[Happening]:
    """Read up to ``limit`` of what happened from the newest on, behind a place: to a device, or to any (None)."""
    found = [
        *_operations(session, whose, before, limit),
        *_changes(session, whose, before, limit),
        *(one for one in _states(session, whose, before, limit) if before is None or one.place < before),
    ]
    return sorted(found, key=lambda one: one.place, reverse=True)[:limit]


def _operations(session: Session, whose: Whose, before: Place | None, limit: int) -> Iterator[Happening]:
    for row in session.execute(_newest(operations, whose, before, limit)):
        facts = {"outcome": row.outcome, "error": row.error, "request_id": row.request_id, **row.detail}
        yield Happening(Source.OPERATION, row.at, row.id, row.kind, row.device_id, row.by, facts)


def _changes(session: Session, whose: Whose, before: Place | None, limit: int) -> Iterator[Happening]:
    for row in session.execute(_newest(inventory_changes, whose, before, limit)):
        facts = {"key": row.key, "before": row.before, "after": row.after}
        yield Happening(Source.INVENTORY, row.at, row.id, f"{row.kind}.{row.what}", row.device_id, None, facts)


def _newest(table: Table, whose: Whose, before: Place | None, limit: int) -> Select[Any]:
    place = (table.c.at, table.c.id)
    query = select(table).order_by(*(column.desc() for column in place)).limit(limit)
    those = table.c.device_id.is_not(None) if whose is None else table.c.device_id == whose
    query = query.where(those)
    return query.where(tuple_(*place) < tuple_(*before)) if before else query


def _states(session: Session, whose: Whose, before: Place | None, limit: int) -> Iterator[Happening]:
    """Tell of the states that devices came into.

    Many devices may have changed in one instant: all of the instant at which a page ends are read.
    """
    at = device_states.c.at
    known = (
        select(device_states) if whose is None else select(device_states).where(device_states.c.device_id == whose)
    )
    newest = known.order_by(at.desc()).fetch(limit, with_ties=True)
    queries = [newest] if before is None else [known.where(at == before[0]), newest.where(at < before[0])]
    for query in queries:
        for row in session.execute(query):
            its_id = uuid5(row.device_id, row.at.isoformat())
            facts = {"error_code": row.error_code, "error": row.error}
            yield Happening(Source.STATE, row.at, its_id, f"state.{row.state}", row.device_id, None, facts)
