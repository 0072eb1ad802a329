"""What happened to the devices of a tenant, or to one of them, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api import cursors
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from db import chronicle, inventory
from db.chronicle import Happening, Source
from fleet.errors import NotFound
from fleet.identity import DeviceId, Scope

MOST = 500


class EventsQuery(Given):
    """How much of what happened to list at once."""

    after: str | None = Field(
        None, max_length=cursors.LONGEST, pattern=cursors.PATTERN, description="The `next` of the page before."
    )
    limit: int = Field(100, ge=1, le=MOST, description="At most so many events.")


class FleetEvent(Answer):
    """Something that happened to a device."""

    id: UUID
    at: datetime
    device_id: UUID = Field(description="The device, which may have been removed since.")
    source: Source = Field(description="An operation of somebody, a change of what a device has, or its state.")
    kind: str = Field(description="Such as `device.updated`, `packages.added`, `state.down`.")
    by: str | None = Field(description="Who did it; null where nobody did.")
    detail: dict[str, Any]


class FleetEvents(Answer):
    """A page of what happened, the newest first."""

    items: list[FleetEvent]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def events(asked: Asked[EventsQuery]) -> FleetEvents:
    return _page(asked, None)


def of_device(asked: Asked[EventsQuery]) -> FleetEvents:
    return _page(asked, inventory.one(asked.session, DeviceId(asked.ids["device_id"])).id)


def _page(asked: Asked[EventsQuery], device_id: DeviceId | None) -> FleetEvents:
    given = asked.given
    found = chronicle.page(asked.session, device_id, cursors.place(given.after), given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    return FleetEvents(items=[_event(one) for one in shown], next=cursors.following(last.place if last else None))


def _event(one: Happening) -> FleetEvent:
    told = {name: getattr(one, name) for name in ("id", "at", "device_id", "source", "kind", "by")}
    return FleetEvent(**told, detail=dict(one.detail))


resource = Resource(
    name="events",
    about="What happened to devices.",
    routes=(
        Route(
            path=f"{TENANT}/events",
            summary="What happened to the devices, the newest first, a page at a time",
            takes=EventsQuery,
            answer=FleetEvents,
            scope=Scope.EVENTS_READ,
            handler=events,
        ),
        Route(
            path=f"{TENANT}/devices/{{device_id}}/events",
            summary="What happened to a device, the newest first, a page at a time",
            takes=EventsQuery,
            answer=FleetEvents,
            scope=Scope.EVENTS_READ,
            raises=(NotFound,),
            handler=of_device,
        ),
    ),
)
