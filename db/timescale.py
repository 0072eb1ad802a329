"""TimescaleDB: hypertables with a columnstore in place of partitions, where the extension is there and new enough.

The migrations make the same tables everywhere. Where they hold nothing yet and the extension can be had, they are
made anew as hypertables; a store that was begun without it stays as it is. Chunks are dropped by the same function.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import psycopg
from psycopg import errors, sql
from sqlalchemy import text

from db import dirty, metric_tables
from db.access import INGEST, OWNER
from db.bootstrap import LOCK, said
from fleet import logs
from fleet.errors import StartRefused
from fleet.families import Family
from fleet.resolutions import Resolution
from fleet.retention import Mode

OLDEST = (2, 29, 1)

CHUNKS: Mapping[Resolution, str] = {
    Resolution.RAW: "1 day",
    Resolution.FIVE_MINUTES: "7 days",
    Resolution.HOUR: "30 days",
}
"""How long a chunk is."""

SETTLED = "1 day"
"""How long after its end a chunk goes to the columnstore: late rows are dearer there."""

SEGMENTS = "device_id, tenant_id"
"""What a compressed row is of. The device leads its index, as it leads the key by which late rows are looked for."""

MODE = text(
    """
    SELECT NOT EXISTS (SELECT FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
                       WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE '%\\_metrics')
       AND EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
    """
)

LISTED = text(
    """
    SELECT c.chunk_name, c.hypertable_name, c.range_start, c.range_end, s.total_bytes, s.table_bytes,
        greatest(approximate_row_count(r.id), pg_stat_get_live_tuples(r.id))
    FROM timescaledb_information.hypertables h
    CROSS JOIN LATERAL chunks_detailed_size(format('%I.%I', h.hypertable_schema, h.hypertable_name)::regclass) s
    JOIN timescaledb_information.chunks c USING (chunk_schema, chunk_name)
    CROSS JOIN LATERAL (SELECT format('%I.%I', c.chunk_schema, c.chunk_name)::regclass AS id) AS r
    WHERE h.hypertable_schema = 'public' ORDER BY c.hypertable_name, c.range_start
    """
)

OLDEST_CHUNKS = text(
    """
    SELECT hypertable_name, min(range_start) AS begun FROM timescaledb_information.chunks
    WHERE hypertable_schema = 'public' AND hypertable_name = ANY (:tables) GROUP BY hypertable_name
    """
)

SIZE = text(
    """
    SELECT CAST((pg_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass)
            + CASE WHEN is_compressed THEN (
                SELECT coalesce(sum(z.before_compression_table_bytes), 0)
                FROM chunk_columnstore_stats(format('%I.%I', hypertable_schema, hypertable_name)::regclass) z
                WHERE z.chunk_schema = c.chunk_schema AND z.chunk_name = c.chunk_name
            ) ELSE 0 END)
        / greatest(1, extract(epoch FROM range_end - range_start) / 86400) AS bigint)
    FROM timescaledb_information.chunks c
    WHERE hypertable_schema = 'public' AND hypertable_name = :table AND range_start <= :at AND range_end > :at
    """
)
"""The bytes of a day's rows in the chunk that holds an instant, as they are out of the columnstore."""

KEPT = text("SELECT NOT EXISTS (SELECT FROM retention WHERE resolution = :resolution AND floor > :at)")

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

_GUARD = f"""\
CREATE OR REPLACE FUNCTION refuse_dropped() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $body$
BEGIN
    IF EXISTS (SELECT FROM retention WHERE resolution = 'raw' AND floor > NEW.bucket) THEN
        RAISE EXCEPTION 'rows of % are not kept any more', NEW.bucket USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$body$;
REVOKE ALL ON FUNCTION refuse_dropped() FROM PUBLIC;
CREATE OR REPLACE TRIGGER refuse_dropped BEFORE INSERT ON dirty FOR EACH ROW
    WHEN (current_user = '{INGEST}') EXECUTE FUNCTION refuse_dropped()"""  # noqa: S608 - the role is ours
"""A chunk is made for any row. So the mark of a row that comes when its day was dropped already is refused, with the
row: a roll-up of some late rows alone would take the place of the one of all."""

_OFFERED = """
    SELECT coalesce(installed_version, default_version),
        EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers')
    FROM pg_available_extensions WHERE name = 'timescaledb'
"""
"""Its version, and whether the server has loaded it: without that, whoever uses it loses his connection."""

