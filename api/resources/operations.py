"""What was done to the devices of a tenant: by whom, when, with what outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api import cursors
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.times import Instant, instant
from db import operations
from db.operations import Narrow
from fleet import operations as domain
from fleet.errors import NotFound
from fleet.identity import DeviceId, Scope
from fleet.operations import Outcome

MOST = 500


class OperationsQuery(Given):
    """Which operations to list, and how many at once."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many operations.")
    device_id: UUID | None = Field(None, description="Only those on this device; it may be gone.")
    kind: str | None = Field(
        None,
        max_length=63,
        pattern=r"^[a-z][a-z_.]*$",
        examples=["device.updated"],
        description="Only those of this kind.",
    )
    by: str | None = Field(
        None,
        min_length=1,
        max_length=254,
        pattern=TEXT,
        description="Only those of this person or key.",
    )
    request_id: str | None = Field(
        None, min_length=1, max_length=128, pattern=TEXT, description="Only what this X-Request-ID asked for."
    )
    outcome: Outcome | None = Field(None, description="Only those with this outcome.")
    start: Instant | None = Field(None, alias="from", description="Only those that began then or later.")
    end: Instant | None = Field(None, alias="to", description="Only those that began before.")


class Operation(Answer):
    """What was done. `pending` has not ended."""

    id: UUID
    device_id: UUID | None = Field(description="Null where no single device was meant.")
    kind: str = Field(description="Such as `device.created`, `device.updated`, `device.deleted`.")
    by: str = Field(description="The person, the API key's prefix, or the administrator.")
    at: datetime
    ended_at: datetime | None
    outcome: Outcome
    error: str | None
    request_id: str | None = Field(description="The X-Request-ID of the request that asked for it.")
    detail: dict[str, Any] = Field(description="What changed, by name: the device's `name` then, and `fields`.")


class Operations(Answer):
    """A page of operations, the newest first."""

    items: list[Operation]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


def page(asked: Asked[OperationsQuery]) -> Operations:
    given = asked.given
    narrow = Narrow(
        device_id=None if given.device_id is None else DeviceId(given.device_id),
        kind=given.kind,
        by=given.by,
        request_id=given.request_id,
        outcome=given.outcome,
        since=None if given.start is None else instant(given.start, asked.now),
        until=None if given.end is None else instant(given.end, asked.now),
    )
    found = operations.page(asked.session, given.after, given.limit + 1, narrow)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.id
    return Operations(items=[_operation(one) for one in shown], next=following)


def operation(asked: Asked[Nothing]) -> Operation:
    return _operation(operations.one(asked.session, asked.ids["operation_id"]))


def _operation(one: domain.Operation) -> Operation:
    facts = {name: getattr(one, name) for name in Operation.model_fields if name != "detail"}
    return Operation(**facts, detail=dict(one.detail))


resource = Resource(
    name="operations",
    about="What was done to the devices, and by whom.",
    routes=(
        Route(
            path=f"{TENANT}/operations",
            summary="The operations from the newest on, a page at a time",
            takes=OperationsQuery,
            answer=Operations,
            scope=Scope.DEVICES_READ,
            handler=page,
        ),
        Route(
            path=f"{TENANT}/operations/{{operation_id}}",
            summary="One operation",
            takes=Nothing,
            answer=Operation,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=operation,
        ),
    ),
)
