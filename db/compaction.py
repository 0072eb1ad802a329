"""Make partitions that are over compact: rows of a device side by side, indexes without holes, and frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import errors, sql
from sqlalchemy.orm import Session

from db import partitions
from db.partitions import Partition
from fleet.resolutions import Resolution

PATIENCE = timedelta(seconds=5)
"""How long a partition is waited for that somebody reads or writes."""

MILLISECOND = timedelta(milliseconds=1)

_SIZE = "SELECT pg_total_relation_size(%s::regclass)"


@dataclass(frozen=True, slots=True)
class Compacted:
    """What became of a partition: its bytes before and after; ``after`` is None where it was in use."""

    name: str
    before: int
    after: int | None


def closed(session: Session, now: datetime) -> list[Partition]:
    """Tell the partitions that hold rows and are over, the oldest first."""
    found = [one for one in partitions.listed(session) if one.end <= now and one.heap]
    return sorted(found, key=lambda one: (one.start, one.name))


def run(admin_url: str, found: Sequence[Partition], patience: timedelta = PATIENCE) -> Iterator[Compacted]:
    """Make partitions compact, one after the other; each is closed to readers while it is written anew.

    Needs the administrator's URL: maintenance is the owner's.
    """
    with psycopg.connect(admin_url, autocommit=True, application_name="flotilla: store compact") as connection:
        connection.execute("SET ROLE flotilla_owner")
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (str(patience // MILLISECOND),))
        for one in found:
            yield _compacted(connection, one)


def _compacted(connection: psycopg.Connection, one: Partition) -> Compacted:
    table, before = sql.Identifier("public", one.name), _bytes(connection, one)
    try:
        if one.resolution is Resolution.RAW:
            connection.execute(sql.SQL("CLUSTER {} USING {}").format(table, sql.Identifier(_key(connection, one))))
        connection.execute(sql.SQL("VACUUM (FREEZE, ANALYZE) {}").format(table))
    except errors.LockNotAvailable:
        return Compacted(one.name, before, None)
    return Compacted(one.name, before, _bytes(connection, one))


def _key(connection: psycopg.Connection, one: Partition) -> str:
    query = "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND indisunique"
    row = connection.execute(query, (f"public.{one.name}",)).fetchone()
    assert row is not None
    return str(row[0])


def _bytes(connection: psycopg.Connection, one: Partition) -> int:
    row = connection.execute(_SIZE, (f"public.{one.name}",)).fetchone()
    return int(row[0]) if row else 0
