"""What the store holds of a family: since when each resolution has rows, and up to when they are rolled up.

Nothing is taken on trust: retention may have been shortened to save a disk, a system may be younger than what it
keeps, and the job of the roll-ups may be behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import metric_tables, partitions
from db.plans import Held, Kept
from db.ranges import Range
from db.rows import between, of_these
from fleet.families import Family
from fleet.identity import DeviceId
from fleet.resolutions import Resolution

SURE = timedelta(days=1)
"""So long raw rows are always kept."""

MARGIN = timedelta(minutes=2)
"""How much longer than it should the job of the roll-ups may take before it is asked how far it came."""

Span: TypeAlias = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Subject:
    """Of what family and of which devices (None: all of the tenant) is asked."""

    family: Family
    devices: Sequence[DeviceId] | None = None


def read(session: Session, subject: Subject, spanned: Range, now: datetime) -> Held:
    """Tell what is held of a subject, as far as it matters for a range."""
    oldest = _oldest(session, subject.family)
    return {
        resolution: Kept(
            _since(session, subject, resolution, (spanned.start, oldest.get(resolution, now))),
            _until(session, subject, resolution, (spanned.start, _edge(resolution, spanned.end, now))),
        )
        for resolution in Resolution
    }


def recent(spanned: Range, now: datetime) -> bool:
    """Tell whether raw rows of the whole range are kept for sure."""
    return spanned.start >= now - SURE


def _oldest(session: Session, family: Family) -> dict[Resolution, datetime]:
    """Tell the beginning of each table's oldest partition; a table without one is left out."""
    tables = {metric_tables.table_name(family, resolution): resolution for resolution in Resolution}
    return {tables[table]: begun for table, begun in partitions.oldest(session, list(tables)).items()}


def _since(session: Session, subject: Subject, resolution: Resolution, span: Span) -> datetime:
    """Tell since when a resolution holds all there ever was, if its oldest partition begins at the span's end.

    Where no other resolution has rows of that time either, nothing was dropped: it was never there.
    """
    start, oldest = span
    if oldest <= start:
        return oldest
    others = [other for other in Resolution if other is not resolution]
    there = any(_any(session, subject, other, (other.bucket(start), oldest)) for other in others)
    return oldest if there else start


def _edge(resolution: Resolution, end: datetime, now: datetime) -> datetime:
    """Tell up to when a range should be rolled up by now."""
    return min(resolution.bucket(end), resolution.settled(now - MARGIN))


def _until(session: Session, subject: Subject, resolution: Resolution, span: Span) -> datetime:
    """Tell up to when buckets are rolled up, of those that should be within a span."""
    start, edge = span
    if not resolution.span or edge <= start or _any(session, subject, resolution, (edge - resolution.span, edge)):
        return edge
    view = metric_tables.readable(subject.family, resolution)
    newest = select(func.max(view.c.time)).where(of_these(view, subject.devices), *between(view, start, edge))
    found = session.execute(newest).scalar_one()
    return start if found is None else found + resolution.span


def _any(session: Session, subject: Subject, resolution: Resolution, span: Span) -> bool:
    """Tell whether there is any row in a span."""
    view = metric_tables.readable(subject.family, resolution)
    there = select(1).where(of_these(view, subject.devices), *between(view, *span)).limit(1)
    return session.execute(there).first() is not None
