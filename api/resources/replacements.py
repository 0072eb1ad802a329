"""Replacing a device by another one: what of its stored configuration cannot carry over, before anything is done."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from api import configs as shapes
from api import replacing
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from db import configs, inventory
from db.sealing import SealBroken
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, Scope
from routeros.restore import Loss, losses
from routeros.restore.reduced import reduce
from routeros.restore.replacement import Why


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
    script: str = Field(description="Commands for a push to the new device; what is left out stands in comments.")
    secrets: bool = Field(description="Whether secrets stand in the script; else they are masked.")


def plan(asked: Asked[ReplacementWish]) -> ReplacementPlan:
    """List what cannot carry over, and write what can; nothing is sent to a device."""
    return _planned(asked, secrets=False)


def reveal(asked: Asked[ReplacementWish]) -> ReplacementPlan:
    """Show the script with its secrets; the audit log says who saw it."""
    return _planned(asked, secrets=True)


def _planned(asked: Asked[ReplacementWish], *, secrets: bool) -> ReplacementPlan:
    given, session = asked.given, asked.session
    old, new = inventory.one(session, DeviceId(asked.ids["device_id"])), inventory.one(session, DeviceId(given.by))
    if old.id == new.id:
        raise BadInput("A device does not replace itself.", "Name the other device in `by`.")
    version = configs.numbered(session, old.id, given.version)
    document, hardware = shapes.document(asked, version), replacing.hardware(session, new)
    reduced = reduce(document, hardware)
    return ReplacementPlan(
        number=version.number,
        losses=[_told(loss) for loss in losses(document, hardware)],
        script=shapes.shown(reduced.text() if secrets else reduced.masked()),
        secrets=secrets,
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
            summary="What cannot carry over to another device, and the script of what can",
            takes=ReplacementWish,
            answer=ReplacementPlan,
            scope=Scope.CONFIG_READ,
            changes=False,
            raises=(NotFound, BadInput, SealBroken),
            handler=plan,
        ),
        Route(
            path=f"{TENANT}/devices/{{device_id}}/replacement/reveal",
            method="POST",
            summary="The script for another device with its secrets; the audit log says who saw it",
            takes=ReplacementWish,
            answer=ReplacementPlan,
            scope=Scope.CONFIG_SECRETS,
            once=True,
            raises=(NotFound, BadInput, SealBroken),
            handler=reveal,
        ),
    ),
)
