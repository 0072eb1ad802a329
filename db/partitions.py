"""Partitions of the metric tables: made ahead of the rows and dropped behind them, by day or, of the hours, by month.

The roles that write have no right to make or drop tables; they call functions of the owner's. A partition is attached
after it was made aside, because ``CREATE TABLE … PARTITION OF`` would lock out all readers of the family.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from sqlalchemy import ARRAY, Date, Row, cast, func, select, text
from sqlalchemy.orm import Session

from db import dirty, timescale
from fleet.resolutions import Resolution
from fleet.retention import Mode

AHEAD = timedelta(days=2)
"""How far ahead of a row's day partitions are made, and how far ahead of the clock a row may lie."""

MOST = 500
"""Days that one call may ask for."""

ENSURE = "SELECT ensure_partitions(%s::date[])"
FLOOR = "SELECT floor FROM retention WHERE resolution = 'raw' AND floor IS NOT NULL"
"""The instant before which no raw rows are taken in: no partition is made for them."""

_ENSURE = f"""\
CREATE OR REPLACE FUNCTION ensure_partitions(days date[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    parent text;
    first date;
    ends date;
    name text;
    made integer := 0;
BEGIN
    IF cardinality(days) > {MOST} THEN
        RAISE EXCEPTION 'at most {MOST} days at once' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR parent, first, ends IN
        SELECT DISTINCT c.relname, s.first, (s.first + s.long)::date
        FROM pg_partitioned_table p
        JOIN pg_class c ON c.oid = p.partrelid
        JOIN (VALUES ('metrics', 'raw'), ('5m', '5m'), ('1h', '1h')) AS t (suffix, resolution)
            ON c.relname LIKE '%\\_' || t.suffix
        LEFT JOIN retention k ON k.resolution = t.resolution
        CROSS JOIN unnest(days) AS d
        CROSS JOIN LATERAL (SELECT
            CASE t.suffix WHEN '1h' THEN date_trunc('month', d::timestamp)::date ELSE d END AS first,
            CASE t.suffix WHEN '1h' THEN interval '1 month' ELSE interval '1 day' END AS long
        ) AS s
        WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r'
          AND (k.floor IS NULL OR (s.first + s.long)::timestamp AT TIME ZONE 'UTC' > k.floor)
        ORDER BY 1, 2
    LOOP
        name := parent || '_' || to_char(first, CASE WHEN parent LIKE '%\\_1h' THEN 'YYYYMM' ELSE 'YYYYMMDD' END);
        CONTINUE WHEN to_regclass(format('public.%I', name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       name, parent);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                       parent, name, first::timestamp AT TIME ZONE 'UTC', ends::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$body$"""  # noqa: S608 - MOST is a number of ours

_DROP = f"""\
CREATE OR REPLACE FUNCTION drop_partition(name text, unfinished boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '1s' AS $body$
DECLARE
    parent text;
    first timestamptz;
    ends timestamptz;
BEGIN
    SELECT p.relname INTO parent FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE c.relname = name AND c.relnamespace = 'public'::regnamespace AND p.relname ~ '_(metrics|5m|1h)$';
    IF parent IS NULL THEN
        RETURN false;
    END IF;
    IF parent LIKE '%\\_1h' THEN
        first := to_date(right(name, 6), 'YYYYMM')::timestamp AT TIME ZONE 'UTC';
        ends := (to_date(right(name, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC';
    ELSE
        first := to_date(right(name, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC';
        ends := (to_date(right(name, 8), 'YYYYMMDD') + interval '1 day') AT TIME ZONE 'UTC';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', parent);
    IF NOT unfinished AND {dirty.WAITING} THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS public.%I', name);
    RETURN true;
END
$body$"""  # noqa: S608 - the condition is ours

INSTALL = (
    _ENSURE,
    "REVOKE ALL ON FUNCTION ensure_partitions(date[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION ensure_partitions(date[]) TO flotilla_ingest, flotilla_platform",
    _DROP,
    "REVOKE ALL ON FUNCTION drop_partition(text, boolean) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION drop_partition(text, boolean) TO flotilla_platform",
)
"""The statements that install the functions, for the owner to run.

``drop_partition`` drops what the roll-ups have been made of; False where they wait to be, unless ``unfinished`` is
told to be no reason. A lock that is not had within a second is an error: readers must not queue up behind it.
"""

_PARTITION = re.compile(
    r"(?P<family>[a-z][a-z0-9_]*)_(?:(?P<suffix>metrics|5m)_(?P<day>\d{8})|1h_(?P<month>\d{6}))\Z"
)

