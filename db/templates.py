"""The templates of a tenant: versions that never change, and where they are intended to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Uuid, and_, any_, delete, func, insert, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import operations
from db.inventory import DeviceRow
from db.named import Named
from db.operations import Author
from db.rules import refusing
from db.templatetables import template_assignments as assignments
from db.templatetables import template_versions as versions
from db.templatetables import templates as table
from fleet.errors import NotFound
from fleet.identity import TenantId
from fleet.templates import Mode, Template, Variable, kept


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template in one of its versions; by itself in the newest."""

    id: UUID
    name: str
    about: str
    number: int
    mode: str
    variables: Sequence[Mapping[str, Any]]
    text: str = field(repr=False)
    created_by: str
    created_at: datetime

    @property
    def template(self) -> Template:
        return Template(self.name, self.about, kept(self.variables), self.text, Mode(self.mode))


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """What is intended for a device, a site's devices or those with a tag; its secrets are told to nobody here."""

    id: UUID
    template_id: UUID
    number: int
    device_id: UUID | None
    site_id: UUID | None
    tag: str | None
    variables: Mapping[str, Any]
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """For whom a template is intended: one of the three."""

    device_id: UUID | None = None
    site_id: UUID | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """A template in the version that is intended for somebody, with its values; those of secrets are not told."""

    row: TemplateRow
    target: Target
    variables: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of a template's variables; the secret ones are one sealed JSON object."""

    variables: Mapping[str, Any]
    secrets: str | None = field(default=None, repr=False)


_SHOWN = (
    *(table.c.id, table.c.name, table.c.about),
    *(versions.c.number, versions.c.mode, versions.c.variables, versions.c.text),
    *(versions.c.created_by, versions.c.created_at),
)
_OF = and_(versions.c.tenant_id == table.c.tenant_id, versions.c.template_id == table.c.id)
_ALL = select(*_SHOWN).join_from(table, versions, _OF)
_OTHER = versions.alias("other")
_NEWEST = (
    select(func.max(_OTHER.c.number))
    .where(_OTHER.c.tenant_id == table.c.tenant_id, _OTHER.c.template_id == table.c.id)
    .correlate(table)
    .scalar_subquery()
)

_TEMPLATES = Named(
    table,
    _ALL.where(versions.c.number == _NEWEST),
    TemplateRow,
    "template",
    "There is none yet: make it (POST …/templates, or flotilla template add)",
)
page, one, find = _TEMPLATES.page, _TEMPLATES.one, _TEMPLATES.find


def version(session: Session, template_id: UUID, number: int | None) -> TemplateRow:
    """Read a template in one version, None: in the newest. Raises NotFound."""
    newest = one(session, template_id)
    if number is None or number == newest.number:
        return newest
    found = session.execute(_ALL.where(table.c.id == template_id, versions.c.number == number)).one_or_none()
    if found is None:
        message = f"The template {newest.name} has no version {number}."
        raise NotFound(message, f"Its newest is {newest.number}.")
    return TemplateRow(*found)


