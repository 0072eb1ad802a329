"""How much of a time devices answered, and the 95th percentile of what they carried: what contracts are about.

A device that answers a poll leaves one row of the family ``resource``; expected is a poll for each of its intervals,
from when it was added or first heard. Maintenance is not known to the store yet: what was planned counts, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from db import holdings, metric_tables, partials, plans
from db.holdings import Subject
from db.partials import Source
from db.plans import Piece, Wish
from db.ranges import Range
from db.rows import between, bounded, make_room, of_these
from db.tables import devices as known
from fleet.errors import BadInput
from fleet.families import Family, Kind, find
from fleet.identity import DeviceId
from fleet.resolutions import ROWS, Resolution

HEARD = "resource"
"""The family without labels of which every answered poll leaves a row."""

SHARE = 0.95
"""Of all five minutes of a month, the dearest twentieth is free."""


FIVE = Resolution.FIVE_MINUTES

_STEP = "_step"
"""No column of a family has this name, for theirs begin with a letter."""


@dataclass(frozen=True, slots=True)
class Availability:
    """The polls of a device that were answered, out of those that were expected, and the share of the first."""

    device_id: DeviceId
    answered: int
    expected: int

    @property
    def ratio(self) -> float | None:
        """The share that was answered, at most 1; None where nothing was expected."""
        return min(1.0, self.answered / self.expected) if self.expected else None


@dataclass(frozen=True, slots=True)
class Burst:
    """The 95th percentile of a counter's growth per second, of the five minutes that an instance was measured in."""

    device_id: DeviceId
    labels: Mapping[str, str]
    rate: float
    buckets: int


def availability(
    session: Session,
    families: Mapping[str, Family],
    spanned: Range,
    now: datetime,
    devices: Sequence[DeviceId] | None = None,
) -> list[Availability]:
    """Tell the availability of each device in a range, as far as it has passed, in the order of their names.

    Expected is counted by the interval that a device has now. A device that was added later is left out.
    """
    if spanned.start >= now:
        raise BadInput("The range is in the future.", "Give a start before now.")
    passed = Range(spanned.start, min(spanned.end, now))
    make_room(session)
    count = _answered(session, Subject(find(families, HEARD), devices), passed, now)
    listed = select(known.c.id, known.c.created_at, known.c.interval_seconds).where(
        *([] if devices is None else [known.c.id.in_(devices)])
    )
    found = session.execute(listed.order_by(known.c.name)).all()
    answers = []
    for device, added, seconds in found:
        answered, first = count.get(device, (0, added))
        since = min(added, first)
        if since < passed.end:
            answers.append(Availability(device, answered, expected(passed, since, timedelta(seconds=seconds))))
    return answers


def expected(spanned: Range, since: datetime, interval: timedelta) -> int:
    """Tell how many polls of a device lie in a range; those before it was there are not expected."""
    return max(0, round((spanned.end - max(spanned.start, since)) / interval))


def bursts(session: Session, source: Source, spanned: Range, now: datetime) -> list[Burst]:
    """Tell the 95th percentile of a counter's rate for each instance, in the order of devices and labels.

    The range is taken to whole five minutes. A five minutes without a measurement does not count. ``source`` names
    the counter; raises BadInput for any other column, and where five minutes of that time are no longer kept.
    """
    whole = _whole(spanned, now)
    counted = _growing(source)
    make_room(session)
    wish = Wish(whole, step=FIVE.span, devices=_count(session, source.devices), most=None)
    held = holdings.read(session, Subject(source.family, source.devices), whole, now)
    rows = partials.rows(counted, plans.choose(wish, held))
    key = [rows.c[name] for name in ("device_id", *source.family.labels)]
    step = func.date_bin(FIVE.span, rows.c.time, whole.start).label(_STEP)
    rate = (func.sum(rows.c.amount) / FIVE.span.total_seconds()).label("rate")
    each = select(*key, step, rate).group_by(*key, literal_column(_STEP)).subquery()
    instance = [each.c[column.name] for column in key]
    found = select(*instance, func.percentile_disc(SHARE).within_group(each.c.rate), func.count()).group_by(*instance)
    return [
        Burst(device, dict(zip(source.family.labels, labels, strict=True)), rate, count)
        for device, *labels, rate, count in bounded(session, found.order_by(*instance))
    ]


def _answered(
    session: Session, subject: Subject, passed: Range, now: datetime
) -> dict[DeviceId, tuple[int, datetime]]:
    """Count the polls that each device answered, and tell the first."""
    wish = Wish(passed, points=1, devices=_count(session, subject.devices))
    plan = plans.choose(wish, holdings.read(session, subject, passed, now))
    each = union_all(*(_rows(subject, piece) for piece in plan.pieces)).subquery()
    counted = select(each.c.device_id, cast(func.sum(each.c.rows), BigInteger), func.min(each.c.first))
    return {
        DeviceId(device): (count, first)
        for device, count, first in session.execute(counted.group_by(each.c.device_id))
    }


def _rows(subject: Subject, piece: Piece) -> Select[Any]:
    """Count the raw rows of each device in a piece of the range."""
    view = metric_tables.readable(subject.family, piece.resolution)
    count = func.sum(view.c[ROWS]) if piece.resolution.span else func.count()
    found = select(view.c.device_id, count.label("rows"), func.min(view.c.time).label("first"))
    conditions = of_these(view, subject.devices), *between(view, piece.start, piece.end)
    return found.where(*conditions).group_by(view.c.device_id)


def _count(session: Session, devices: Sequence[DeviceId] | None) -> int:
    if devices is not None:
        return len(devices)
    return session.execute(select(func.count()).select_from(known)).scalar_one()


def _whole(spanned: Range, now: datetime) -> Range:
    """Take a range to whole five minutes that have passed."""
    end = FIVE.bucket(min(spanned.end, now))
    if end <= FIVE.bucket(spanned.start):
        raise BadInput("No five minutes of that range have passed.", "Give an earlier start.")
    return Range(FIVE.bucket(spanned.start), end)


def _growing(source: Source) -> Source:
    """Read a counter by what it grew."""
    field = source.family.field_of(source.column.name)
    if field.kind is not Kind.COUNTER:
        there = ", ".join(f.name for f in source.family.fields if f.kind is Kind.COUNTER) or "none in this family"
        raise BadInput(f"{source.column.name} does not count anything.", f"Choose a counter: {there}.")
    increase = field.columns[1]
    return replace(source, column=increase, increase=increase)