_SIZE = text("SELECT pg_relation_size(to_regclass(:name))")
_OLDEST = text(
    """
    SELECT parent.relname, min(child.relname)
    FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
    WHERE parent.relnamespace = 'public'::regnamespace AND parent.relname = ANY (:tables)
      AND child.relname ~ '_[0-9]{6,8}$'
    GROUP BY parent.relname
    """
)
_LISTED = text(
    """
    SELECT c.relname, pg_total_relation_size(c.oid), pg_relation_size(c.oid),
        greatest(pg_stat_get_live_tuples(c.oid), c.reltuples::bigint, 0)
    FROM pg_partitioned_table p
    JOIN pg_inherits i ON i.inhparent = p.partrelid JOIN pg_class c ON c.oid = i.inhrelid
    WHERE c.relnamespace = 'public'::regnamespace ORDER BY c.relname
    """
)


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: of which family and resolution, from ``start`` up to ``end``; rows are estimated by PostgreSQL."""

    name: str
    family: str
    resolution: Resolution
    start: datetime
    end: datetime
    size: int = 0
    heap: int = 0
    rows: int = 0


def name(table: str, day: date) -> str:
    """Tell the name of the partition of ``table`` that holds ``day``."""
    return f"{table}_{day:%Y%m}" if table.endswith(f"_{Resolution.HOUR}") else f"{table}_{day:%Y%m%d}"


def is_partition(table: str) -> bool:
    """Tell whether a table of this name is a partition, which no migration declares."""
    return bool(_PARTITION.match(table))


def parse(table: str) -> Partition | None:
    """Tell by its name what a partition holds; None where it is none."""
    found = _PARTITION.match(table)
    if found is None:
        return None
    if found["month"]:
        first = datetime.strptime(found["month"], "%Y%m").replace(tzinfo=UTC)
        return Partition(table, found["family"], Resolution.HOUR, first, _month(first + timedelta(days=31)))
    first = datetime.strptime(found["day"], "%Y%m%d").replace(tzinfo=UTC)
    resolution = Resolution.RAW if found["suffix"] == "metrics" else Resolution.FIVE_MINUTES
    return Partition(table, found["family"], resolution, first, first + timedelta(days=1))


def opening(resolution: Resolution, at: datetime) -> datetime:
    """Tell when the partition of a resolution begins that holds ``at``."""
    return _month(at) if resolution is Resolution.HOUR else _midnight(at)


def with_ahead(days: Iterable[date]) -> list[date]:
    """Add to ``days`` those that follow, so that midnight finds its partition made."""
    return sorted({day + timedelta(days=ahead) for day in days for ahead in range(AHEAD.days + 1)})


def between(start: datetime, end: datetime) -> list[date]:
    """Tell all UTC days from ``start`` to ``end``, both included."""
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def mode(session: Session) -> Mode:
    """Tell how this database stores metrics."""
    return Mode.TIMESCALE if session.execute(timescale.MODE).scalar_one() else Mode.NATIVE


def listed(session: Session) -> list[Partition]:
    """Tell all partitions that there are, or chunks, with their sizes in bytes."""
    if mode(session) is Mode.TIMESCALE:
        return [_chunk(row) for row in session.execute(timescale.LISTED)]
    found = []
    for table, size, heap, rows in session.execute(_LISTED):
        if known := parse(table):
            found.append(Partition(*_place(known), size, heap, rows))
    return found


def oldest(session: Session, tables: Sequence[str]) -> dict[str, datetime]:
    """Tell when the oldest partition of each table begins; a table without one is left out."""
    asked = {"tables": list(tables)}
    if mode(session) is Mode.TIMESCALE:
        return {row.hypertable_name: row.begun for row in session.execute(timescale.OLDEST_CHUNKS, asked)}
    found = ((table, parse(first)) for table, first in session.execute(_OLDEST, asked))
    return {table: known.start for table, known in found if known is not None}


def size(session: Session, table: str, at: datetime) -> int | None:
    """Tell the bytes of a day's rows in the partition of a table that holds ``at``; None where there is none."""
    if mode(session) is Mode.TIMESCALE:
        found: int | None = session.execute(timescale.SIZE, {"table": table, "at": at}).scalar_one_or_none()
        return found
    of_day = f"public.{name(table, at.astimezone(UTC).date())}"
    held: int | None = session.execute(_SIZE, {"name": of_day}).scalar_one()
    return held


def ready(session: Session, table: str, at: datetime) -> bool:
    """Have the partition that holds ``at`` made; False where it would be older than what is kept."""
    if size(session, table, at) is not None:
        return True
    if mode(session) is Mode.TIMESCALE:
        asked = {"resolution": _holds(table)[1].value, "at": at}
        return bool(session.execute(timescale.KEPT, asked).scalar_one())
    prepare(session, [at.astimezone(UTC).date()])
    return size(session, table, at) is not None


def prepare(session: Session, days: Iterable[date]) -> int:
    """Do as ``ensure``, within a session, for at most MOST days."""
    wanted = cast(sorted(set(days)), ARRAY(Date))
    return int(session.execute(select(func.ensure_partitions(wanted))).scalar_one())


def drop(session: Session, table: str, *, unfinished: bool = False) -> bool:
    """Drop a partition; False where rows of it wait to be rolled up, unless ``unfinished`` says that it may go."""
    return bool(session.execute(select(func.drop_partition(table, unfinished))).scalar_one())


def ensure(connection: psycopg.Connection[tuple[int]], days: Iterable[date]) -> int:
    """Make the partitions of ``days`` that are missing in every metric table; returns how many were made.

    None is made for days that are older than what is kept. May be called by many at once. Takes effect when the
    caller's transaction commits.
    """
    wanted = sorted(set(days))
    made = 0
    for first in range(0, len(wanted), MOST):
        row = connection.execute(ENSURE, (wanted[first : first + MOST],)).fetchone()
        made += row[0] if row else 0
    return made


def _chunk(row: Row[Any]) -> Partition:
    chunk, table, start, end, held, heap, rows = tuple(row)
    return Partition(chunk, *_holds(table), start, end, held, heap, rows)


def _holds(table: str) -> tuple[str, Resolution]:
    """Tell the family and the resolution of a table."""
    family, _, suffix = table.rpartition("_")
    return family, Resolution.RAW if suffix == "metrics" else Resolution(suffix)


def _place(one: Partition) -> tuple[str, str, Resolution, datetime, datetime]:
    return one.name, one.family, one.resolution, one.start, one.end


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _month(at: datetime) -> datetime:
    return _midnight(at).replace(day=1)
