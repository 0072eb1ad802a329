"""The ingest ledger: which sequences of a stream are committed, counted from what is stored and not in a process.

A row holds the sequences of one writer as a multirange, so a sequence that is delivered twice counts once. A stream
that was made anew counts its sequences from 1 again, which is why its time of creation stands in the key.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import text

from db.engine import Stores
from db.platform import platform_session

FOLDED = ""
"""The writer under which many ranges of many writers are kept as the few that they are together."""

FOLD_AT = 256
"""Ranges in a writer's row at which it is folded: two writers that share a stream leave gaps in each other's."""

RECORD = """
    INSERT INTO ingest_ledger AS l (stream, stream_created, writer, committed)
    VALUES (%s, %s, %s, %s::int8multirange)
    ON CONFLICT (stream, stream_created, writer) DO UPDATE SET committed = l.committed + excluded.committed
    RETURNING (SELECT count(*) FROM unnest(committed))
"""
"""Takes a stream, its creation, the writer and a multirange; returns how many ranges the row has now."""

_LOCKED = """
    SELECT array_agg(writer), range_agg(committed)::text FROM (
        SELECT writer, committed FROM ingest_ledger
        WHERE stream = %s AND stream_created = %s AND writer <> %s ORDER BY writer FOR UPDATE
    ) AS locked
"""
_EMPTY = """
    UPDATE ingest_ledger SET committed = '{}' WHERE stream = %s AND stream_created = %s AND writer = ANY (%s)
"""

_COUNTS = """
    SELECT stream, (SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM unnest(committed) AS r)
    FROM (
        SELECT DISTINCT ON (stream) stream, range_agg(committed) AS committed
        FROM ingest_ledger GROUP BY stream, stream_created ORDER BY stream, stream_created DESC
    ) AS newest
"""


def multirange(sequences: Iterable[int]) -> str:
    """Write sequences as an ``int8multirange``, neighbours joined: 3, 1, 2, 7 is ``{[1,4),[7,8)}``."""
    ranges: list[list[int]] = []
    for sequence in sorted(set(sequences)):
        if ranges and ranges[-1][1] == sequence:
            ranges[-1][1] = sequence + 1
        else:
            ranges.append([sequence, sequence + 1])
    return "{" + ",".join(f"[{first},{end})" for first, end in ranges) + "}"


async def fold(connection: psycopg.AsyncConnection[Any], stream: str, created: datetime) -> None:
    """Bring the ranges of all writers of a stream together into one row, in a transaction of its own.

    The writers' rows are locked in their order and only those are emptied, so nothing recorded meanwhile is lost.
    """
    async with connection.transaction():
        found = await connection.execute(_LOCKED, (stream, created, FOLDED))
        writers, committed = await found.fetchone() or (None, None)
        if writers:
            await connection.execute(RECORD, (stream, created, FOLDED, committed))
            await connection.execute(_EMPTY, (stream, created, writers))


def counts(stores: Stores) -> dict[str, int]:
    """Count the committed sequences of each stream, as it was last made."""
    with platform_session(stores, "count the ingest ledger") as session:
        return {stream: int(count) for stream, count in session.execute(text(_COUNTS))}
