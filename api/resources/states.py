"""The states that a device had: up, down and the others, from when until when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from api.times import Instant, instant
from db import inventory, states
from db.ranges import Range
from db.states import Spell
from fleet.device import State
from fleet.errors import NotFound
from fleet.identity import DeviceId, Scope

MOST = 2000


class StatesQuery(Given):
    """Over which range states are told, and how many."""

    start: Instant = Field("now-7d", alias="from")
    end: Instant = Field("now", alias="to")
    limit: int = Field(500, ge=1, le=MOST, description="At most so many states, the newest.")


class StateSpell(Answer):
    """A time in which the device was in one state."""

    state: State
    start: datetime = Field(serialization_alias="from")
    end: datetime | None = Field(serialization_alias="to", description="Null for the state that it is in.")
    error_code: str | None = Field(description="What was said first of a state that is not well.")
    error: str | None


class DeviceStates(Answer):
    """The states of a device, by time."""

    device_id: UUID
    items: list[StateSpell]


def of_device(asked: Asked[StatesQuery]) -> DeviceStates:
    device = inventory.one(asked.session, DeviceId(asked.ids["device_id"]))
    spanned = Range(instant(asked.given.start, asked.now), instant(asked.given.end, asked.now))
    found = states.spells(asked.session, device.id, spanned, asked.given.limit)
    return DeviceStates(device_id=device.id, items=[_told(spell) for spell in found])


def _told(spell: Spell) -> StateSpell:
    facts = {name: getattr(spell, name) for name in ("state", "error_code", "error")}
    return StateSpell(start=spell.at, end=spell.until, **facts)


resource = Resource(
    name="device states",
    about="The states that a device had.",
    routes=(
        Route(
            path=f"{TENANT}/devices/{{device_id}}/states",
            summary="The states that a device had, by time: a state that was told lasts until the next",
            takes=StatesQuery,
            answer=DeviceStates,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=of_device,
        ),
    ),
)
