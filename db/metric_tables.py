"""Metric tables from the declared families: the wide table, its one key, its barrier view and its grants.

A table has no grant for the tenant role; ``<family>_view`` is the only way in for it, and shows the rows of
``tenant()`` alone. In native mode a table is partitioned by day (``db.partitions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    make_url,
    text,
)
from sqlalchemy import column as named
from sqlalchemy import table as lightly
from sqlalchemy.schema import CreateTable, conv
from sqlalchemy.sql.expression import ColumnClause, TableClause
from sqlalchemy.types import TypeEngine

from fleet.families import Family, Kind, Storage

KEY = ("time", "tenant_id", "device_id")
"""The columns that every metric table begins with; labels and values follow."""

_TYPES: Mapping[Storage, TypeEngine[float] | TypeEngine[int]] = {
    Storage.DOUBLE: Double(),
    Storage.BIGINT: BigInteger(),
    Storage.SMALLINT: SmallInteger(),
}


def declare(families: Mapping[str, Family], metadata: MetaData) -> dict[str, Table]:
    """Add the table of every family to ``metadata``; returns them by family."""
    return {name: _table(families[name], metadata) for name in sorted(families)}


def create(family: Family) -> list[str]:
    """Write the statements that make a family's table and view, for the owner to run.

    They need the function ``tenant()`` and the roles to be there.
    """
    made = CreateTable(_table(family, MetaData())).compile(dialect=make_url("postgresql+psycopg://").get_dialect()())
    return [str(made).strip(), view(family), *grants(family)]


def view(family: Family) -> str:
    """Write the statement that makes the tenant's view of a family.

    ``tenant()`` stands in a scalar subquery so that it runs once for a query, not once for a row.
    """
    columns = ", ".join(names(family))
    return (
        f"CREATE OR REPLACE VIEW {view_name(family)} WITH (security_barrier) AS "  # noqa: S608
        f"SELECT {columns} FROM {family.table} WHERE tenant_id = (SELECT tenant())"
    )


def grants(family: Family) -> list[str]:
    """Write the grants of a family: the tenant role reads the view, ingest inserts, the platform reads."""
    return [
        f"GRANT SELECT ON {view_name(family)} TO flotilla_app",
        f"GRANT INSERT ON {family.table} TO flotilla_ingest",
        f"GRANT SELECT ON {family.table} TO flotilla_platform",
    ]


def view_name(family: Family) -> str:
    """Tell the name of the view through which tenants read."""
    return f"{family.name}_view"


def names(family: Family) -> tuple[str, ...]:
    """Tell all columns of a family's table in their order."""
    return (*KEY, *family.labels, *(column.name for column in family.columns))


def types(family: Family) -> tuple[str, ...]:
    """Tell the types of those columns, as SQL writes them."""
    values = (column.storage.value for column in family.columns)
    return ("timestamptz", "uuid", "uuid", *("text" for _ in family.labels), *values)


def readable(family: Family) -> TableClause:
    """Make the tenant's view something that a query can be built upon."""
    return lightly(view_name(family), *_named(family))


def stored(family: Family) -> TableClause:
    """Make the table itself something that a query of the platform can be built upon."""
    return lightly(family.table, *_named(family))


def _named(family: Family) -> Iterable[ColumnClause[Any]]:
    return (named(column.name, column.type) for column in _columns(family))


def _table(family: Family, metadata: MetaData) -> Table:
    return Table(
        family.table,
        metadata,
        *_columns(family),
        UniqueConstraint("device_id", "time", *family.labels, name=conv(f"{family.table}_key")),
        *_checks(family),
        postgresql_partition_by="RANGE (time)",
    )


def _columns(family: Family) -> list[Column[Any]]:
    key: list[Column[Any]] = [
        Column("time", DateTime(timezone=True), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("device_id", Uuid(), nullable=False),
    ]
    labels = [Column(name, Text(), nullable=False, server_default=text("''")) for name in family.labels]
    return key + labels + [Column(c.name, _TYPES[c.storage]) for c in family.columns]


def _checks(family: Family) -> list[CheckConstraint]:
    return [
        CheckConstraint(
            f"{field.name} BETWEEN 0 AND {len(field.states) - 1}",
            name=conv(f"{family.table}_{field.name}_range"),
        )
        for field in family.fields
        if field.kind is Kind.STATE
    ]
