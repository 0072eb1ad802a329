"""The devices of a tenant, and what is known of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import inventory
from db.inventory import DeviceRow, Narrow
from fleet.breaker import Position
from fleet.device import State, TlsMode
from fleet.errors import NotFound
from fleet.identity import DeviceId, Scope

MOST = 500
TEXT = r"^[^\x00]*$"
"""PostgreSQL keeps no NUL in a text."""


class DevicesQuery(Given):
    """Which devices to list, and how many at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many devices.")
    state: State | None = Field(None, description="Only devices in this state.")
    q: str | None = Field(
        None, max_length=100, pattern=TEXT, description="Part of a name, identity, address, model, version or serial."
    )


class Device(Answer):
    """A router: where it is reached, how it is, and what it said of itself."""

    id: UUID
    name: str
    address: str
    port: int
    tls: TlsMode
    vantage: str
    interval_seconds: float
    created_at: datetime
    state: State = Field(description="`stale` when nothing was heard for three intervals.")
    since: datetime | None = Field(description="When the state began.")
    heard_at: datetime | None
    identity: str | None
    version: str | None
    model: str | None
    serial: str | None
    uptime_seconds: float | None
    error_code: str | None
    error: str | None
    breaker: Position | None
    next_attempt: datetime | None
    duration_seconds: float | None = Field(description="How long the last poll took.")


AS_STORED = Device.model_fields.keys() - {"address", "port", "tls", "vantage", "interval_seconds", "state"}
"""The fields that are the row's own."""


class Devices(Answer):
    """A page of devices, by name."""

    items: list[Device]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def devices(asked: Asked[DevicesQuery]) -> Devices:
    given = asked.given
    narrow = Narrow(given.state, given.q, asked.now)
    found = inventory.page(asked.session, given.after, given.limit + 1, narrow)
    shown = found[: given.limit]
    following = shown[-1].name if len(found) > given.limit else None
    return Devices(items=[_device(row, asked.now) for row in shown], next=following)


def device(asked: Asked[Nothing]) -> Device:
    return _device(inventory.one(asked.session, DeviceId(asked.ids["device_id"])), asked.now)


def _device(row: DeviceRow, now: datetime) -> Device:
    return Device(
        address=row.endpoint.address,
        port=row.endpoint.port,
        tls=row.endpoint.tls,
        vantage=row.endpoint.vantage,
        interval_seconds=row.interval.total_seconds(),
        state=row.shown(now),
        **{name: getattr(row, name) for name in AS_STORED},
    )


resource = Resource(
    name="devices",
    about="The routers of a tenant.",
    routes=(
        Route(
            path=f"{TENANT}/devices",
            summary="The devices by name, a page at a time",
            takes=DevicesQuery,
            answer=Devices,
            scope=Scope.DEVICES_READ,
            handler=devices,
        ),
        Route(
            path=f"{TENANT}/devices/{{device_id}}",
            summary="One device",
            takes=Nothing,
            answer=Device,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=device,
        ),
    ),
)
