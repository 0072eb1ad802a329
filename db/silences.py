"""When a device answered nothing: the stretches of a range without a row of an answered poll.

A row stands for the interval or the bucket that it begins. What lies between two of them is a silence where at least
two polls in a row were missed; a roll-up shows only those that are as long as its buckets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Interval, cast, literal, select, union_all
from sqlalchemy.orm import Session

from db import holdings, metric_tables, plans
from db.availability import HEARD
from db.holdings import Subject
from db.inventory import DeviceRow
from db.plans import Piece, Wish
from db.ranges import Range
from db.rows import between
from fleet.families import Family, find
from fleet.resolutions import Resolution
from fleet.spans import Span

MISSED: Final = 1.5
"""Intervals behind that of the last answer, after which a poll more than one was missed."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The silences of a device within a time that has passed, and how finely they are known."""

    silences: tuple[Span, ...]
    resolution: Resolution


def read(session: Session, families: Mapping[str, Family], device: DeviceRow, spanned: Range, now: datetime) -> Heard:
    """Tell when a device was silent in a range, since it was added."""
    begin, end = max(spanned.start, device.created_at), min(spanned.end, now)
    if begin >= end:
        return Heard((), Resolution.RAW)
    passed = Range(begin, end)
    subject = Subject(find(families, HEARD), [device.id])
    plan = plans.choose(Wish(passed), holdings.read(session, subject, passed, now))
    found = _answers(session, subject, plan.pieces, device.interval)
    return Heard(tuple(gaps(found, (begin, end), MISSED * device.interval)), plan.resolution)


def gaps(answers: Iterable[Span], within: Span, patience: timedelta) -> Iterator[Span]:
    """Yield what lies between answers, given in the order of time, and is longer than ``patience``. Pure."""
    heard, end = within
    for begun, ended in answers:
        if begun - heard > patience:
            yield heard, begun
        heard = max(heard, ended)
    if end - heard > patience:
        yield heard, end


def _answers(session: Session, subject: Subject, pieces: Sequence[Piece], interval: timedelta) -> Iterator[Span]:
    """Tell for what time each row stands."""
    parts = []
    for piece in pieces:
        view = metric_tables.readable(subject.family, piece.resolution)
        long = cast(literal(piece.resolution.span or interval), Interval).label("long")
        its = view.c.device_id.in_(subject.devices or ())
        parts.append(select(view.c.time, long).where(its, *between(view, piece.start, piece.end)))
    rows = union_all(*parts).subquery()
    for time, long in session.execute(select(rows.c.time, rows.c.long).order_by(rows.c.time)):
        yield time, time + long
