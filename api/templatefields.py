"""Templates as REST takes and tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.fields import TEXT
from api.resource import Answer, Given
from fleet.templates import LONGEST, MOST_VARIABLES, Kind, Mode, Template, Variable
from routeros import templating

MOST = 200
MANY = 50
"""For so many devices a template is written at once."""

TemplateName = Annotated[
    str, Field(min_length=1, max_length=120, pattern=r"^\S([^\x00]*\S)?$", description="Used once in a tenant.")
]
Line = Annotated[str, Field(max_length=1000, pattern=TEXT)]
Value = Annotated[str, Field(max_length=4000, pattern=TEXT)] | bool | int
Values = Annotated[
    dict[Annotated[str, Field(max_length=40, pattern=TEXT)], Value],
    Field(max_length=MOST_VARIABLES, description="Values of variables by their names."),
]


class TemplatesQuery(Given):
    """How many templates to list at once."""

    after: str | None = Field(None, max_length=200, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many templates.")


class TemplateVariable(Given):
    """A variable of a template. Without a default a value must be given; a secret has none and is shown to nobody."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    kind: Kind
    about: str = Field("", max_length=300, pattern=TEXT, description="What it is for.")
    default: str | None = Field(None, max_length=4000, pattern=TEXT)
    choices: list[Line] = Field([], max_length=50, description="The only values of a string.")
    least: int | None = Field(None, ge=-(2**53), le=2**53)
    most: int | None = Field(None, ge=-(2**53), le=2**53)

    def variable(self) -> Variable:
        return Variable(**{**self.model_dump(), "choices": tuple(self.choices)})


class TemplateText(Given):
    """The text of a template: console commands with placeholders, its variables, and what it means for a device."""

    mode: Mode = Field(
        Mode.MERGE,
        description="`merge`: its rows are there beside others. `whole`: its menus say this and nothing else.",
    )
    variables: list[TemplateVariable] = Field([], max_length=MOST_VARIABLES)
    text: str = Field(min_length=1, max_length=LONGEST, pattern=TEXT, examples=["/system note\nset note=kept\n"])

    def template(self, name: str, about: str) -> Template:
        """Make the template; raises BadInput where it cannot be used."""
        made = Template(name, about, tuple(one.variable() for one in self.variables), self.text, self.mode)
        templating.inspect(made)
        return made


class NewTemplate(TemplateText):
    """A template and its name."""

    name: TemplateName
    about: str = Field("", max_length=1000, pattern=TEXT)


class TemplatePreviewWish(Given):
    """For which devices a template is written, with which values."""

    devices: list[UUID] = Field(min_length=1, max_length=MANY)
    values: Values = Field({})
    version: int | None = Field(None, ge=1, le=2**31 - 1, description="Which version; left out: the newest.")


class TemplateVariableShown(Answer):
    """A variable of a template."""

    name: str
    kind: Kind
    about: str
    default: str | None
    choices: list[str]
    least: int | None
    most: int | None


class TemplateSummary(Answer):
    """A template in its newest version, without its text."""

    id: UUID
    name: str
    about: str
    version: int
    mode: Mode
    variables: list[TemplateVariableShown]
    created_by: str = Field(description="Who wrote this version.")
    created_at: datetime = Field(description="When it was written.")


class TemplateAnswer(TemplateSummary):
    """A template in one version; a version never changes."""

    text: str


class TemplatePage(Answer):
    """A page of templates, by name."""

    items: list[TemplateSummary]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


class TemplateHistoryQuery(Given):
    """How many versions of a template to list at once."""

    after: int | None = Field(None, ge=1, le=2**31 - 1, description="The `next` of the page before.")
    limit: int = Field(20, ge=1, le=MANY, description="At most so many versions.")


class TemplateHistory(Answer):
    """A page of a template's versions, the newest first."""

    items: list[TemplateAnswer]
    next: int | None = Field(description="Give it as `after` for the next page; null on the last.")


class TemplateStarter(Answer):
    """A template to begin with: make your own of it."""

    name: str
    about: str
    mode: Mode
    variables: list[TemplateVariableShown]
    text: str


class TemplateStarters(Answer):
    """The templates to begin with, by name."""

    items: list[TemplateStarter]


class TemplatePreview(Answer):
    """What a template says for one device, or why it cannot; secrets are masked."""

    device_id: UUID
    device: str
    text: str | None
    error: str | None
    next_step: str | None


class TemplatePreviews(Answer):
    """What a template says for each device, in the order that was asked for."""

    version: int
    items: list[TemplatePreview]
