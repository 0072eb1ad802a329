"""The silences of a tenant: which alerts need nobody for a while, until when, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from db import operations
from db.alerttables import alert_silences as table
from db.maintenance import Scope
from db.operations import Author
from db.rules import refusing
from db.tables import devices, sites
from fleet.errors import BadInput, NotFound
from fleet.identity import TenantId

LONGEST = timedelta(days=90)
"""A silence that nobody remembers hides what nobody looks for."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence, with the names of the device or the site that it is for; without a ``rule`` it is for all."""

    id: UUID
    rule: str | None
    scope: Scope
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str
    device: str | None
    site: str | None


_ROW = select(
    *(table.c.id, table.c.rule, table.c.device_id, table.c.site_id, table.c.tag, table.c.starts_at, table.c.ends_at),
    *(table.c.reason, table.c.created_by, devices.c.name, sites.c.name),
).select_from(
    table.outerjoin(devices, devices.c.id == table.c.device_id).outerjoin(sites, sites.c.id == table.c.site_id)
)


def lasting(session: Session, now: datetime) -> list[Silence]:
    """Read the silences that are not over, the one that ends first in front."""
    query = _ROW.where(table.c.ends_at > now).order_by(table.c.ends_at, table.c.id)
    return [_silence(row) for row in session.execute(query)]


def one(session: Session, silence_id: UUID) -> Silence:
    """Read one silence; raises NotFound where the tenant has none of that id."""
    row = session.execute(_ROW.where(table.c.id == silence_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no silence {silence_id}.", "List the tenant's silences for their ids.")
    return _silence(row)


@dataclass(frozen=True, slots=True)
class Silences:
    """Keeps and lifts a tenant's silences in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def keep(self, rule: str | None, scope: Scope, until: datetime, reason: str) -> UUID:
        """Keep a silence from now on; raises BadInput where it ends before now or lasts too long."""
        now, made = self.author.at, uuid4()
        if not now < until <= now + LONGEST:
            raise BadInput("A silence ends after now, and within 90 days.", "Give another end.")
        facts: Mapping[str, Any] = {
            "id": made,
            "tenant_id": self.tenant_id,
            "rule": rule,
            "device_id": scope.device_id,
            "site_id": scope.site_id,
            "tag": scope.tag,
            "starts_at": now,
            "ends_at": until,
            "reason": reason,
            "created_by": self.author.by,
        }
        with refusing(self.session):
            self.session.execute(insert(table).values(facts))
        self._tell("alert_silence.created", one(self.session, made))
        return made

    def lift(self, silence_id: UUID) -> Silence:
        """End a silence at once; raises NotFound."""
        gone = one(self.session, silence_id)
        mine = (table.c.tenant_id == self.tenant_id, table.c.id == silence_id)
        self.session.execute(delete(table).where(*mine))
        self._tell("alert_silence.deleted", gone)
        return gone

    def _tell(self, kind: str, silence: Silence) -> None:
        detail = {
            "name": silence.rule or "all rules",
            "fields": [],
            "silence_id": str(silence.id),
            "ends_at": silence.ends_at.isoformat(),
        }
        device_id = silence.scope.device_id
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail, device_id))


def _silence(row: Any) -> Silence:
    its_id, rule, device_id, site_id, tag, *rest = row
    return Silence(its_id, rule, Scope(device_id, site_id, tag), *rest)
