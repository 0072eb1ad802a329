"""Alerts: what is wrong now and was lately, by severity and cause; somebody cares for one by acknowledging it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from api import cursors
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import alerts
from db.alerts import AlertRow, Narrow
from fleet.alerts.states import Shown
from fleet.errors import Conflict, NotFound
from fleet.events import Severity
from fleet.identity import DeviceId, Scope

MOST = 500


class AlertsQuery(Given):
    """Which alerts to list, and how many at once; without `state` those that are open."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many alerts.")
    state: Shown | None = Field(None, description="Only alerts in this state.")
    severity: Severity | None = Field(None, description="Only alerts of this severity.")
    device_id: UUID | None = Field(None, description="Only alerts of this device.")
    cause_id: UUID | None = Field(None, description="Only alerts that this device explains.")


class Acknowledgement(Given):
    """That somebody cares."""

    comment: str | None = Field(None, min_length=1, max_length=2000, pattern=TEXT, examples=["on my way"])


class ManyAcknowledgement(Given):
    """That somebody cares for several alerts."""

    alerts: list[UUID] = Field(min_length=1, max_length=MOST, description="The ids of the alerts.")
    comment: str | None = Field(None, min_length=1, max_length=2000, pattern=TEXT, examples=["on my way"])


class Alert(Answer):
    """What a rule has found about a device, since when, and what became of it."""

    unsteady: ClassVar[frozenset[str]] = frozenset(
        {"state", "summary", "value", "fired_at", "ended_at", "turns", "cause_id", "hides", "well_at"}
    )
    id: UUID
    state: Shown
    severity: Severity
    rule_id: UUID
    rule: str
    device_id: UUID
    device: str = Field(description="The name that the device had.")
    key: str = Field(description="Which instance it is about, by its labels; empty for the device as a whole.")
    summary: str
    value: float | None = Field(description="What was seen when the alert last changed.")
    since: datetime = Field(description="Since when the condition had been met.")
    fired_at: datetime | None = Field(description="Since when it stands; null where it never did.")
    ended_at: datetime | None
    well_at: datetime | None = Field(description="Since when a device is well again, until that has lasted.")
    turns: int = Field(description="How often it began within an hour: from 3 on it flaps.")
    cause_id: UUID | None = Field(description="The device that explains it, where it is suppressed.")
    hides: int = Field(description="How many suppressed alerts of other devices this one's device explains.")
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    comment: str | None


class AlertPage(Answer):
    """A page of alerts, the newest first."""

    items: list[Alert]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class Acknowledged(Answer):
    """The alerts that somebody cares for now, and how many were passed over: those that are over, or pending."""

    items: list[Alert]
    passed: int


class AlertCount(Answer):
    """How many open alerts are in a state, of a severity."""

    state: Shown
    severity: Severity
    count: int


class AlertCounts(Answer):
    """The open alerts of the tenant, counted."""

    items: list[AlertCount]


def page(asked: Asked[AlertsQuery]) -> AlertPage:
    given = asked.given
    narrow = Narrow(
        states=[state for state in Shown if state is not Shown.RESOLVED] if given.state is None else [given.state],
        severities=[] if given.severity is None else [given.severity],
        device_id=None if given.device_id is None else DeviceId(given.device_id),
        cause_id=None if given.cause_id is None else DeviceId(given.cause_id),
    )
    found = alerts.page(asked.session, given.after, given.limit + 1, narrow, asked.now)
    shown, last = cursors.cut(found, given.limit)
    return AlertPage(items=[_alert(row) for row in shown], next=None if last is None else last.id)


def counts(asked: Asked[Nothing]) -> AlertCounts:
    found = alerts.counts(asked.session, asked.now)
    return AlertCounts(
        items=[
            AlertCount(state=state, severity=severity, count=count)
            for (state, severity), count in sorted(found.items())
        ]
    )


def one(asked: Asked[Nothing]) -> Alert:
    return _alert(alerts.one(asked.session, asked.ids["alert_id"], asked.now))


def acknowledge(asked: Asked[Acknowledgement]) -> Alert:
    """Note who cares for an alert; it stands until it is over all the same."""
    alert_id = asked.ids["alert_id"]
    tenant_id = asked.principal.tenant_id
    alerts.acknowledge(asked.session, asked.author, tenant_id, alert_id, asked.given.comment)
    return _alert(alerts.one(asked.session, alert_id, asked.now))


def acknowledge_many(asked: Asked[ManyAcknowledgement]) -> Acknowledged:
    """Note who cares for several alerts; one that is over meanwhile keeps nobody from the others."""
    done: list[UUID] = []
    for alert_id in dict.fromkeys(asked.given.alerts):
        try:
            alerts.acknowledge(asked.session, asked.author, asked.principal.tenant_id, alert_id, asked.given.comment)
        except Conflict:
            continue
        done.append(alert_id)
    found = [_alert(alerts.one(asked.session, alert_id, asked.now)) for alert_id in done]
    return Acknowledged(items=found, passed=len(set(asked.given.alerts)) - len(done))


def _alert(row: AlertRow) -> Alert:
    return Alert(**{name: getattr(row, name) for name in Alert.model_fields})


PLACE = f"{TENANT}/alerts"

resource = Resource(
    name="alerts",
    about="What is wrong, and who cares for it.",
    routes=(
        Route(
            path=PLACE,
            summary="The alerts, the newest first, a page at a time",
            takes=AlertsQuery,
            answer=AlertPage,
            scope=Scope.ALERTS_READ,
            handler=page,
        ),
        Route(
            path=f"{PLACE}/counts",
            summary="How many alerts are open, by state and severity",
            takes=Nothing,
            answer=AlertCounts,
            scope=Scope.ALERTS_READ,
            handler=counts,
        ),
        Route(
            path=f"{PLACE}/{{alert_id}}",
            summary="One alert",
            takes=Nothing,
            answer=Alert,
            scope=Scope.ALERTS_READ,
            raises=(NotFound,),
            handler=one,
        ),
        Route(
            path=f"{PLACE}/{{alert_id}}/acknowledge",
            method="POST",
            summary="Acknowledge an alert, with a comment",
            takes=Acknowledgement,
            answer=Alert,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound, Conflict),
            handler=acknowledge,
        ),
        Route(
            path=f"{PLACE}/acknowledge",
            method="POST",
            summary="Acknowledge several alerts, with a comment",
            takes=ManyAcknowledgement,
            answer=Acknowledged,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound,),
            handler=acknowledge_many,
        ),
    ),
)
