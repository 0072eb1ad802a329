"""What a device is told to do that is no change of its configuration: restart, and make itself known."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from bus import subjects
from db import errands, inventory
from db.inventory import DeviceRow
from fleet import control
from fleet.control import LONGEST, SHORTEST, USUAL
from fleet.errands import Errand
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import DeviceId, Scope


class RebootWish(Given):
    """Which device is meant, said once more."""

    identity: str = Field(
        min_length=1,
        max_length=64,
        pattern=TEXT,
        examples=["core-1"],
        description="What the device calls itself (/system/identity), typed in as confirmation.",
    )


class IdentifyWish(Given):
    """For how long."""

    seconds: int = Field(USUAL, ge=SHORTEST, le=LONGEST, description="How long it blinks and beeps.")


class Deed(Answer):
    """What was begun. Its outcome is that of the operation of the same id."""

    id: UUID = Field(description="The operation's id.")
    device_id: UUID
    kind: str = Field(description="`device.reboot` or `device.identify`.")
    at: datetime
    expires_at: datetime = Field(description="Where the device was not reached by then, it is not done any more.")


def reboot(asked: Asked[RebootWish]) -> Deed:
    """Have a device restarted; its operation is done once it was seen to be back."""
    row = _device(asked)
    if row.identity is None:
        raise Conflict("The device has not told yet what it calls itself.", "Try again once it was polled.")
    if asked.given.identity != row.identity:
        raise BadInput("That is not what the device calls itself.", "Type its identity exactly as it stands there.")
    place = row.tenant_id, row.id
    return _begin(asked, control.reboot(place, row.identity, asked.author.by, asked.now))


def identify(asked: Asked[IdentifyWish]) -> Deed:
    """Have a device blink and beep for a while."""
    row = _device(asked)
    place = row.tenant_id, row.id
    return _begin(asked, control.identify(place, asked.given.seconds, asked.author.by, asked.now))


def _device(asked: Asked[Any]) -> DeviceRow:
    return inventory.one(asked.session, DeviceId(asked.ids["device_id"]))


def _begin(asked: Asked[Any], errand: Errand) -> Deed:
    """Ask the owner for it; raises Conflict where the same is under way already."""
    if errands.open_of(asked.session, errand.kind, [errand.device_id]):
        raise Conflict("The same is under way with this device already.", "Look at the device's operations.")
    errands.ask(asked.session, [replace(errand, request_id=asked.request_id)], subjects.of)
    return Deed(
        id=errand.id,
        device_id=errand.device_id,
        kind=errand.kind,
        at=errand.at,
        expires_at=errand.expires_at,
    )


ONE = f"{TENANT}/devices/{{device_id}}"
OPERATION = f"{TENANT}/operations/{{id}}"

resource = Resource(
    name="control",
    about="What a device is told to do, by its owner, as an operation.",
    routes=(
        Route(
            path=f"{ONE}/reboot",
            method="POST",
            summary="Restart the device",
            takes=RebootWish,
            answer=Deed,
            makes=OPERATION,
            later=True,
            scope=Scope.DEVICES_CONTROL,
            raises=(NotFound, Conflict, BadInput),
            handler=reboot,
        ),
        Route(
            path=f"{ONE}/identify",
            method="POST",
            summary="Make the device blink and beep",
            takes=IdentifyWish,
            answer=Deed,
            makes=OPERATION,
            later=True,
            scope=Scope.DEVICES_CONTROL,
            raises=(NotFound, Conflict),
            handler=identify,
        ),
    ),
)
