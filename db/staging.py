"""The two ways of rows into a metric table: COPY straight in, or by a staging table where some are there already.

ON CONFLICT stands without a target: with one the role would need the right to read.
"""

from __future__ import annotations

from psycopg import sql

from db import metric_tables
from fleet.families import Family


def straight(family: Family) -> sql.Composed:
    """Write the COPY into the family's table."""
    return _copy(family, family.table)


def staged(family: Family) -> sql.Composed:
    """Write the COPY into the staging table, which ``prepare`` makes."""
    return _copy(family, _stage(family))


def prepare(family: Family) -> sql.Composed:
    """Write the statement that makes the session's staging table, empty at every commit."""
    columns = zip(metric_tables.names(family), metric_tables.types(family), strict=True)
    typed = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in columns)
    made = sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} ({}) ON COMMIT DELETE ROWS")
    return made.format(sql.Identifier(_stage(family)), typed)


def merge(family: Family) -> sql.Composed:
    """Write the statement that moves from the staging table what the family's table has not."""
    columns = _columns(family)
    moved = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING")
    return moved.format(sql.Identifier(family.table), columns, columns, sql.Identifier("pg_temp", _stage(family)))


def _copy(family: Family, table: str) -> sql.Composed:
    copied = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)")
    return copied.format(sql.Identifier(table), _columns(family))


def _columns(family: Family) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, metric_tables.names(family)))


def _stage(family: Family) -> str:
    return f"{family.name}_staging"
