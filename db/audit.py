"""The audit log in the database: entries are added with what they tell of, and never again touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from db.operations import RECORDED
from db.requesttables import audit, audit_heads
from fleet.audit import Act, Ending, Entry, Head, Misfit, Walk
from fleet.identity import TenantId
from fleet.operations import Operation

NOTED = "audit"
"""Where a session keeps what is to be added at its end."""
BATCH = 2000
"""Entries that are read at once."""
LONGEST = 500
"""Characters of a part of an entry: what comes from a request is cut."""

_ACT = tuple(name for name in Act.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Narrow:
    """Which entries: those of an actor, of an action or those whose name begins so, on an object, of a time."""

    who: str | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def note(session: Session, tenant_id: TenantId, act: Act) -> None:
    """Add an entry to a tenant's chain at the end of the session's transaction, and not at all if that fails.

    The session is one of ``tenant_session`` (for its own tenant) or ``platform_session``, which write what was noted
    as their last step: the chain's head is locked for no longer than a commit takes, and never before other rows.
    Operations that are recorded in a session are in the log without this.
    """
    session.info.setdefault(NOTED, []).append((tenant_id, act))


def settle(session: Session) -> None:
    """Write what was noted, and the operations recorded for tenants of whom nothing was; the doors call it last."""
    noted = session.info.pop(NOTED, [])
    named = {tenant_id for tenant_id, _ in noted}
    done = [one for one in session.info.pop(RECORDED, ()) if one.tenant_id not in named]
    if noted := noted + [(one.tenant_id, _told(one)) for one in done]:
        # By tenant, so that two who write to several chains lock the heads in the same order.
        session.execute(insert(audit), [_written(*one) for one in sorted(noted, key=lambda one: one[0])])


def page(
    session: Session, before: int | None, limit: int, narrow: Narrow, tenant_id: TenantId | None = None
) -> list[Entry]:
    """Read up to ``limit`` entries of a tenant from the newest on, those before a number.

    Without ``tenant_id`` it is the tenant of the session, which sees no other.
    """
    query = select(audit).order_by(audit.c.number.desc()).limit(limit).where(*_conditions(narrow))
    if tenant_id is not None:
        query = query.where(audit.c.tenant_id == tenant_id)
    if before is not None:
        query = query.where(audit.c.number < before)
    return [_read(row) for row in session.execute(query)]


def pages(session: Session, tenant_id: TenantId, narrow: Narrow) -> Iterator[list[Entry]]:
    """Read all entries of a tenant in the order of the chain, a batch at a time."""
    last = 0
    while True:
        query = select(audit).where(audit.c.tenant_id == tenant_id, audit.c.number > last, *_conditions(narrow))
        batch = [_read(row) for row in session.execute(query.order_by(audit.c.number).limit(BATCH))]
        if batch:
            yield batch
            last = batch[-1].number
        if len(batch) < BATCH:
            return


def chains(session: Session) -> list[TenantId]:
    """Tell whose chains there are; the caller's session is the platform's."""
    with_entries = select(audit.c.tenant_id).union(select(audit_heads.c.tenant_id))
    return sorted(TenantId(found) for found in session.execute(with_entries).scalars())


def head(session: Session, tenant_id: TenantId) -> Head | None:
    """Tell where a chain ends; the caller's session is the platform's."""
    found = session.execute(select(audit_heads).where(audit_heads.c.tenant_id == tenant_id)).one_or_none()
    return None if found is None else Head(found.number, bytes(found.hash))


def verify(session: Session, tenant_id: TenantId, known: Head | None = None) -> tuple[Head, Misfit | None]:
    """Go along a tenant's chain: how far it fits, and the first entry that does not.

    ``known`` is a head that was noted elsewhere before: the chain must still hold it. Entries may be added meanwhile.
    """
    walk = Walk(*(one for one in (known, head(session, tenant_id)) if one is not None))
    for batch in pages(session, tenant_id, Narrow()):
        if misfit := walk.over(batch):
            return walk.at, misfit
    return walk.at, walk.end(head(session, tenant_id))


def _conditions(narrow: Narrow) -> Iterator[Any]:
    for column in ("who", "object_type", "object_id"):
        if (wanted := getattr(narrow, column)) is not None:
            yield audit.c[column] == wanted
    if narrow.action is not None:
        yield audit.c.action.startswith(narrow.action, autoescape=True)
    if narrow.start is not None:
        yield audit.c.at >= narrow.start
    if narrow.end is not None:
        yield audit.c.at < narrow.end


def _told(done: Operation) -> Act:
    """Tell of an operation as the log does."""
    about = done.kind.partition(".")[0]
    named = next((value for name, value in done.detail.items() if name in (f"{about}_id", "window_id")), None)
    found = done.device_id if named is None else named
    return Act(
        who=done.by,
        at=done.at,
        action=done.kind,
        object_type=about,
        object_id=None if found is None else str(found),
        request_id=done.request_id,
    )


def _written(tenant_id: TenantId, act: Act) -> dict[str, Any]:
    facts = asdict(act) | {"outcome": act.outcome.value}
    cut = {name: text[:LONGEST] if isinstance(text, str) else text for name, text in facts.items()}
    return {"tenant_id": tenant_id, **cut}


def _read(row: Row[Any]) -> Entry:
    facts = {name: getattr(row, name) for name in _ACT} | {"outcome": Ending(row.outcome)}
    return Entry(TenantId(UUID(str(row.tenant_id))), row.number, Act(**facts), bytes(row.hash))
