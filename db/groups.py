"""The device groups of a tenant: filters with a name, kept as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from db import operations
from db.grouptables import device_groups as table
from db.named import Named
from db.operations import Author
from db.rules import refusing
from fleet.identity import TenantId


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group: its name, and the filter as it was written."""

    id: UUID
    name: str
    filter: Mapping[str, Any]
    created_by: str
    created_at: datetime


_GROUPS = Named(
    table,
    select(table.c.id, table.c.name, table.c.filter, table.c.created_by, table.c.created_at),
    GroupRow,
    "group",
    "There is none yet: make it (POST …/groups)",
)
page, one, find = _GROUPS.page, _GROUPS.one, _GROUPS.find


@dataclass(frozen=True, slots=True)
class Groups:
    """Writes the groups of a tenant in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def add(self, name: str, written: Mapping[str, Any]) -> UUID:
        """Make a group; raises Conflict where there is one of that name."""
        made = uuid4()
        facts = {
            "id": made,
            "tenant_id": self.tenant_id,
            "name": name,
            "filter": dict(written),
            "created_by": self.author.by,
            "created_at": self.author.at,
        }
        with refusing(self.session):
            self.session.execute(insert(table).values(facts))
        self._tell("group.created", made, name)
        return made

    def change(self, group_id: UUID, name: str | None, written: Mapping[str, Any] | None) -> tuple[str, ...]:
        """Change what is given, and tell which fields are different now. Raises NotFound, Conflict."""
        before = one(self.session, group_id)
        wanted = {"name": name, "filter": None if written is None else dict(written)}
        changed = {field: value for field, value in wanted.items() if value not in (None, getattr(before, field))}
        if not changed:
            return ()
        with refusing(self.session):
            self.session.execute(update(table).where(*self._same(group_id)).values(changed))
        self._tell("group.updated", group_id, name or before.name, tuple(changed))
        return tuple(changed)

    def remove(self, group_id: UUID) -> None:
        """Remove a group; its devices stay. Raises NotFound."""
        name = self.session.execute(delete(table).where(*self._same(group_id)).returning(table.c.name)).scalar()
        if name is None:
            raise _GROUPS.missing(group_id)
        self._tell("group.deleted", group_id, name)

    def _same(self, group_id: UUID) -> tuple[ColumnElement[bool], ...]:
        return (table.c.tenant_id == self.tenant_id, table.c.id == group_id)

    def _tell(self, kind: str, group_id: UUID, name: str, fields: tuple[str, ...] = ()) -> None:
        detail = {"name": name, "fields": list(fields), "group_id": str(group_id)}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))
