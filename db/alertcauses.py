"""What alerts of others a device explains, and when alerts of a device stood: beside the list of alerts itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db.alerttables import alerts as table
from db.ranges import Range
from db.tables import devices
from fleet.alerts.states import Stored
from fleet.events import Severity
from fleet.identity import DeviceId

MOST: Final = 200
"""Alerts of a device that are read for marks, from the newest on."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A device that explains ``hides`` alerts of others; its name is None once it is removed."""

    device_id: DeviceId
    device: str | None
    hides: int


@dataclass(frozen=True, slots=True)
class Stood:
    """An alert that stood from ``start`` on; one without an ``end`` still does."""

    rule: str
    severity: Severity
    summary: str
    start: datetime
    end: datetime | None


def causes(session: Session) -> list[Cause]:
    """Read which devices explain alerts of others, the one that explains most in front."""
    count = func.count()
    query = (
        select(table.c.cause_id, devices.c.name, count)
        .select_from(table.outerjoin(devices, devices.c.id == table.c.cause_id))
        .where(table.c.ended_at.is_(None), table.c.state == Stored.SUPPRESSED.value)
        .group_by(table.c.cause_id, devices.c.name)
        .order_by(count.desc(), table.c.cause_id)
    )
    return [Cause(DeviceId(which), name, int(hides)) for which, name, hides in session.execute(query)]


def stood(session: Session, device_id: DeviceId, spanned: Range) -> list[Stood]:
    """Read the alerts of a device that stood at some time within a range, in the order of time."""
    columns = (table.c.rule, table.c.severity, table.c.summary, table.c.fired_at, table.c.ended_at)
    query = (
        select(*columns)
        .where(table.c.device_id == device_id, table.c.fired_at < spanned.end)
        .where(or_(table.c.ended_at.is_(None), table.c.ended_at >= spanned.start))
        .order_by(table.c.fired_at.desc(), table.c.id)
        .limit(MOST)
    )
    found = [Stood(rule, Severity(how), *rest) for rule, how, *rest in session.execute(query)]
    return found[::-1]
