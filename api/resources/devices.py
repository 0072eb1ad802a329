"""The devices of a tenant and what is known of each; made, changed and removed by those who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pydantic import ConfigDict, Field

from api.fields import (
    TEXT,
    Address,
    CollectorsOff,
    Fingerprint,
    Name,
    Password,
    Port,
    Seconds,
    Site,
    Streams,
    Tag,
    Tags,
    Username,
)
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from bus import subjects
from db import inventory, sites
from db.inventory import DeviceRow, Narrow
from db.registry import Registry
from fleet import device as domain
from fleet import endpoints
from fleet.amendment import Amendment
from fleet.belonging import SAME, Words
from fleet.breaker import Position
from fleet.device import Endpoint, State, TlsMode
from fleet.egress import Egress
from fleet.errors import Conflict, EgressDenied, NotFound
from fleet.identity import DeviceId, Scope

MOST = 500


class DevicesQuery(Given):
    """Which devices to list, and how many at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many devices.")
    state: State | None = Field(None, description="Only devices in this state.")
    q: str | None = Field(
        None, max_length=100, pattern=TEXT, description="Part of a name, identity, address, model, version or serial."
    )
    site: Site | None = Field(None, description="Only devices at this site, by its name or id.")
    tag: Tag | None = Field(None, description="Only devices with this tag.")


class NewDevice(Given):
    """A router to be watched. Numbers are numbers: `"8729"` is none."""

    model_config = ConfigDict(strict=True)

    name: Name
    address: Address
    port: Port | None = Field(None, description="The API's port; 8729 if left out, 8728 with `plain`.")
    tls: TlsMode = Field(TlsMode.VERIFY, description="How the connection is protected; nothing falls back by itself.")
    fingerprint: Fingerprint | None = None
    streams: Streams = 8
    interval_seconds: Seconds | None = Field(None, description="How often it is polled; the setting if left out.")
    username: Username
    password: Password
    site: Site = ""
    tags: Tags = Field([])
    collectors_off: CollectorsOff = Field([])


class DeviceChange(Given):
    """What is to be different; a field that is left out, or null, stays as it is."""

    model_config = ConfigDict(strict=True)

    name: Name | None = None
    address: Address | None = None
    port: Port | None = None
    tls: TlsMode | None = Field(None, description="The port stays; a fingerprint goes with `pin`.")
    fingerprint: Fingerprint | None = None
    streams: Streams | None = None
    interval_seconds: Seconds | None = None
    username: Username | None = None
    password: Password | None = None
    site: Site | None = Field(None, description="Its name or id; the empty text: none.")
    tags: Tags | None = Field(None, description="All of its tags, from now on.")
    collectors_off: CollectorsOff | None = Field(None, description="All that it is not asked, from now on.")


class Device(Answer):
    """A router: where it is reached, how it is, and what it said of itself."""

    id: UUID
    name: str
    address: str
    port: int
    tls: TlsMode
    fingerprint: str | None = Field(description="The SHA-256 of the certificate that is pinned.")
    streams: int = Field(description="Commands in flight at once.")
    vantage: str
    interval_seconds: float
    created_at: datetime
    site_id: UUID | None
    site: str | None = Field(description="The name of the site where it stands.")
    tags: list[str]
    collectors_off: list[str] = Field(description="The collectors that it is not asked.")
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


PLACE = ("address", "port", "tls", "fingerprint", "streams", "vantage")
AS_STORED = Device.model_fields.keys() - {*PLACE, "interval_seconds", "state"}
"""The fields that are the endpoint's, and those that are the row's own."""


class Devices(Answer):
    """A page of devices, by name."""

    items: list[Device]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def devices(asked: Asked[DevicesQuery]) -> Devices:
    given = asked.given
    site = sites.find(asked.session, given.site).id if given.site else None
    narrow = Narrow(given.state, given.q, asked.now, site, given.tag)
    found = inventory.page(asked.session, given.after, given.limit + 1, narrow)
    shown = found[: given.limit]
    following = shown[-1].name if len(found) > given.limit else None
    return Devices(items=[_device(row, asked.now) for row in shown], next=following)


