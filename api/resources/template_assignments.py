"""Where templates are intended to be: for a device, for a site's devices, for those with a tag."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.fields import Tag
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.templatefields import Values
from db import inventory, sites, templates
from db.templates import AssignmentRow, Filled, Target, TemplateRow, Templates
from fleet import templates as rules
from fleet.errors import Conflict, NotFound
from fleet.identity import DeviceId, Scope
from fleet.templates import Kind


class NewTemplateAssignment(Given):
    """For whom a template is intended, one of `device_id`, `site_id` and `tag`, and with which values."""

    device_id: UUID | None = None
    site_id: UUID | None = None
    tag: Tag | None = None
    values: Values = Field({})
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Which version; left out: the newest.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.device_id, self.site_id, self.tag)) != 1:
            raise ValueError("Give one of device_id, site_id and tag.")
        return self


class TemplateAssignment(Answer):
    """What is intended: a version of a template for a device, a site's devices or those with a tag."""

    id: UUID
    template_id: UUID
    version: int
    device_id: UUID | None
    site_id: UUID | None
    tag: str | None
    values: dict[str, str | bool | int] = Field(description="Without those of secrets, which are told by no answer.")
    created_by: str
    created_at: datetime


class TemplateAssignments(Answer):
    """The assignments of a template, the oldest first."""

    items: list[TemplateAssignment]


def listed(asked: Asked[Nothing]) -> TemplateAssignments:
    found = templates.assigned(asked.session, asked.ids["template_id"])
    return TemplateAssignments(items=[_assignment(row) for row in found])


def assign(asked: Asked[NewTemplateAssignment]) -> TemplateAssignment:
    """Intend a version; values of secrets are sealed before anything is written."""
    given = asked.given
    row = templates.version(asked.session, asked.ids["template_id"], given.version)
    _there(asked)
    filled = _filled(asked, row, given.values)
    made = _writer(asked).assign(row, Target(given.device_id, given.site_id, given.tag), filled)
    return next(_assignment(one) for one in templates.assigned(asked.session, row.id) if one.id == made)


def release(asked: Asked[Nothing]) -> None:
    """End an assignment; devices stay as they are."""
    _writer(asked).release(asked.ids["template_id"], asked.ids["assignment_id"])


def _there(asked: Asked[NewTemplateAssignment]) -> None:
    """Refuse a device or a site that the tenant does not have; raises NotFound."""
    given = asked.given
    if given.device_id is not None:
        inventory.one(asked.session, DeviceId(given.device_id))
    if given.site_id is not None:
        sites.one(asked.session, given.site_id)


def _filled(asked: Asked[NewTemplateAssignment], row: TemplateRow, given: Mapping[str, Any]) -> Filled:
    """Check the values by their types, and seal those of secrets; raises BadInput."""
    variables = row.template.variables
    rules.values(variables, given)
    hidden = {one.name: given[one.name] for one in variables if one.kind is Kind.SECRET}
    shown = {name: value for name, value in given.items() if name not in hidden}
    return Filled(shown, asked.seal(json.dumps(hidden)) if hidden else None)


def _writer(asked: Asked[Any]) -> Templates:
    return Templates(asked.session, asked.author, asked.principal.tenant_id)


def _assignment(row: AssignmentRow) -> TemplateAssignment:
    names = ("id", "template_id", "device_id", "site_id", "tag", "created_by", "created_at")
    told = {name: getattr(row, name) for name in names}
    return TemplateAssignment(**told, version=row.number, values=dict(row.variables))


PLACE = f"{TENANT}/templates/{{template_id}}/assignments"

resource = Resource(
    name="template assignments",
    about="Which templates are intended for which devices.",
    routes=(
        Route(
            path=PLACE,
            summary="Where a template is intended to be",
            takes=Nothing,
            answer=TemplateAssignments,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=listed,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Intend a template for a device, a site or a tag",
            takes=NewTemplateAssignment,
            answer=TemplateAssignment,
            makes=f"{PLACE}/{{id}}",
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, Conflict),
            handler=assign,
        ),
        Route(
            path=f"{PLACE}/{{assignment_id}}",
            method="DELETE",
            summary="Intend a template no more; devices stay as they are",
            takes=Nothing,
            answer=None,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound,),
            handler=release,
        ),
    ),
)
