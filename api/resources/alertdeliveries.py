"""Deliveries: what was told of alerts to whom, each attempt at it, and what was given up."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from api import cursors
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import alertdeliveries
from db.alertdeliveries import Deliveries, DeliveryRow, Narrow
from fleet.alerts.telling import State, What
from fleet.errors import Conflict, NotFound
from fleet.identity import Scope

MOST = 500


class AlertDeliveriesQuery(Given):
    """Which deliveries to list, and how many at once."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many deliveries.")
    state: State | None = Field(None, description="Only those in this state.")
    what: What | None = Field(None, description="Only those of this kind.")
    channel_id: UUID | None = Field(None, description="Only those by this channel.")
    alert_id: UUID | None = Field(None, description="Only those that tell of this alert.")


class AlertDeliveryAttempt(Answer):
    """An attempt at a delivery."""

    at: datetime
    sent: bool = Field(description="Whether the receiver took it.")
    code: int | None = Field(description="The receiver's status; null where it said nothing.")
    said: str


class AlertDelivery(Answer):
    """A message about alerts, to a channel or to a person by it."""

    unsteady: ClassVar[frozenset[str]] = frozenset(
        {"state", "due_at", "next_at", "ended_at", "attempts", "why", "alert_ids"}
    )
    id: UUID
    route_id: UUID | None
    route: str = Field(description="The route's name; empty for a test.")
    channel_id: UUID
    channel: str
    person: str = Field(description="The person whom it is for; empty where that is whoever the channel leads to.")
    what: What
    state: State = Field(description="`withdrawn`: it was over, or cared for, before anybody was told.")
    created_at: datetime
    due_at: datetime
    next_at: datetime = Field(description="When it is tried next, while it waits.")
    ended_at: datetime | None
    attempts: list[AlertDeliveryAttempt]
    why: str | None = Field(description="Why it was given up or withdrawn.")
    alert_ids: list[UUID]


class AlertDeliveryPage(Answer):
    """A page of deliveries, the newest first."""

    items: list[AlertDelivery]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


def page(asked: Asked[AlertDeliveriesQuery]) -> AlertDeliveryPage:
    given = asked.given
    narrow = Narrow(state=given.state, what=given.what, channel_id=given.channel_id, alert_id=given.alert_id)
    found = alertdeliveries.page(asked.session, given.after, given.limit + 1, narrow)
    shown, last = cursors.cut(found, given.limit)
    return AlertDeliveryPage(items=[delivered(row) for row in shown], next=None if last is None else last.id)


def one(asked: Asked[Nothing]) -> AlertDelivery:
    return delivered(alertdeliveries.one(asked.session, asked.ids["delivery_id"]))


def retry(asked: Asked[Nothing]) -> AlertDelivery:
    """Have what was given up tried again, for another day."""
    delivery_id = asked.ids["delivery_id"]
    Deliveries(asked.session, asked.author, asked.principal.tenant_id).retry(delivery_id)
    return delivered(alertdeliveries.one(asked.session, delivery_id))


def delivered(row: DeliveryRow) -> AlertDelivery:
    """Write a delivery as an answer."""
    tries = [AlertDeliveryAttempt.model_validate(attempt) for attempt in row.attempts]
    facts = {name: getattr(row, name) for name in AlertDelivery.model_fields if name != "attempts"}
    return AlertDelivery(**facts, attempts=tries)


PLACE = f"{TENANT}/alert-deliveries"
ONE = f"{PLACE}/{{delivery_id}}"

resource = Resource(
    name="alertdeliveries",
    about="What was told of alerts, and to whom.",
    routes=(
        Route(
            path=PLACE,
            summary="The deliveries, the newest first, a page at a time",
            takes=AlertDeliveriesQuery,
            answer=AlertDeliveryPage,
            scope=Scope.ALERTS_READ,
            handler=page,
        ),
        Route(
            path=ONE,
            summary="One delivery",
            takes=Nothing,
            answer=AlertDelivery,
            scope=Scope.ALERTS_READ,
            raises=(NotFound,),
            handler=one,
        ),
        Route(
            path=f"{ONE}/retry",
            method="POST",
            summary="Try again what was given up",
            takes=Nothing,
            answer=AlertDelivery,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound, Conflict),
            handler=retry,
        ),
    ),
)
