"""The devices of a tenant and what is known of each; made, changed and removed by those who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api import cursors, logins
from api.devices import Device, DeviceChange, NewDevice, allow, egress, look, registry, told
from api.meant import MeantQuery, filters
from api.problems import Invalid
from api.resource import TENANT, Answer, Asked, Nothing, Resource, Route
from db import facets, inventory, listing
from db.listing import INSTANTS, NEEDED, Order, Place, Sort
from db.registry import New
from fleet import endpoints
from fleet.device import Endpoint, State, TlsMode
from fleet.egress import Egress
from fleet.endpoints import BadField
from fleet.errors import Conflict, EgressDenied, NotFound, TooMany
from fleet.identity import DeviceId, Scope
from routeros.errors import TimedOut, Unreachable

MOST = 500
SORTS = r"^-?(" + "|".join(Sort) + ")$"


class DevicesQuery(MeantQuery):
    """Which devices to list, in which order, and how many at once. Words of a list have commas between them."""

    after: str | None = Field(
        None, max_length=cursors.LONGEST, pattern=cursors.PATTERN, description="The `next` of the page before."
    )
    limit: int = Field(100, ge=1, le=MOST, description="At most so many devices.")
    sort: str = Field(
        "name",
        pattern=SORTS,
        examples=["-heard_at"],
        description="What they are put in order by; with a minus the other way round. States begin with what is "
        "worst, and what a device has not comes first.",
    )


class Devices(Answer):
    """A page of devices, in the order that was asked for."""

    items: list[Device]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class Count(Answer):
    """How many devices have a value."""

    value: str | None = Field(description="Null stands for those that have none.")
    id: UUID | None = Field(description="Of a site.")
    devices: int


class Summary(Answer):
    """How many devices there are of each kind, the most frequent first; up to 500 values are told of each."""

    devices: int
    heard_at: datetime | None = Field(description="When one of them was last heard.")
    states: dict[State, int]
    sites: list[Count]
    tags: list[Count]
    models: list[Count]
    versions: list[Count]


def devices(asked: Asked[DevicesQuery]) -> Devices:
    """List devices. All pages of a list tell states of the instant of the first, so that none is missed by it."""
    given = asked.given
    sort, descending = Sort(given.sort.removeprefix("-")), given.sort.startswith("-")
    order, after = _begun(given.after, Order(asked.now, sort, descending))
    wanted = filters(asked.session, given, order.now)
    found = listing.page(asked.session, wanted, order, after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else _cursor(listing.place(last, order), order)
    return Devices(items=[told(row, asked.now) for row in shown], next=following)


def _cursor(place: Place, order: Order) -> str:
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    return cursors.write([_named(order), value, place.name, order.now.isoformat()])


def _begun(cursor: str | None, order: Order) -> tuple[Order, Place | None]:
    """Tell where a page begins, in the order of its cursor; raises BadInput for a cursor of another."""
    if cursor is None:
        return order, None
    named, value, name, now = cursors.read(cursor, 4)
    if named != _named(order) or name is None or (value is None and order.sort in NEEDED):
        raise cursors.wrong()
    since = cursors.instant(value) if value is not None and order.sort in INSTANTS else value
    return replace(order, now=cursors.instant(now)), Place(since, name)


def _named(order: Order) -> str:
    return f"{'-' if order.descending else ''}{order.sort}"


def summary(asked: Asked[MeantQuery]) -> Summary:
    """Count the devices that are meant."""
    found = facets.count(asked.session, filters(asked.session, asked.given, asked.now), asked.now)
    return Summary(
        devices=found.devices,
        heard_at=found.heard_at,
        states=dict(found.states),
        **{name: [_facet(one) for one in getattr(found, name)] for name in ("sites", "tags", "models", "versions")},
    )


def _facet(one: facets.Facet) -> Count:
    return Count(value=one.value, id=one.id, devices=one.devices)


def device(asked: Asked[Nothing]) -> Device:
    return _read(asked, DeviceId(asked.ids["device_id"]))


def create(asked: Asked[NewDevice]) -> Device:
    """Add a device. The password is sealed before anything is written: where OpenBao is away nothing is."""
    given, tenant_id = asked.given, asked.principal.tenant_id
    if wrong := logins.faults(given):
        raise Invalid(wrong)
    profiles, allowed = logins.profiles(asked.session, tenant_id, [given]), egress(asked)
    place = _seen(asked, allowed) if given.probe or given.trust else endpoints.pinned(given.endpoint())
    allow(place, allowed)
    sealed = None if given.password is None else asked.seal(given.password.get_secret_value())
    login = logins.made(given, sealed, profiles)
    made = given.device(tenant_id, place, login, asked.interval)
    trusted = given.trust and given.fingerprint is None
    registry(asked).add(New(made, given.site, tuple(given.tags), trusted))
    return _read(asked, made.id)


def _seen(asked: Asked[NewDevice], allowed: Egress) -> Endpoint:
    """Look at the device, without a credential; raises why it cannot be entered as it is meant."""
    place, trust = asked.given.endpoint(), asked.given.trust
    if trust and place.tls is not TlsMode.PIN:
        raise BadField("trust", f"There is nothing to trust in tls {place.tls}.", "Give tls pin, or no trust.")
    allow(place, allowed)
    (sight,) = look(asked, [place], allowed)
    if sight.error is not None:
        raise sight.error
    if place.tls is not TlsMode.PIN or place.fingerprint is not None:
        return place
    if not trust or sight.fingerprint is None:
        advice = "Compare it with the device's own (/certificate/print detail), then give it as fingerprint."
        raise BadField("fingerprint", f"{place} shows {sight.fingerprint}, which nobody has accepted yet.", advice)
    return replace(place, fingerprint=sight.fingerprint)


def change(asked: Asked[DeviceChange]) -> Device:
    """Change what is given, and tell the device as it is then; what is given as it was already changes nothing."""
    given, device_id = asked.given, DeviceId(asked.ids["device_id"])
    now = inventory.one(asked.session, device_id).endpoint
    wish, password = given.wish(), given.password
    place = endpoints.pinned(wish.endpoint(now))
    if (place.address, place.port) != (now.address, now.port):
        allow(place, egress(asked))
    if password is not None:
        wish = replace(wish, secret=asked.seal(password.get_secret_value()))
    registry(asked).change(asked.principal.tenant_id, device_id, wish)
    return _read(asked, device_id)


def remove(asked: Asked[Nothing]) -> None:
    """Remove a device and its state; what it measured stays until it is too old, what was done to it for good."""
    registry(asked).remove(asked.principal.tenant_id, DeviceId(asked.ids["device_id"]))


def _read(asked: Asked[Any], device_id: DeviceId) -> Device:
    return told(inventory.one(asked.session, device_id), asked.now)


ONE = f"{TENANT}/devices/{{device_id}}"

resource = Resource(
    name="devices",
    about="The routers of a tenant.",
    routes=(
        Route(
            path=f"{TENANT}/devices",
            summary="The devices in an order, a page at a time",
            takes=DevicesQuery,
            answer=Devices,
            scope=Scope.DEVICES_READ,
            handler=devices,
        ),
        Route(
            path=f"{TENANT}/devices/summary",
            summary="How many devices there are of each state, site, tag, model and version",
            takes=MeantQuery,
            answer=Summary,
            scope=Scope.DEVICES_READ,
            handler=summary,
        ),
        Route(
            path=f"{TENANT}/devices",
            method="POST",
            summary="Have a device watched",
            takes=NewDevice,
            answer=Device,
            makes=f"{TENANT}/devices/{{id}}",
            scope=Scope.DEVICES_WRITE,
            raises=(Conflict, EgressDenied, TooMany, Unreachable, TimedOut),
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
