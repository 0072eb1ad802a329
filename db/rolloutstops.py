"""What a tenant asks of its rollouts, and the word that stops all of them: of one tenant, or of all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, union
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import operations
from db.operations import Author
from db.rollouttables import firmware_settings, firmware_stop, rollouts
from fleet.identity import TenantId
from fleet.rollouts.states import LIVE, RolloutState


@dataclass(frozen=True, slots=True)
class Stop:
    """That everything is stopped: by whom, since when, and why, as far as was said; ``house``: for all tenants."""

    by: str
    at: datetime
    reason: str | None
    house: bool = False

    def __str__(self) -> str:
        whose = "all rollouts of all tenants" if self.house else "all rollouts"
        return f"{self.by} has stopped {whose}{f': {self.reason}' if self.reason else '.'}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a tenant asks of its rollouts, and what stops them just now: the tenant's own word, and the house's."""

    second_person: bool = False
    stop: Stop | None = None
    house: Stop | None = None

    @property
    def stopped(self) -> Stop | None:
        """What keeps everything from going on."""
        return self.house or self.stop


def rules(session: Session, tenant_id: TenantId) -> Rules:
    """Read what counts for a tenant, through any door."""
    table = firmware_settings.c
    asked = select(table.second_person, table.stopped_by, table.stopped_at, table.stop_reason)
    row = session.execute(asked.where(table.tenant_id == tenant_id)).one_or_none()
    own = None if row is None or row.stopped_at is None else Stop(*row[1:])
    return Rules(row is not None and row.second_person, own, house(session))


def ask(session: Session, author: Author, tenant_id: TenantId, second_person: bool) -> None:
    """Say whether a second person has to approve a plan."""
    _keep(session, tenant_id, {"second_person": second_person})
    operations.record(session, author.did("firmware.rules", tenant_id, {"second_person": second_person}))


def stop(session: Session, author: Author, tenant_id: TenantId, reason: str | None) -> None:
    """Let no rollout of a tenant go over a point of no return; who stopped it first stays on record."""
    if rules(session, tenant_id).stop is None:
        _keep(session, tenant_id, {"stopped_by": author.by, "stopped_at": author.at, "stop_reason": reason})
        operations.record(session, author.did("firmware.stopped_all", tenant_id, {"reason": reason}))


def lift(session: Session, author: Author, tenant_id: TenantId) -> None:
    """Take a tenant's stop back: what ran goes on."""
    if (found := rules(session, tenant_id).stop) is not None:
        _keep(session, tenant_id, {"stopped_by": None, "stopped_at": None, "stop_reason": None})
        told = {"stopped_by": found.by, "stopped_at": found.at.isoformat()}
        operations.record(session, author.did("firmware.lifted_all", tenant_id, told))


def house(session: Session) -> Stop | None:
    """Read the word that stops the rollouts of all tenants, through any door."""
    table = firmware_stop.c
    query = select(table.stopped_by, table.stopped_at, table.reason).where(table.stopped_at.is_not(None))
    row = session.execute(query).one_or_none()
    return None if row is None else Stop(*row, house=True)


def stop_house(session: Session, author: Author, reason: str | None) -> None:
    """Let no rollout of any tenant go over a point of no return; the session is the platform's.

    It is recorded with every tenant that has a rollout before it or under way.
    """
    if house(session) is None:
        _word(session, {"stopped_by": author.by, "stopped_at": author.at, "reason": reason})
        _told(session, author, "firmware.stopped_house", {"reason": reason})


def lift_house(session: Session, author: Author) -> None:
    """Take the stop of all tenants back; the session is the platform's."""
    if (found := house(session)) is not None:
        _word(session, {"stopped_by": None, "stopped_at": None, "reason": None})
        _told(session, author, "firmware.lifted_house", {"stopped_at": found.at.isoformat()})


def _keep(session: Session, tenant_id: TenantId, values: dict[str, object]) -> None:
    made = upsert(firmware_settings).values(tenant_id=tenant_id, **{"second_person": False, **values})
    session.execute(made.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


def _word(session: Session, values: dict[str, object]) -> None:
    made = upsert(firmware_stop).values(id=1, **values)
    session.execute(made.on_conflict_do_update(index_elements=["id"], set_=values))


def _told(session: Session, author: Author, kind: str, detail: dict[str, object]) -> None:
    """Record it with those whom it concerns."""
    going = [state.value for state in (*LIVE, RolloutState.SCHEDULED)]
    concerned = union(
        select(rollouts.c.tenant_id).where(rollouts.c.state.in_(going)),
        select(firmware_settings.c.tenant_id).where(firmware_settings.c.stopped_at.is_not(None)),
    )
    for tenant_id in session.scalars(concerned):
        operations.record(session, author.did(kind, TenantId(UUID(str(tenant_id))), detail))
