"""What a message tells of each alert, read at the moment in which it is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db import alerts
from db.alerttables import alerts as table
from db.backuptables import config_versions as versions
from db.notifysend import Claim
from db.notifytables import alert_deliveries as deliveries
from db.notifytables import alert_notices as notices
from db.tables import devices, sites
from db.worktables import operations
from fleet.alerts.states import Stored
from fleet.alerts.telling import State, What
from fleet.identity import TenantId

BEFORE: Final = timedelta(days=1)
"""For so long before an alert it is looked what changed."""

DEEP: Final = 5
"""Of so many devices it is looked what changed before."""


@dataclass(frozen=True, slots=True)
class Line:
    """An alert within a message: ``what`` it did, and how it is by now.

    ``begun`` tells whether its begin was told to the same receiver, ``hides`` how many other alerts it explains.
    """

    what: What
    id: UUID
    severity: str
    rule: str
    device_id: UUID
    device: str
    site: str | None
    summary: str
    value: float | None
    since: datetime
    fired_at: datetime | None
    ended_at: datetime | None
    acknowledged_at: datetime | None
    silenced: bool
    hides: int
    begun: bool


def lines(session: Session, claim: Claim, now: datetime) -> list[Line]:
    """Read what a message is to tell, the worst and oldest first; alerts that are no more are left out."""
    hidden, earlier, sent = table.alias("hidden"), notices.alias("earlier"), deliveries.alias("sent")
    hides = (
        select(func.count())
        .where(hidden.c.cause_id == table.c.device_id, hidden.c.state == Stored.SUPPRESSED.value)
        .scalar_subquery()
    )
    begun = (
        select(func.count())
        .select_from(earlier.join(sent, sent.c.id == earlier.c.delivery_id))
        .where(earlier.c.alert_id == table.c.id, earlier.c.channel_id == claim.channel_id)
        .where(earlier.c.person == claim.person, earlier.c.what != What.RESOLVED.value)
        .where(or_(sent.c.state == State.SENT.value, sent.c.id == claim.id))
        .correlate(table)
        .scalar_subquery()
    )
    named = [table.c[one.name] for one in fields(Line) if one.name in table.c]
    query = (
        select(notices.c.what, *named, sites.c.name.label("site"), alerts.silenced(now).label("silenced"))
        .add_columns(hides.label("hides"), (begun > 0).label("begun"))
        .select_from(
            notices.join(table, table.c.id == notices.c.alert_id)
            .outerjoin(devices, devices.c.id == table.c.device_id)
            .outerjoin(sites, sites.c.id == devices.c.site_id)
        )
        .where(notices.c.delivery_id == claim.id, table.c.tenant_id == claim.tenant_id)
        .order_by(notices.c.at, table.c.id)
    )
    return [_line(row) for row in session.execute(query)]


def changes(session: Session, tenant_id: TenantId, told: Collection[Line]) -> dict[UUID, list[str]]:
    """Read what changed of devices in the day before: the last change of the configuration, the last operation."""
    found: dict[UUID, list[str]] = {}
    first: Mapping[UUID, Line] = {line.device_id: line for line in told if line.what is not What.RESOLVED}
    for device_id, line in [*first.items()][:DEEP]:
        mine = (versions.c.tenant_id == tenant_id, versions.c.device_id == device_id)
        when = versions.c.first_seen.between(line.since - BEFORE, line.since)
        changed = session.scalar(select(func.max(versions.c.first_seen)).where(*mine, when, versions.c.number > 1))
        words = [f"{changed:%Y-%m-%d %H:%M} UTC: the configuration changed"] if changed else []
        done = session.execute(
            select(operations.c.at, operations.c.kind, operations.c.by)
            .where(operations.c.tenant_id == tenant_id, operations.c.device_id == device_id)
            .where(operations.c.at.between(line.since - BEFORE, line.since), ~operations.c.kind.startswith("alert"))
            .order_by(operations.c.at.desc())
            .limit(1)
        ).one_or_none()
        words += [f"{done.at:%Y-%m-%d %H:%M} UTC: {done.kind} by {done.by}"] if done else []
        found[device_id] = words
    return found


def _line(row: Any) -> Line:
    facts = row._asdict()
    return Line(**facts | {"what": What(row.what), "silenced": bool(row.silenced), "begun": bool(row.begun)})
