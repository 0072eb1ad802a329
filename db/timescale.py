"""TimescaleDB: hypertables with a columnstore in place of partitions, where the extension is there and new enough.

The migrations make the same tables everywhere. Where they hold nothing yet and the extension can be had, they are
made anew as hypertables; a store that was begun without it stays as it is. Chunks are dropped by the same function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import psycopg
from sqlalchemy import text

from db import dirty, metric_tables
from fleet import logs
from fleet.families import Family
from fleet.resolutions import Resolution
from fleet.retention import Mode

OLDEST = (2, 29, 1)

CHUNKS: Mapping[Resolution, str] = {
    Resolution.RAW: "1 day",
    Resolution.FIVE_MINUTES: "7 days",
    Resolution.HOUR: "30 days",
}
"""How long a chunk is, and how old it is before it goes to the columnstore."""

MODE = text(
    """
    SELECT NOT EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
                       WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE '%\\_metrics')
       AND EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
    """
)

LISTED = text(
    """
    SELECT c.chunk_name, c.hypertable_name, c.range_start, c.range_end, s.total_bytes,
        approximate_row_count(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass)
    FROM timescaledb_information.chunks c
    CROSS JOIN LATERAL (
        SELECT total_bytes
        FROM chunks_detailed_size(format('%I.%I', c.hypertable_schema, c.hypertable_name)::regclass) z
        WHERE z.chunk_schema = c.chunk_schema AND z.chunk_name = c.chunk_name
    ) AS s
    WHERE c.hypertable_schema = 'public' ORDER BY c.chunk_name
    """
)

SIZE = text(
    """
    SELECT pg_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass)
    FROM timescaledb_information.chunks
    WHERE hypertable_schema = 'public' AND hypertable_name = :table AND range_start <= :at AND range_end > :at
    """
)

_DROP = f"""\
CREATE OR REPLACE FUNCTION drop_partition(name text, unfinished boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '1s' AS $body$
DECLARE
    parent text;
    first timestamptz;
    ends timestamptz;
BEGIN
    SELECT hypertable_name, range_start, range_end INTO parent, first, ends
    FROM timescaledb_information.chunks
    WHERE chunk_name = name AND hypertable_schema = 'public' AND hypertable_name ~ '_(metrics|5m|1h)$';
    IF parent IS NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', parent);
    IF NOT unfinished AND {dirty.WAITING} THEN
        RETURN false;
    END IF;
    PERFORM drop_chunks(format('public.%I', parent)::regclass, older_than => ends, newer_than => first);
    RETURN true;
END
$body$"""  # noqa: S608 - the condition is ours

_AVAILABLE = (
    "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'timescaledb'"
)
_FILLED = """
    SELECT EXISTS (
        SELECT FROM pg_inherits i
        JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid
        WHERE p.relnamespace = 'public'::regnamespace AND p.relname ~ '_(metrics|5m|1h)$'
          AND p.relkind = 'p' AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
    )
"""
_PARTITIONED = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'p'"

log = logs.get(__name__)


def adopt(admin_url: str, families: Mapping[str, Family]) -> Mode:
    """Make hypertables of the metric tables where that can be done; returns how this store keeps its metrics.

    May be called at every start: what is a hypertable already stays, and gets its view once more.
    """
    with psycopg.connect(admin_url) as connection:
        if not _usable(connection):
            return Mode.NATIVE
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        connection.execute("SET LOCAL ROLE flotilla_owner")
        partitioned = {name for (name,) in connection.execute(_PARTITIONED)}
        for family in families.values():
            for resolution in Resolution:
                if metric_tables.table_name(family, resolution) in partitioned:
                    for statement in hypertable(family, resolution):
                        connection.execute(statement.encode())
                connection.execute(metric_tables.view(family, resolution, Mode.TIMESCALE).encode())
        connection.execute(_DROP)
    return Mode.TIMESCALE


def hypertable(family: Family, resolution: Resolution) -> Iterator[str]:
    """Write the statements that make an empty metric table anew as a hypertable, for the owner to run."""
    table, chunk = metric_tables.table_name(family, resolution), CHUNKS[resolution]
    order = ", ".join((*family.labels, "time DESC"))
    yield f"DROP VIEW {metric_tables.view_name(family, resolution)}"
    yield f"DROP TABLE {table}"
    yield metric_tables.table(family, resolution, Mode.TIMESCALE)
    yield (
        f"SELECT create_hypertable('{table}', by_range('time', interval '{chunk}'), create_default_indexes => false)"
    )
    yield (
        f"ALTER TABLE {table} SET (timescaledb.enable_columnstore, "
        f"timescaledb.segmentby = 'tenant_id, device_id', timescaledb.orderby = '{order}')"
    )
    yield f"CALL add_columnstore_policy('{table}', after => interval '{chunk}')"
    yield metric_tables.view(family, resolution, Mode.TIMESCALE)
    yield from metric_tables.grants(family, resolution)


def new_enough(version: str) -> bool:
    """Tell whether an extension of this version will do."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) >= OLDEST


def _usable(connection: psycopg.Connection) -> bool:
    row = connection.execute(_AVAILABLE).fetchone()
    if row is None:
        return False
    if not new_enough(row[0]):
        log.warning("TimescaleDB is too old and is not used", version=row[0], oldest="2.29.1")
        return False
    filled = connection.execute(_FILLED).fetchone()
    if filled and filled[0]:
        log.info("TimescaleDB is not used: this store was begun without it")
        return False
    return True
