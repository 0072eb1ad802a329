"""What a tenant has by names of its own: read a page at a time, one by its id, found by its name or its id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, or_, select
from sqlalchemy.orm import Session

from fleet.errors import BadInput, NotFound
from fleet.identity import TenantId

LISTED = 20
"""How many names an error lists."""

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Named(Generic[R]):
    """A kind of thing: its table, what is asked of it and what a row becomes; ``word`` is what people call it.

    ``none`` says, without a full stop, how one comes by the first.
    """

    table: Table
    query: Select[Any]
    row: Callable[..., R]
    word: str
    none: str

    def page(self, session: Session, after: str | None, limit: int) -> list[R]:
        """Read up to ``limit`` of the tenant by name, those behind the name ``after``."""
        query = self.query.order_by(self.table.c.name).limit(limit)
        if after is not None:
            query = query.where(self.table.c.name > after)
        return [self.row(*found) for found in session.execute(query)]

    def one(self, session: Session, its_id: UUID) -> R:
        """Read one; raises NotFound where the tenant has none of that id."""
        found = session.execute(self.query.where(self.table.c.id == its_id)).one_or_none()
        if found is None:
            raise self.missing(its_id)
        return self.row(*found)

    def find(self, session: Session, which: str, tenant_id: TenantId | None = None) -> R:
        """Find one by its name or its id, at the platform's door together with its tenant.

        Raises BadInput that names those there are.
        """
        mine = [] if tenant_id is None else [self.table.c.tenant_id == tenant_id]
        found = session.execute(self.query.where(*mine, or_(self.table.c.name == which, *self._is(which)))).first()
        if found is None:
            names = select(self.table.c.name).where(*mine).order_by(self.table.c.name).limit(LISTED + 1)
            there = session.execute(names).scalars().all()
            raise BadInput(f"There is no {self.word} {which!r}.", choice(there, self.none))
        return self.row(*found)

    def missing(self, its_id: UUID) -> NotFound:
        """Make the error of who asks for one that is not there."""
        return NotFound(f"There is no {self.word} {its_id}.", f"List the tenant's {self.word}s for their ids.")

    def _is(self, which: str) -> list[ColumnElement[bool]]:
        """Write the condition that this is an id, where it can be one."""
        try:
            return [self.table.c.id == UUID(which)]
        except ValueError:
            return []


def choice(there: Sequence[str], none: str) -> str:
    """Tell what may be chosen: the first names of those there are, or ``none``."""
    if not there:
        return f"{none}."
    more = " …" if len(there) > LISTED else ""
    return f"Choose one of: {', '.join(there[:LISTED])}{more}."
