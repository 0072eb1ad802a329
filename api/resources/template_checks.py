"""Text of a template that is not saved yet: whether it can be used, and what it says for some devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import Field

from actors.intending import facts
from api.resource import TENANT, Answer, Asked, Resource, Route
from api.templatefields import MANY, TemplatePreview, TemplateText, Values
from db import inventory
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, Scope
from fleet.templates import Template
from routeros import templating


class TemplateDraft(TemplateText):
    """A text as it is being written, and for which devices it is tried."""

    devices: list[UUID] = Field([], max_length=MANY)
    values: Values = Field({})


class TemplateCheck(Answer):
    """What the text says for each device, in the order that was asked for; nothing was saved."""

    items: list[TemplatePreview]


def check(asked: Asked[TemplateDraft]) -> TemplateCheck:
    """Check a text, and write it for some devices; why it cannot be written for one is told there."""
    given = asked.given
    template = given.template("draft", "")
    return TemplateCheck(items=[written(asked, template, device_id, given.values) for device_id in given.devices])


def written(asked: Asked[Any], template: Template, device_id: UUID, values: Mapping[str, Any]) -> TemplatePreview:
    """Write a template for a device, or tell why that cannot be; raises NotFound."""
    device = inventory.one(asked.session, DeviceId(device_id))
    text, error = None, None
    try:
        text = templating.preview(template, values, facts(device))
    except BadInput as wrong:
        error = wrong
    said = (error.message, error.next_step) if error else (None, None)
    return TemplatePreview(device_id=device.id, device=device.name, text=text, error=said[0], next_step=said[1])


resource = Resource(
    name="template checks",
    about="Templates while they are written.",
    routes=(
        Route(
            path=f"{TENANT}/template-check",
            method="POST",
            summary="Check the text of a template, and what it says for some devices, without saving it",
            takes=TemplateDraft,
            answer=TemplateCheck,
            changes=False,
            scope=Scope.CONFIG_READ,
            raises=(NotFound, BadInput),
            handler=check,
        ),
    ),
)
