"""What a push is to do, as REST takes it."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from api.fields import TEXT
from api.resource import Answer, Given
from api.templatefields import Values
from fleet.pushes import LASTS, LONGEST

LONGEST_TEXT = 500_000


class PushOverride(Given):
    """A person's word that this may be done although it may cut the path to the device, or no net can be had."""

    name: str = Field(min_length=1, max_length=255, pattern=TEXT, description="The device's identity, written out.")
    reason: str = Field(min_length=3, max_length=500, pattern=TEXT)


class PushTemplate(Given):
    """A template, written for the device."""

    id: UUID
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Which version; left out: the newest.")
    values: Values = Field({})


class PushText(Given):
    """What is to be pushed: one of `commands`, `desired`, `version`, `template` and `drift`."""

    commands: str | None = Field(
        None, min_length=1, max_length=LONGEST_TEXT, description="Console text: add, set, unset, remove, move."
    )
    desired: str | None = Field(
        None, min_length=1, max_length=LONGEST_TEXT, description="What `menus` are to hold, as an export writes it."
    )
    version: int | None = Field(None, ge=1, description="The number of a stored version of this device.")
    template: PushTemplate | None = None
    drift: bool = Field(False, description="Take the device back to all that is intended of it.")
    menus: list[str] = Field([], max_length=100, description="The menus that `desired` or `version` is about.")


class NewPush(PushText):
    """A push, and how it is to be done."""

    override: PushOverride | None = None
    wait_seconds: int = Field(
        int(LASTS.total_seconds()),
        ge=60,
        le=int(LONGEST.total_seconds()),
        description="How long it waits for a device that is not reached.",
    )


class PushRisk(Answer):
    """One way in which a line may cut the path to the device."""

    kind: str
    line: str
    why: str
    next_step: str