def device(asked: Asked[Nothing]) -> Device:
    return _read(asked, DeviceId(asked.ids["device_id"]))


def create(asked: Asked[NewDevice]) -> Device:
    """Add a device. The password is sealed before anything is written: where OpenBao is away nothing is."""
    given = asked.given
    place = endpoints.endpoint(given.address, given.port, given.tls, given.fingerprint, given.streams)
    _allow(asked, endpoints.pinned(place))
    made = domain.Device(
        id=DeviceId(uuid4()),
        tenant_id=asked.principal.tenant_id,
        name=given.name,
        endpoint=place,
        username=given.username,
        secret=asked.seal(given.password.get_secret_value()),
        interval=asked.interval if given.interval_seconds is None else timedelta(seconds=given.interval_seconds),
        collectors_off=frozenset(given.collectors_off),
    )
    _registry(asked).add(made, given.site, given.tags)
    return _read(asked, made.id)


def change(asked: Asked[DeviceChange]) -> Device:
    """Change what is given, and tell the device as it is then; what is given as it was already changes nothing."""
    given, device_id = asked.given, DeviceId(asked.ids["device_id"])
    now = inventory.one(asked.session, device_id).endpoint
    every, password = given.interval_seconds, given.password
    wish = Amendment(
        name=given.name,
        address=given.address,
        port=given.port,
        tls=given.tls,
        fingerprint=given.fingerprint,
        streams=given.streams,
        interval=None if every is None else timedelta(seconds=every),
        username=given.username,
        site=given.site,
        tags=_anew(given.tags),
        collectors_off=_anew(given.collectors_off),
    )
    place = endpoints.pinned(wish.endpoint(now))
    if (place.address, place.port) != (now.address, now.port):
        _allow(asked, place)
    if password is not None:
        wish = replace(wish, secret=asked.seal(password.get_secret_value()))
    _registry(asked).change(asked.principal.tenant_id, device_id, wish)
    return _read(asked, device_id)


def remove(asked: Asked[Nothing]) -> None:
    """Remove a device and its state; what it measured stays until it is too old, what was done to it for good."""
    _registry(asked).remove(asked.principal.tenant_id, DeviceId(asked.ids["device_id"]))


def _anew(words: list[str] | None) -> Words:
    return SAME if words is None else Words.exactly(words)


def _registry(asked: Asked[Any]) -> Registry:
    return Registry(asked.session, asked.author, subjects.of)


def _allow(asked: Asked[Any], place: Endpoint) -> None:
    """Raise EgressDenied for an address outside the tenant's networks; a name is judged when it is resolved."""
    if endpoints.literal(place.address):
        networks = inventory.networks(asked.session.connection()).get(asked.principal.tenant_id, ())
        Egress.of(networks).check(place.address, place.port)


def _read(asked: Asked[Any], device_id: DeviceId) -> Device:
    return _device(inventory.one(asked.session, device_id), asked.now)


def _device(row: DeviceRow, now: datetime) -> Device:
    return Device(
        interval_seconds=row.interval.total_seconds(),
        state=row.shown(now),
        **{name: getattr(row.endpoint, name) for name in PLACE},
        **{name: getattr(row, name) for name in AS_STORED},
    )


ONE = f"{TENANT}/devices/{{device_id}}"

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
            path=f"{TENANT}/devices",
            method="POST",
            summary="Have a device watched",
            takes=NewDevice,
            answer=Device,
            makes=f"{TENANT}/devices/{{id}}",
            scope=Scope.DEVICES_WRITE,
            raises=(Conflict, EgressDenied),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One device",
            takes=Nothing,
            answer=Device,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=device,
        ),
        Route(
            path=ONE,
            method="PATCH",
            summary="Change a device",
            takes=DeviceChange,
            answer=Device,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound, Conflict, EgressDenied),
            handler=change,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a device; its operations stay",
            takes=Nothing,
            answer=None,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
    ),
)
