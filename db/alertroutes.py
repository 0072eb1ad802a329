"""The routes of a tenant: which alerts go to whom, at which hours, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, insert, select, update
from sqlalchemy.orm import Session

from db import operations
from db.notifytables import alert_channels as channels
from db.notifytables import alert_routes as table
from db.operations import Author
from db.rules import refusing
from db.tables import sites
from fleet.alerts.telling import DAYS, Escalation, Hours, Recipient, Way
from fleet.errors import BadInput, NotFound
from fleet.events import Severity
from fleet.identity import TenantId

MOST = 200
"""Routes of a tenant."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A route, the names of what it names, and who changed it last; one that is not enabled takes no alert."""

    way: Way
    enabled: bool
    changed_by: str
    changed_at: datetime
    channel: str = ""
    site: str | None = None
    escalate: str | None = None


def every(session: Session, tenant_id: TenantId | None = None) -> list[RouteRow]:
    """Read the routes in their order, at the platform's door those of a tenant."""
    query = _rows() if tenant_id is None else _rows().where(table.c.tenant_id == tenant_id)
    return [_row(row) for row in session.execute(query.order_by(table.c.place, table.c.name))]


def one(session: Session, route_id: UUID) -> RouteRow:
    """Read one route; raises NotFound where the tenant has none of that id."""
    row = session.execute(_rows().where(table.c.id == route_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no route {route_id}.", "List the tenant's routes for their ids.")
    return _row(row)


@dataclass(frozen=True, slots=True)
class Routes:
    """Writes the routes of a tenant in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def add(self, way: Way, *, enabled: bool) -> UUID:
        """Add a route; raises Conflict where there is one of that name, BadInput."""
        if len(every(self.session)) >= MOST:
            raise BadInput(f"A tenant has at most {MOST} routes.", "Remove one that is not needed.")
        facts = _facts(way) | {"id": way.id, "tenant_id": self.tenant_id, "enabled": enabled} | self._signed()
        with refusing(self.session):
            self.session.execute(insert(table).values(facts))
        self._tell("alert_route.created", way)
        return way.id

    def change(self, way: Way, *, enabled: bool) -> None:
        """Store a route as it is to be; raises NotFound, Conflict, BadInput."""
        before = one(self.session, way.id)
        if (before.way, before.enabled) == (way, enabled):
            return
        facts = _facts(way) | {"enabled": enabled} | self._signed()
        with refusing(self.session):
            self.session.execute(update(table).where(*self._same(way.id)).values(facts))
        self._tell("alert_route.updated", way)

    def remove(self, route_id: UUID) -> None:
        """Remove a route; what it has begun to tell is told to its end. Raises NotFound."""
        gone = one(self.session, route_id)
        self.session.execute(delete(table).where(*self._same(route_id)))
        self._tell("alert_route.deleted", gone.way)

    def _same(self, route_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return (table.c.tenant_id == self.tenant_id, table.c.id == route_id)

    def _signed(self) -> dict[str, object]:
        return {"changed_by": self.author.by, "changed_at": self.author.at}

    def _tell(self, kind: str, way: Way) -> None:
        detail = {"name": way.name, "fields": [], "route_id": str(way.id)}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _rows() -> Select[Any]:
    further = channels.alias("further")
    joined = (
        table.join(channels, channels.c.id == table.c.channel_id)
        .outerjoin(further, further.c.id == table.c.escalate_id)
        .outerjoin(sites, sites.c.id == table.c.site_id)
    )
    names = channels.c.name.label("channel"), further.c.name.label("escalate"), sites.c.name.label("site")
    return select(*table.c.values(), *names).select_from(joined)


def _row(row: Any) -> RouteRow:
    way = Way(
        id=row.id,
        name=row._mapping[table.c.name],
        to=Recipient(row.channel_id, row.person),
        place=row.place,
        severity=Severity(row.severity),
        tag=row.tag,
        site_id=row.site_id,
        hours=Hours(frozenset(row.days), row.begins, row.ends, row.zone),
        group=timedelta(seconds=row.group_seconds),
        goes_on=row.goes_on,
    )
    if row.digest_seconds is not None:
        way = replace(way, digest=timedelta(seconds=row.digest_seconds))
    if row.escalate_id is not None:
        further = Escalation(timedelta(seconds=row.escalate_seconds), Recipient(row.escalate_id))
        way = replace(way, escalation=further)
    return RouteRow(way, row.enabled, row.changed_by, row.changed_at, row.channel, row.site, row.escalate)


def _facts(way: Way) -> dict[str, Any]:
    further = way.escalation
    return {
        "name": way.name,
        "place": way.place,
        "goes_on": way.goes_on,
        "severity": way.severity.value,
        "tag": way.tag,
        "site_id": way.site_id,
        "days": [day for day in DAYS if day in way.hours.days],
        "begins": way.hours.begins,
        "ends": way.hours.ends,
        "zone": way.hours.zone,
        "channel_id": way.to.channel_id,
        "person": way.to.person,
        "group_seconds": way.group.total_seconds(),
        "digest_seconds": None if way.digest is None else way.digest.total_seconds(),
        "escalate_seconds": None if further is None else further.after.total_seconds(),
        "escalate_id": None if further is None else further.to.channel_id,
    }
