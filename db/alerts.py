"""The alerts of a tenant as people see them: listed, shown, acknowledged, and silenced for a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, case, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from db import operations
from db.alerttables import alert_rules
from db.alerttables import alert_silences as silences
from db.alerttables import alerts as table
from db.operations import Author
from db.tables import device_tags, devices, sites
from fleet.alerts.rule import Test
from fleet.alerts.states import Shown, Stored
from fleet.errors import BadInput, Conflict, NotFound
from fleet.events import Severity
from fleet.identity import DeviceId, TenantId

_OPEN = (Shown.FIRING, Shown.ACKNOWLEDGED, Shown.SILENCED, Shown.SUPPRESSED, Shown.PENDING)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert; ``hides`` counts those that it explains, ``turns`` how often it began within an hour.

    ``well_at`` is since when a device is as it should be whose alert is not over before that has lasted.
    """

    id: UUID
    state: Shown
    rule_id: UUID
    rule: str
    severity: Severity
    device_id: UUID
    device: str
    key: str
    since: datetime
    fired_at: datetime | None
    ended_at: datetime | None
    value: float | None
    summary: str
    turns: int
    cause_id: UUID | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    comment: str | None
    hides: int
    well_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """Which alerts: in one of some states (none named: all), so severe, of a device, explained by a device.

    Also of a rule, and of the devices at a site or with a tag, each by its name.
    """

    states: Sequence[Shown] = ()
    severities: Sequence[Severity] = ()
    device_id: DeviceId | None = None
    cause_id: DeviceId | None = None
    rule: str | None = None
    site: str | None = None
    tag: str | None = None

    def conditions(self, now: datetime) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions as SQL."""
        if self.states:
            yield _shown(now).in_([state.value for state in self.states])
            if all(state in _OPEN for state in self.states):
                yield table.c.ended_at.is_(None)
        if self.severities:
            yield table.c.severity.in_([one.value for one in self.severities])
        if self.device_id is not None:
            yield table.c.device_id == self.device_id
        if self.cause_id is not None:
            yield table.c.cause_id == self.cause_id
        if self.rule is not None:
            yield table.c.rule == self.rule
        if self.site is not None:
            there = select(devices.c.id).join(sites, sites.c.id == devices.c.site_id)
            yield table.c.device_id.in_(there.where(sites.c.name == self.site))
        if self.tag is not None:
            yield table.c.device_id.in_(select(device_tags.c.device_id).where(device_tags.c.tag == self.tag))


def worst(session: Session, limit: int, narrow: Narrow, now: datetime) -> list[AlertRow]:
    """Read up to ``limit`` alerts, the worst first: by severity, what nobody cares for in front, then the newest."""
    bad = [*reversed(Severity)]
    query = _rows(now).where(*narrow.conditions(now)).limit(limit)
    order = (_rank(table.c.severity, [one.value for one in bad]), _rank(_shown(now), [one.value for one in _OPEN]))
    return [_row(row) for row in session.execute(query.order_by(*order, table.c.since.desc(), table.c.id))]


def page(session: Session, after: UUID | None, limit: int, narrow: Narrow, now: datetime) -> list[AlertRow]:
    """Read up to ``limit`` alerts, the newest first, those behind the alert ``after``; raises BadInput."""
    place = (table.c.since, table.c.id)
    query = _rows(now).where(*narrow.conditions(now)).order_by(*(column.desc() for column in place)).limit(limit)
    if after is not None:
        found = session.execute(select(*place).where(table.c.id == after)).one_or_none()
        if found is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*place) < tuple_(*found))
    return [_row(row) for row in session.execute(query)]


def one(session: Session, alert_id: UUID, now: datetime) -> AlertRow:
    """Read one alert; raises NotFound where the tenant has none of that id."""
    row = session.execute(_rows(now).where(table.c.id == alert_id)).one_or_none()
    if row is None:
        raise _missing(alert_id)
    return _row(row)


def counts(session: Session, now: datetime) -> dict[tuple[Shown, Severity], int]:
    """Count what is open by state and severity."""
    state = _shown(now)
    asked = select(state, table.c.severity, func.count()).where(table.c.ended_at.is_(None))
    rows = session.execute(asked.group_by(state, table.c.severity))
    return {(Shown(shown), Severity(severity)): int(count) for shown, severity, count in rows}


def acknowledge(session: Session, author: Author, tenant_id: TenantId, alert_id: UUID, comment: str | None) -> None:
    """Note that somebody cares for an alert; a later word replaces the one before. Raises NotFound, Conflict."""
    alert = one(session, alert_id, author.at)
    if alert.state in (Shown.RESOLVED, Shown.PENDING):
        raise Conflict(f"The alert is {alert.state.value}.", "Acknowledge what fires, or is suppressed.")
    facts = {"acknowledged_at": author.at, "acknowledged_by": author.by, "comment": comment}
    mine = (table.c.tenant_id == tenant_id, table.c.id == alert_id)
    session.execute(update(table).where(*mine).values(facts))
    detail = {"name": alert.summary, "fields": [], "alert_id": str(alert_id)}
    operations.record(session, author.did("alert.acknowledged", tenant_id, detail, DeviceId(alert.device_id)))


def find(session: Session, which: str, now: datetime) -> AlertRow:
    """Find an alert by its id or by how that begins; raises NotFound, BadInput where several begin so."""
    text_of = table.c.id.cast(Text)
    found = session.execute(_rows(now).where(text_of.startswith(which.lower(), autoescape=True)).limit(2)).all()
    if not which or not found:
        raise _missing(which)
    if len(found) > 1:
        raise BadInput(f"More than one alert begins with {which}.", "Give more of its id.")
    return _row(found[0])


def _rows(now: datetime) -> Any:
    hidden = table.alias("hidden")
    hides = (
        select(func.count())
        .where(hidden.c.cause_id == table.c.device_id, hidden.c.state == Stored.SUPPRESSED.value)
        .where(table.c.state == Stored.FIRING.value)
        .scalar_subquery()
    )
    named = [table.c[name] for name in AlertRow.__slots__ if name not in ("state", "hides", "well_at")]
    return select(*named, _shown(now).label("state"), hides.label("hides"), _well().label("well_at"))


def _well() -> ColumnElement[datetime | None]:
    """Tell of an alert of a state that still stands since when that state is over."""
    tested = select(alert_rules.c.condition["test"].astext).where(alert_rules.c.id == table.c.rule_id)
    stands = table.c.state.in_([Stored.FIRING.value, Stored.SUPPRESSED.value])
    over = and_(stands, table.c.value == 0, tested.correlate(table).scalar_subquery() == Test.STATE.value)
    return case((over, table.c.seen_at), else_=None)


def _rank(column: ColumnElement[str], words: Sequence[str]) -> ColumnElement[int]:
    return case(*((column == word, place) for place, word in enumerate(words)), else_=len(words))


def _row(row: Any) -> AlertRow:
    facts = row._asdict()
    return AlertRow(**facts | {"state": Shown(row.state), "severity": Severity(row.severity)})


def _shown(now: datetime) -> ColumnElement[str]:
    """Say what people see: of what fires, what is silenced goes before what is acknowledged."""
    return case(
        (table.c.state != Stored.FIRING.value, table.c.state),
        (silenced(now), Shown.SILENCED.value),
        (table.c.acknowledged_at.is_not(None), Shown.ACKNOWLEDGED.value),
        else_=Shown.FIRING.value,
    )


def silenced(now: datetime) -> ColumnElement[bool]:
    """Say of an alert whether a silence is for it."""
    its_site = select(devices.c.site_id).where(devices.c.id == table.c.device_id).correlate(table).scalar_subquery()
    its_tags = select(device_tags.c.tag).where(device_tags.c.device_id == table.c.device_id).correlate(table)
    return exists(silences.c.id).where(
        and_(silences.c.starts_at <= now, silences.c.ends_at > now, silences.c.tenant_id == table.c.tenant_id),
        or_(silences.c.rule.is_(None), silences.c.rule == table.c.rule),
        or_(silences.c.device_id.is_(None), silences.c.device_id == table.c.device_id),
        or_(silences.c.site_id.is_(None), silences.c.site_id == its_site),
        or_(silences.c.tag.is_(None), silences.c.tag.in_(its_tags)),
    )


def _missing(alert_id: object) -> NotFound:
    return NotFound(f"There is no alert {alert_id}.", "List the tenant's alerts for their ids.")
