"""Metric tables from the declared families: raw rows and roll-ups, their one key, their barrier views, their grants.

A table has no grant for the tenant role; its view is the only way in for it, and shows the rows of ``tenant()``
alone. In native mode a table is partitioned by time (``db.partitions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Integer,
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

from fleet import resolutions
from fleet.families import Family, Kind
from fleet.resolutions import ROWS, Resolution
from fleet.retention import Mode

KEY = ("time", "tenant_id", "device_id")
"""The columns that every metric table begins with; labels and values follow."""

_TYPES: Mapping[str, TypeEngine[float] | TypeEngine[int]] = {
    "double precision": Double(),
    "real": REAL(),
    "bigint": BigInteger(),
    "integer": Integer(),
    "smallint": SmallInteger(),
}


def declare(families: Mapping[str, Family], metadata: MetaData) -> dict[str, Table]:
    """Add the tables of every family to ``metadata``; returns them by name."""
    made = (_table(families[name], resolution, metadata) for name in sorted(families) for resolution in Resolution)
    return {each.name: each for each in made}


def create(family: Family) -> list[str]:
    """Write the statements that make a family's tables and views, for the owner to run.

    They need the function ``tenant()`` and the roles to be there.
    """
    return [statement for resolution in Resolution for statement in _create(family, resolution)]


def table(family: Family, resolution: Resolution = Resolution.RAW, mode: Mode = Mode.NATIVE) -> str:
    """Write the statement that makes a table."""
    made = CreateTable(_table(family, resolution, MetaData(), mode))
    return str(made.compile(dialect=make_url("postgresql+psycopg://").get_dialect()())).strip()


def view(family: Family, resolution: Resolution = Resolution.RAW) -> str:
    """Write the statement that makes the tenant's view of a table.

    ``tenant()`` stands in a scalar subquery so that it runs once for a query, not once for a row. TimescaleDB looks
    its answer up among the segments of a columnstore, too; rows that are not there yet would call a bare one each.
    """
    columns = ", ".join(names(family, resolution))
    return (
        f"CREATE OR REPLACE VIEW {view_name(family, resolution)} WITH (security_barrier) AS "  # noqa: S608
        f"SELECT {columns} FROM {table_name(family, resolution)} WHERE tenant_id = (SELECT tenant())"
    )


def grants(family: Family, resolution: Resolution = Resolution.RAW) -> list[str]:
    """Write the grants of a table: tenants read the view, ingest adds raw rows, the platform reads and rolls up."""
    granted = table_name(family, resolution)
    computed = resolution is not Resolution.RAW
    return [
        f"GRANT SELECT ON {view_name(family, resolution)} TO flotilla_app, flotilla_reader",
        f"GRANT SELECT ON {granted} TO flotilla_platform",
        *([] if computed else [f"GRANT INSERT ON {granted} TO flotilla_ingest"]),
        *([f"GRANT {word} ON {granted} TO flotilla_platform" for word in ("INSERT", "UPDATE")] if computed else []),
    ]


def table_name(family: Family, resolution: Resolution = Resolution.RAW) -> str:
    """Tell the name of the table that holds a family at a resolution."""
    return family.table if resolution is Resolution.RAW else f"{family.name}_{resolution}"


def view_name(family: Family, resolution: Resolution = Resolution.RAW) -> str:
    """Tell the name of the view through which tenants read that table."""
    return f"{family.name}_view" if resolution is Resolution.RAW else f"{family.name}_{resolution}_view"


def names(family: Family, resolution: Resolution = Resolution.RAW) -> tuple[str, ...]:
    """Tell all columns of a table in their order."""
    return (*KEY, *family.labels, *(name for name, _ in _values(family, resolution)))


def types(family: Family, resolution: Resolution = Resolution.RAW) -> tuple[str, ...]:
    """Tell the types of those columns, as SQL writes them."""
    values = (kind for _, kind in _values(family, resolution))
    return ("timestamptz", "uuid", "uuid", *("text" for _ in family.labels), *values)


def readable(family: Family, resolution: Resolution = Resolution.RAW) -> TableClause:
    """Make the tenant's view something that a query can be built upon."""
    return lightly(view_name(family, resolution), *_named(family, resolution))


def stored(family: Family, resolution: Resolution = Resolution.RAW) -> TableClause:
    """Make the table itself something that a query of the platform can be built upon."""
    return lightly(table_name(family, resolution), *_named(family, resolution))


def _create(family: Family, resolution: Resolution) -> Iterator[str]:
    yield table(family, resolution)
    yield view(family, resolution)
    yield from grants(family, resolution)


def _named(family: Family, resolution: Resolution) -> Iterable[ColumnClause[Any]]:
    return (named(column.name, column.type) for column in _columns(family, resolution))


def _table(family: Family, resolution: Resolution, metadata: MetaData, mode: Mode = Mode.NATIVE) -> Table:
    name = table_name(family, resolution)
    return Table(
        name,
        metadata,
        *_columns(family, resolution),
        UniqueConstraint("device_id", "time", *family.labels, name=conv(f"{name}_key")),
        *(_checks(family) if resolution is Resolution.RAW else ()),
        postgresql_partition_by="RANGE (time)" if mode is Mode.NATIVE else None,
    )


def _columns(family: Family, resolution: Resolution) -> list[Column[Any]]:
    key: list[Column[Any]] = [
        Column("time", DateTime(timezone=True), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("device_id", Uuid(), nullable=False),
    ]
    labels = [Column(name, Text(), nullable=False, server_default=text("''")) for name in family.labels]
    values = [Column(name, _TYPES[kind], nullable=name != ROWS) for name, kind in _values(family, resolution)]
    return key + labels + values


def _values(family: Family, resolution: Resolution) -> Iterator[tuple[str, str]]:
    """Yield the columns behind the labels, with their types."""
    if resolution is Resolution.RAW:
        yield from ((column.name, column.storage.value) for column in family.columns)
        return
    yield ROWS, "integer"
    yield from ((part.name, part.type) for part in resolutions.parts(family))


def _checks(family: Family) -> list[CheckConstraint]:
    return [
        CheckConstraint(
            f"{field.name} BETWEEN 0 AND {len(field.states) - 1}",
            name=conv(f"{family.table}_{field.name}_range"),
        )
        for field in family.fields
        if field.kind is Kind.STATE
    ]
