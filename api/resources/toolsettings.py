"""Which commands a tenant lets its administrators ask devices, beyond those that all who control devices may."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import toolsettings
from fleet.identity import Right, Scope
from routeros.inquiry import EXTRAS


def _known(commands: list[str]) -> list[str]:
    """Let commands through that there are; raises ValueError."""
    if odd := [command for command in commands if command not in EXTRAS]:
        raise ValueError(f"{odd[0]!r} is none of them; choose among {', '.join(sorted(EXTRAS))}")
    return sorted(set(commands))


Commands = Annotated[
    list[Annotated[str, Field(max_length=100, json_schema_extra={"enum": sorted(EXTRAS)})]],
    Field(max_length=50, description="All that are allowed from now on."),
    AfterValidator(_known),
]


class ToolChange(Given):
    """What is to be allowed."""

    allowed: Commands


class ToolCommand(Answer):
    """A command that a tenant may allow."""

    command: str
    warning: str = Field(description="What it does to the device meanwhile.")
    allowed: bool


class ToolSettings(Answer):
    """What is allowed, and who said so."""

    commands: list[ToolCommand]
    changed_at: datetime | None = Field(description="Null where nobody ever said anything: then none is allowed.")
    changed_by: str | None


def settings(asked: Asked[Nothing]) -> ToolSettings:
    return _told(asked)


def change(asked: Asked[ToolChange]) -> ToolSettings:
    toolsettings.write(asked.session, asked.author, asked.principal.tenant_id, asked.given.allowed)
    return _told(asked)


def _told(asked: Asked[Nothing] | Asked[ToolChange]) -> ToolSettings:
    found = toolsettings.read(asked.session)
    commands = [
        ToolCommand(command=name, warning=extra.warning, allowed=name in found.extras)
        for name, extra in sorted(EXTRAS.items())
    ]
    return ToolSettings(commands=commands, changed_at=found.changed_at, changed_by=found.changed_by)


PLACE = f"{TENANT}/tools"

resource = Resource(
    name="tool settings",
    about="Commands that only ask but cost a device something: who may use them is the tenant's to say.",
    routes=(
        Route(
            path=PLACE,
            summary="What administrators may ask beyond the usual",
            takes=Nothing,
            answer=ToolSettings,
            scope=Scope.DEVICES_CONTROL,
            handler=settings,
        ),
        Route(
            path=PLACE,
            method="PATCH",
            summary="Say what administrators may ask beyond the usual",
            takes=ToolChange,
            answer=ToolSettings,
            scope=Right.TOOLS,
            handler=change,
        ),
    ),
)
