"""The two ways of rows into a metric table: COPY straight in, or by a staging table where some are there already.

ON CONFLICT stands without a target: with one the role would need the right to read. Statements are written once: to
quote thirty names takes as long as to send a thousand rows.
"""

from __future__ import annotations

from functools import cache

from psycopg import sql

from db import metric_tables
from fleet.families import Family


@cache
def straight(family: Family) -> bytes:
    """Write the COPY into the family's table."""
    return _copy(family, family.table)


@cache
def staged(family: Family) -> bytes:
    """Write the COPY into the staging table, which ``prepare`` makes."""
    return _copy(family, _stage(family))


@cache
def prepare(family: Family) -> bytes:
    """Write the statement that makes the session's staging table, empty at every commit."""
    columns = zip(metric_tables.names(family), metric_tables.types(family), strict=True)
    typed = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in columns)
    made = sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} ({}) ON COMMIT DELETE ROWS")
    return made.format(sql.Identifier(_stage(family)), typed).as_bytes()


@cache
def merge(family: Family) -> bytes:
    """Write the statement that moves from the staging table what the family's table has not."""
    columns = _columns(family)
    moved = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING")
    stage = sql.Identifier("pg_temp", _stage(family))
    return moved.format(sql.Identifier(family.table), columns, columns, stage).as_bytes()


def _copy(family: Family, table: str) -> bytes:
    copied = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)")
    return copied.format(sql.Identifier(table), _columns(family)).as_bytes()


def _columns(family: Family) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, metric_tables.names(family)))


def _stage(family: Family) -> str:
    return f"{family.name}_staging"
