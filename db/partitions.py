"""Day partitions of the metric tables: made ahead of the rows, by whoever comes first.

The roles that write have no right to make tables; they call a function of the owner's. It attaches a table that it
made aside, because ``CREATE TABLE … PARTITION OF`` would lock out all readers of the family.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import psycopg
from sqlalchemy import ARRAY, Date, cast, func, select
from sqlalchemy.orm import Session

AHEAD = timedelta(days=2)
"""How far ahead of a row's day partitions are made, and how far ahead of the clock a row may lie."""

MOST = 500
"""Days that one call may ask for."""

ENSURE = "SELECT ensure_partitions(%s::date[])"

INSTALL = (
    f"""\
CREATE OR REPLACE FUNCTION ensure_partitions(days date[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    family text;
    day date;
    name text;
    made integer := 0;
BEGIN
    IF cardinality(days) > {MOST} THEN
        RAISE EXCEPTION 'at most {MOST} days at once' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR family, day IN
        SELECT c.relname, d FROM pg_partitioned_table p
        JOIN pg_class c ON c.oid = p.partrelid, unnest(days) AS d
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE '%\\_metrics' AND p.partstrat = 'r'
        ORDER BY c.relname, d
    LOOP
        name := family || '_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(format('public.%I', name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       name, family);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                       family, name, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$body$""",  # noqa: S608 - MOST is a number of ours
    "REVOKE ALL ON FUNCTION ensure_partitions(date[]) FROM PUBLIC",
    "GRANT EXECUTE ON FUNCTION ensure_partitions(date[]) TO flotilla_ingest, flotilla_platform",
)
"""The statements that install the function, for the owner to run."""

_PARTITION = re.compile(r"[a-z][a-z0-9_]*_metrics_\d{8}\Z")


def name(table: str, day: date) -> str:
    """Tell the name of the partition of ``table`` that holds ``day``."""
    return f"{table}_{day:%Y%m%d}"


def is_partition(table: str) -> bool:
    """Tell whether a table of this name is a day partition, which no migration declares."""
    return bool(_PARTITION.match(table))


def with_ahead(days: Iterable[date]) -> list[date]:
    """Add to ``days`` those that follow, so that midnight finds its partition made."""
    return sorted({day + timedelta(days=ahead) for day in days for ahead in range(AHEAD.days + 1)})


def between(start: datetime, end: datetime) -> list[date]:
    """Tell all UTC days from ``start`` to ``end``, both included."""
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def prepare(session: Session, days: Iterable[date]) -> int:
    """Do as ``ensure``, within a session, for at most MOST days."""
    wanted = cast(sorted(set(days)), ARRAY(Date))
    return int(session.execute(select(func.ensure_partitions(wanted))).scalar_one())


def ensure(connection: psycopg.Connection[tuple[int]], days: Iterable[date]) -> int:
    """Make the partitions of ``days`` that are missing in every metric table; returns how many were made.

    May be called by many at once. Takes effect when the caller's transaction commits.
    """
    wanted = sorted(set(days))
    made = 0
    for first in range(0, len(wanted), MOST):
        row = connection.execute(ENSURE, (wanted[first : first + MOST],)).fetchone()
        made += row[0] if row else 0
    return made
