"""Every row that is a tenant's, in words, to be compared before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg import sql

Rows = Mapping[str, frozenset[str]]

_TABLES = """
    SELECT c.relname, EXISTS (
        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    )
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
_USERS = "SELECT user_id::text FROM memberships WHERE tenant_id = %s"
_OWN = "SELECT {name}, t::text FROM {table} t WHERE tenant_id = %(tenant)s"
_NAMED = "SELECT {name}, t::text FROM {table} t WHERE t::text LIKE ANY(%(named)s)"


class Witness:
    """Sees all rows of a tenant; of a table without ``tenant_id`` those that name the tenant or its people."""

    def __init__(self, admin_url: str, tenant_id: UUID) -> None:
        self._connection = psycopg.connect(admin_url, autocommit=True)
        people = [row[0] for row in self._connection.execute(_USERS, (tenant_id,))]
        self._whose = {"tenant": tenant_id, "named": [f"%{word}%" for word in (str(tenant_id), *people)]}
        tables = self._connection.execute(_TABLES).fetchall()
        self._every = sql.SQL(" UNION ALL ").join(_of(*one) for one in tables)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def look(self) -> Rows:
        """Read them all, by table."""
        found: dict[str, set[str]] = {}
        for table, row in self._connection.execute(self._every, self._whose):
            found.setdefault(table, set()).add(row)
        return {table: frozenset(rows) for table, rows in found.items()}


def rows(admin_url: str, tenant_id: UUID) -> Rows:
    """Read all rows of a tenant once."""
    with Witness(admin_url, tenant_id) as witness:
        return witness.look()


def changes(before: Rows, after: Rows) -> Iterator[str]:
    """Tell what came and went."""
    for table in sorted(before.keys() | after.keys()):
        then, now = before.get(table, frozenset()), after.get(table, frozenset())
        yield from (f"{table} lost {row}" for row in sorted(then - now))
        yield from (f"{table} gained {row}" for row in sorted(now - then))


def _of(table: str, owned: bool) -> Any:
    rule = _OWN if owned else _NAMED
    return sql.SQL(rule).format(name=sql.Literal(table), table=sql.Identifier(table))