def history(session: Session, template_id: UUID, before: int | None, limit: int) -> list[TemplateRow]:
    """Read up to ``limit`` versions of a template from the newest on, those before a number. Raises NotFound."""
    one(session, template_id)
    query = _ALL.where(table.c.id == template_id).order_by(versions.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(versions.c.number < before)
    return [TemplateRow(*row) for row in session.execute(query)]


def assigned(session: Session, template_id: UUID) -> list[AssignmentRow]:
    """Read the assignments of a template, the oldest first. Raises NotFound."""
    one(session, template_id)
    columns = [assignments.c[name] for name in AssignmentRow.__dataclass_fields__]
    found = select(*columns).where(assignments.c.template_id == template_id)
    return [
        AssignmentRow(*row) for row in session.execute(found.order_by(assignments.c.created_at, assignments.c.id))
    ]


def counts(session: Session) -> dict[UUID, int]:
    """Tell of each template that is intended for somebody how many assignments it has."""
    columns = assignments.c
    query = select(columns.template_id, func.count()).group_by(columns.template_id)
    return dict(row for row in session.execute(query))


def intents(session: Session, devices: Sequence[DeviceRow]) -> list[Intent]:
    """Read all that is intended of some devices, by the templates' names; of one template the oldest first."""
    columns = assignments.c
    mine = and_(columns.tenant_id == table.c.tenant_id, columns.template_id == table.c.id)
    of = and_(mine, columns.number == versions.c.number)
    told = (columns.device_id, columns.site_id, columns.tag, columns.variables)
    whose = or_(
        columns.device_id == any_(literal([one.id for one in devices], ARRAY(Uuid))),
        columns.site_id.in_({one.site_id for one in devices if one.site_id is not None}),
        columns.tag.in_({tag for one in devices for tag in one.tags}),
    )
    query = _ALL.add_columns(*told).join(assignments, of).where(whose)
    found = session.execute(query.order_by(table.c.name, columns.created_at, columns.id))
    return [Intent(TemplateRow(*row[: len(_SHOWN)]), Target(*row[-4:-1]), row[-1]) for row in found]


@dataclass(frozen=True, slots=True)
class Templates:
    """Writes the templates of a tenant in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def add(self, template: Template) -> UUID:
        """Make a template, its first version with it; raises Conflict where there is one of that name."""
        made = uuid4()
        facts = {"id": made, "tenant_id": self.tenant_id, "name": template.name, "about": template.about}
        with refusing(self.session):
            self.session.execute(insert(table).values({**facts, **self._signed()}))
            self._version(made, 1, template)
        self._tell("template.created", made, template.name, 1)
        return made

    def amend(self, template_id: UUID, template: Template) -> int:
        """Add a version, and tell its number; the same as the newest is none. Raises NotFound, Conflict."""
        newest = one(self.session, template_id)
        now = newest.template
        if (now.text, now.variables, now.mode) == (template.text, template.variables, template.mode):
            return newest.number
        number = newest.number + 1
        with refusing(self.session):
            self._version(template_id, number, template)
        self._tell("template.updated", template_id, newest.name, number)
        return number

    def remove(self, template_id: UUID) -> None:
        """Remove a template with its versions and assignments; devices stay as they are. Raises NotFound."""
        gone = delete(table).where(table.c.tenant_id == self.tenant_id, table.c.id == template_id)
        name = self.session.execute(gone.returning(table.c.name)).scalar()
        if name is None:
            raise _TEMPLATES.missing(template_id)
        self._tell("template.deleted", template_id, name, None)

    def assign(self, row: TemplateRow, target: Target, filled: Filled) -> UUID:
        """Intend a version for somebody; raises Conflict where one is intended there already, BadInput."""
        made = uuid4()
        facts: dict[str, Any] = {"id": made, "tenant_id": self.tenant_id, "template_id": row.id}
        facts |= {"number": row.number, "variables": dict(filled.variables), "secrets": filled.secrets}
        facts |= {"device_id": target.device_id, "site_id": target.site_id, "tag": target.tag}
        with refusing(self.session):
            self.session.execute(insert(assignments).values({**facts, **self._signed()}))
        self._tell("template.assigned", row.id, row.name, row.number)
        return made

    def release(self, template_id: UUID, assignment_id: UUID) -> None:
        """End an assignment; devices stay as they are. Raises NotFound."""
        row = one(self.session, template_id)
        gone = delete(assignments).where(*self._same(template_id, assignment_id)).returning(assignments.c.id)
        if self.session.execute(gone).scalar() is None:
            message = f"The template {row.name} has no assignment {assignment_id}."
            raise NotFound(message, "List its assignments for their ids.")
        self._tell("template.released", template_id, row.name, None)

    def _same(self, template_id: UUID, assignment_id: UUID) -> tuple[ColumnElement[bool], ...]:
        columns = assignments.c
        mine = (columns.tenant_id == self.tenant_id, columns.template_id == template_id)
        return (*mine, columns.id == assignment_id)

    def _version(self, template_id: UUID, number: int, template: Template) -> None:
        facts: dict[str, Any] = {"tenant_id": self.tenant_id, "template_id": template_id, "number": number}
        facts |= {"mode": template.mode.value, "text": template.text}
        facts |= {"variables": _stored(template.variables)}
        self.session.execute(insert(versions).values({**facts, **self._signed()}))

    def _signed(self) -> dict[str, Any]:
        return {"created_by": self.author.by, "created_at": self.author.at}

    def _tell(self, kind: str, template_id: UUID, name: str, number: int | None) -> None:
        detail: dict[str, object] = {"name": name, "template_id": str(template_id)}
        detail |= {} if number is None else {"version": number}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _stored(variables: Sequence[Variable]) -> list[dict[str, Any]]:
    return [variable.stored() for variable in variables]