_WHOLE = """
    SELECT current_setting('timescaledb.license', true) = 'timescale'
       AND extnamespace = 'public'::regnamespace FROM pg_extension WHERE extname = 'timescaledb'
"""
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

    May be called at every start: what is a hypertable already stays as it is. Raises StartRefused, having changed
    nothing, where the extension is there and fails.
    """
    try:
        with psycopg.connect(admin_url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            if not (_offered(connection) and _created(connection)):
                return Mode.NATIVE
            _employ(connection)
            connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
            _make(connection, families)
    except psycopg.Error as error:
        raise StartRefused(
            f"TimescaleDB is loaded by the server and fails: {said(error)}.",
            "Mend that, or take timescaledb out of shared_preload_libraries before the first start.",
        ) from error
    return Mode.TIMESCALE


def hypertable(family: Family, resolution: Resolution) -> Iterator[str]:
    """Write the statements that make an empty metric table anew as a hypertable, for the owner to run."""
    table = metric_tables.table_name(family, resolution)
    order = ", ".join((*family.labels, "time DESC"))
    yield f"DROP VIEW {metric_tables.view_name(family, resolution)}"
    yield f"DROP TABLE {table}"
    yield metric_tables.table(family, resolution, Mode.TIMESCALE)
    yield (
        f"SELECT create_hypertable('{table}', by_range('time', interval '{CHUNKS[resolution]}'), "
        "create_default_indexes => false)"
    )
    yield (
        f"ALTER TABLE {table} SET (timescaledb.enable_columnstore, "
        f"timescaledb.segmentby = '{SEGMENTS}', timescaledb.orderby = '{order}')"
    )
    yield f"CALL add_columnstore_policy('{table}', after => interval '{SETTLED}')"
    yield metric_tables.view(family, resolution)
    yield from metric_tables.grants(family, resolution)


def _make(connection: psycopg.Connection, families: Mapping[str, Family]) -> None:
    """Make hypertables of what is partitioned still, and let chunks be dropped as partitions are."""
    partitioned = {name for (name,) in connection.execute(_PARTITIONED)}
    for family in families.values():
        for resolution in Resolution:
            if metric_tables.table_name(family, resolution) in partitioned:
                for statement in hypertable(family, resolution):
                    connection.execute(statement.encode())
    for statement in (_DROP, _GUARD):
        connection.execute(statement.encode())


def new_enough(version: str) -> bool:
    """Tell whether an extension of this version will do."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) >= OLDEST


def _offered(connection: psycopg.Connection) -> bool:
    """Tell whether the server has the extension, and the store may still be made with it."""
    row = connection.execute(_OFFERED).fetchone()
    if row is None:
        return False
    version, loaded = row
    if not new_enough(version):
        log.warning("TimescaleDB is too old and is not used", version=version, oldest="2.29.1")
        return False
    if not loaded:
        log.info("TimescaleDB is installed and not loaded", step="Name it in shared_preload_libraries to use it.")
        return False
    filled = connection.execute(_FILLED).fetchone()
    if filled and filled[0]:
        log.info("TimescaleDB is not used: this store was begun without it")
        return False
    return True


def _created(connection: psycopg.Connection) -> bool:
    """Have the extension in this database; False, with nothing changed, where it may not be or has no columnstore."""
    try:
        with connection.transaction() as trial:
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public")
            if connection.execute(_WHOLE).fetchone() == (True,):
                return True
            log.info(
                "TimescaleDB is not used: it has no columnstore here, or is in another schema than public",
                step="Set timescaledb.license to timescale.",
            )
            raise psycopg.Rollback(trial)
    except errors.InsufficientPrivilege:
        log.info("TimescaleDB is not used: the administrator may not make the extension", step="Make it for him.")
    return False


def _employ(connection: psycopg.Connection) -> None:
    """Let background workers, and nobody else, run the owner's policies; keep jobs of their own from all others.

    TimescaleDB wants an owner that may log in. This one has no password, and no connection is left for it: workers
    are not counted.
    """
    database, owner = sql.Identifier(connection.info.dbname), sql.Identifier(OWNER)
    for statement in (
        sql.SQL("ALTER ROLE {} LOGIN CONNECTION LIMIT 0").format(owner),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, owner),
        sql.SQL("REVOKE EXECUTE ON FUNCTION add_job FROM PUBLIC"),
    ):
        connection.execute(statement)
