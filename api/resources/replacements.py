"""Replacing a device by another one: what of its stored configuration cannot carry over, before anything is done."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from api import configs as shapes
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from db import configs, inventory, items
from db.inventory import DeviceRow
from db.items import Narrow
from db.sealing import SealBroken
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, Scope
from routeros.restore import Hardware, Loss, Port, losses
from routeros.restore.replacement import Why

RADIOS = {"wlan": "/interface/wireless", "wifi": "/interface/wifi", "lte": "/interface/lte"}
"""The menu of each type of interface that not every board has."""


class ReplacementWish(Given):
    """Which device takes the place, and what it is to become."""

    by: UUID = Field(description="The device that takes the place; it must have been polled.")
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="A stored version; the newest if left out.")


class ReplacementLoss(Answer):
    """One thing that does not carry over."""

    why: Why
    menu: str
    what: str
    text: str
    next_step: str


class ReplacementPlan(Answer):
    """What a person has to do beside pushing the stored configuration to the new device."""

    number: int = Field(description="The stored version that this is about.")
    losses: list[ReplacementLoss]


def plan(asked: Asked[ReplacementWish]) -> ReplacementPlan:
    """List what cannot carry over; nothing is sent to a device."""
    given, session = asked.given, asked.session
    old, new = inventory.one(session, DeviceId(asked.ids["device_id"])), inventory.one(session, DeviceId(given.by))
    if old.id == new.id:
        raise BadInput("A device does not replace itself.", "Name the other device in `by`.")
    version = configs.numbered(session, old.id, given.version)
    found = losses(shapes.document(asked, version), _hardware(asked, new))
    return ReplacementPlan(number=version.number, losses=[_told(loss) for loss in found])


def _hardware(asked: Asked[ReplacementWish], new: DeviceRow) -> Hardware:
    """Tell what the new device is, as it was last read; raises BadInput where that is not known yet."""
    kinds = items.of_device(asked.session, new.id, Narrow(), "interfaces")
    ports = [item.facts for kind in kinds for item in kind.items if item.facts.get("default_name")]
    if not ports or new.version is None:
        raise BadInput(f"{new.name} has not told yet what it has.", "Try again once it was polled.")
    types = {str(facts.get("type", "")) for facts in ports}
    return Hardware(
        new.model or "",
        new.version,
        tuple(Port(str(facts["default_name"]), str(facts.get("mac_address") or "")) for facts in ports),
        frozenset(menu for kind, menu in RADIOS.items() if kind in types),
    )


def _told(loss: Loss) -> ReplacementLoss:
    return ReplacementLoss(why=loss.why, menu=loss.menu, what=loss.what, text=loss.text, next_step=loss.next_step)


resource = Resource(
    name="replacements",
    about="Another device in the place of one: its stored configuration is pushed, and the rest is listed.",
    routes=(
        Route(
            path=f"{TENANT}/devices/{{device_id}}/replacement",
            method="POST",
            summary="List what cannot carry over to another device",
            takes=ReplacementWish,
            answer=ReplacementPlan,
            scope=Scope.CONFIG_READ,
            changes=False,
            raises=(NotFound, BadInput, SealBroken),
            handler=plan,
        ),
    ),
)
