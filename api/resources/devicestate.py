"""How one device is: its state and its silences, and its interfaces."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.times import Instant, instant
from db import inventory, items, latest, planned, silences
from db.inventory import DeviceRow
from db.latest import Latest
from db.ranges import Range
from fleet import families
from fleet.breaker import Position
from fleet.device import State
from fleet.errors import NotFound
from fleet.families import Family
from fleet.identity import DeviceId, Scope
from fleet.resolutions import Resolution

INTERFACES: Final = "interfaces"
"""The family, and the kind of the inventory, of interfaces."""

AGO: Final = timedelta(hours=1)
"""How old the newest reading of an interface may be, at least."""


class StateQuery(Given):
    """Over which range the history is told."""

    start: Instant = Field("now-1d", alias="from")
    end: Instant = Field("now", alias="to")


class What(StrEnum):
    """What a device was in a stretch of time."""

    SILENT = "silent"
    MAINTENANCE = "maintenance"


class Stretch(Answer):
    """A time in which the device answered nothing, or was in maintenance. In all other time it answered."""

    what: What
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


class DeviceState(Answer):
    """How a device is, and when it was otherwise."""

    device_id: UUID
    state: State
    since: datetime | None = Field(description="When the state began.")
    heard_at: datetime | None
    error_code: str | None
    error: str | None
    breaker: Position | None
    attempt: int | None = Field(description="The polls that failed in a row, and this one.")
    next_attempt: datetime | None
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    resolution: Resolution = Field(description="How finely silences are known: none is told that is shorter.")
    history: list[Stretch] = Field(description="By time; a silence may lie within maintenance.")


class Interface(Answer):
    """An interface: what it is, and its newest reading."""

    name: str
    type: str | None
    mac_address: str | None
    comment: str | None
    mtu: int | None
    link: str | None = Field(description="`up`, `down` or `disabled`.")
    at: datetime | None = Field(description="When it was read; null where that is too long ago.")
    values: dict[str, float | None] = Field(
        description="The fields of the family `interfaces` in the newest reading: totals, and rates per second."
    )


class Interfaces(Answer):
    """The interfaces of a device, by name."""

    device_id: UUID
    items: list[Interface]


def state(asked: Asked[StateQuery]) -> DeviceState:
    device = _device(asked)
    spanned = Range(instant(asked.given.start, asked.now), instant(asked.given.end, asked.now))
    heard = silences.read(asked.session, asked.families, device, spanned, asked.now)
    rested = planned.times(asked.session, spanned, {device.id: device.site_id}).get(device.id, ())
    stretches = [Stretch(what=What.SILENT, start=start, end=end) for start, end in heard.silences]
    stretches += [Stretch(what=What.MAINTENANCE, start=start, end=end) for start, end in rested]
    same = ("since", "heard_at", "error_code", "error", "breaker", "attempt", "next_attempt")
    return DeviceState(
        device_id=device.id,
        state=device.shown(asked.now),
        start=spanned.start,
        end=spanned.end,
        resolution=heard.resolution,
        history=sorted(stretches, key=lambda one: (one.start, one.what)),
        **{name: getattr(device, name) for name in same},
    )


def interfaces(asked: Asked[Nothing]) -> Interfaces:
    """Tell the newest reading of each interface, and what the inventory says of it to who may read that."""
    device, family = _device(asked), families.find(asked.families, INTERFACES)
    span = Range(asked.now - max(AGO, 3 * device.interval), asked.now + timedelta(seconds=1))
    names = [column.name for column in family.columns]
    read = {one.labels["interface"]: one for one in latest.latest(asked.session, family, names, span, [device.id])}
    known = _known(asked, device)
    told = [_interface(name, read.get(name), known.get(name, {}), family) for name in sorted({*read, *known})]
    return Interfaces(device_id=device.id, items=told)


def _device(asked: Asked[Any]) -> DeviceRow:
    return inventory.one(asked.session, DeviceId(asked.ids["device_id"]))


def _known(asked: Asked[Any], device: DeviceRow) -> dict[str, Any]:
    """Read what the inventory says of interfaces; nothing for a key that may not read it."""
    if Scope.DEVICES_READ not in asked.principal.scopes:
        return {}
    kinds = items.of_device(asked.session, device.id, items.Narrow(), INTERFACES)
    return {str(one.facts.get("name", one.key)): one.facts for kind in kinds for one in kind.items}


def _interface(name: str, read: Latest | None, facts: dict[str, Any], family: Family) -> Interface:
    values = dict(read.values) if read else {}
    link = values.pop("link", None)
    states = family.field_of("link").states
    return Interface(
        name=name,
        link=None if link is None else states[int(link)],
        at=read and read.time,
        values=values,
        **{fact: facts.get(fact) for fact in ("type", "mac_address", "comment", "mtu")},
    )


ONE = f"{TENANT}/devices/{{device_id}}"

resource = Resource(
    name="device state",
    about="How a device is.",
    routes=(
        Route(
            path=f"{ONE}/state",
            summary="How a device is, and when it was silent or in maintenance",
            takes=StateQuery,
            answer=DeviceState,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=state,
        ),
        Route(
            path=f"{ONE}/interfaces",
            summary="The interfaces of a device with their newest readings",
            takes=Nothing,
            answer=Interfaces,
            scope=Scope.METRICS_READ,
            raises=(NotFound,),
            handler=interfaces,
        ),
    ),
)
