"""Which roll-ups are out of date: marked by whoever adds rows, in the transaction that adds them.

A mark and its rows are committed together. The job takes marks first and reads rows afterwards, by a later snapshot:
what it does not see yet has a mark that it has not taken either, so no row is missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.binary import Array
from fleet.families import Family
from fleet.resolutions import Resolution

EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 9999))

MARK = """
    INSERT INTO dirty (family, resolution, bucket, until)
    SELECT f, '5m', b, b + interval '5 minutes' FROM unnest(%s::text[], %s::timestamptz[]) AS n (f, b)
"""
"""Takes families and, for each, the beginning of a bucket of five minutes that has new rows."""

MARK_STRETCH = """
    INSERT INTO dirty (family, resolution, bucket, until)
    VALUES (%s, '5m', date_bin('5 minutes', %s::timestamptz, 'epoch'), %s::timestamptz + interval '1 microsecond')
"""
"""Takes a family and the times of the first and the last of many new rows: one mark for all buckets in between."""

WAITING = """EXISTS (
        SELECT FROM dirty d WHERE d.bucket < ends AND d.until > first
          AND (d.family || '_metrics' = parent AND d.resolution = '5m'
               OR d.family || '_5m' = parent AND d.resolution = '1h')
    )"""
"""Tells in a function of ours whether rows of a table ``parent`` from ``first`` to ``ends`` wait to be rolled up."""

_SPLIT = text(
    """
    WITH stretches AS (
        DELETE FROM dirty WHERE resolution = '5m' AND until > bucket + interval '5 minutes' RETURNING *
    )
    INSERT INTO dirty (family, resolution, bucket, until)
    SELECT DISTINCT family, '5m', b, b + interval '5 minutes'
    FROM stretches, generate_series(bucket, until - interval '1 microsecond', interval '5 minutes') AS b
    """
)
_FIRST = text(
    """
    SELECT family, resolution, bucket FROM dirty
    WHERE family = ANY (:families) AND bucket >= :start AND bucket < :end
      AND (resolution = '5m' AND until <= least(:fine, bucket + interval '5 minutes')
           OR resolution = '1h' AND until <= :coarse)
    ORDER BY until, resolution DESC, family LIMIT 1
    """
)
_RUN = text(
    """
    SELECT DISTINCT bucket FROM dirty
    WHERE family = :family AND resolution = :resolution AND bucket >= :start AND bucket < :end
    ORDER BY bucket LIMIT :most
    """
)
_TAKE = text(
    """
    DELETE FROM dirty
    WHERE family = :family AND resolution = :resolution AND bucket >= :start AND until <= :end
    """
)
_HOURS = text(
    """
    INSERT INTO dirty (family, resolution, bucket, until)
    SELECT :family, '1h', h, h + interval '1 hour'
    FROM generate_series(date_bin('1 hour', CAST(:start AS timestamptz), 'epoch'),
                         CAST(:end AS timestamptz) - interval '1 microsecond', interval '1 hour') AS h
    """
)
_BACKLOG = text(
    """
    SELECT family, resolution, min(bucket), sum(ceil(extract(epoch FROM until - bucket) / b.seconds))
    FROM (SELECT DISTINCT * FROM dirty) AS d
    JOIN (VALUES ('5m', 300), ('1h', 3600)) AS b (r, seconds) ON b.r = d.resolution
    WHERE until <= CASE resolution WHEN '5m' THEN CAST(:fine AS timestamptz) ELSE :coarse END
    GROUP BY family, resolution ORDER BY 3, 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class Work:
    """Buckets of one family and resolution, side by side from ``start`` to ``end``, that are computed together."""

    family: Family
    resolution: Resolution
    start: datetime
    end: datetime

    @property
    def source(self) -> Resolution:
        """The resolution that they are computed from."""
        return Resolution.RAW if self.resolution is Resolution.FIVE_MINUTES else Resolution.FIVE_MINUTES


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be rolled up although its time has come: how many buckets, and when the first begins."""

    family: str
    resolution: Resolution
    oldest: datetime
    buckets: int


@dataclass(frozen=True, slots=True)
class Window:
    """Which marks may be taken: buckets between two instants that ended long enough before ``now``."""

    now: datetime
    start: datetime = EARLIEST
    end: datetime = LATEST

    def settled(self, resolution: Resolution) -> datetime:
        """Tell when a bucket must have ended."""
        return resolution.settled(self.now)


def marks(times: Mapping[str, Array]) -> tuple[list[str], list[datetime]]:
    """Tell what MARK takes, of the times of new rows by family in microseconds since 1970."""
    pairs = [(family, bucket) for family, each in times.items() for bucket in _buckets(each)]
    return [family for family, _ in pairs], [bucket for _, bucket in pairs]


def split(session: Session) -> None:
    """Turn marks of long stretches into one for each of their buckets."""
    session.execute(_SPLIT)


def first(session: Session, families: Mapping[str, Family], window: Window) -> Work | None:
    """Find the bucket that has waited longest, the finer before the coarser; None where none may be taken."""
    asked = {
        "families": list(families),
        "start": window.start,
        "end": window.end,
        "fine": window.settled(Resolution.FIVE_MINUTES),
        "coarse": window.settled(Resolution.HOUR),
    }
    row = session.execute(_FIRST, asked).one_or_none()
    if row is None:
        return None
    family, resolution, bucket = row
    span = Resolution(resolution).span
    return Work(families[family], Resolution(resolution), bucket, bucket + span)


def run(session: Session, work: Work, most: int, end: datetime) -> Work:
    """Add to a bucket those that follow without a gap, up to ``most`` and to ``end``."""
    asked = {"family": work.family.name, "resolution": work.resolution.value, "start": work.start, "end": end}
    there = session.scalars(_RUN, asked | {"most": most})
    return Work(work.family, work.resolution, work.start, _unbroken(work.start, there, work.resolution.span))


def take(session: Session, work: Work) -> None:
    """Remove the marks of some buckets, before their rows are read in a later statement."""
    asked = {"family": work.family.name, "resolution": work.resolution.value}
    session.execute(_TAKE, asked | {"start": work.start, "end": work.end})


def mark_hours(session: Session, work: Work) -> None:
    """Mark the hours that hold some buckets of five minutes."""
    session.execute(_HOURS, {"family": work.family.name, "start": work.start, "end": work.end})


def backlog(session: Session, now: datetime) -> list[Backlog]:
    """Tell what waits although its time has come, the longest waiting first."""
    asked = {"fine": Resolution.FIVE_MINUTES.settled(now), "coarse": Resolution.HOUR.settled(now)}
    return [
        Backlog(family, Resolution(resolution), oldest, int(buckets))
        for family, resolution, oldest, buckets in session.execute(_BACKLOG, asked)
    ]


def _buckets(times: Array) -> Iterator[datetime]:
    span = Resolution.FIVE_MINUTES.span // timedelta(microseconds=1)
    for number in np.unique(times // span):
        yield EARLIEST + int(number) * Resolution.FIVE_MINUTES.span


def _unbroken(start: datetime, buckets: Iterable[datetime], span: timedelta) -> datetime:
    end = start
    for bucket in buckets:
        if bucket != end:
            break
        end += span
    return max(end, start + span)
