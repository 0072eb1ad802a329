"""How much of a time devices answered, and the 95th percentile of what they carried: what contracts are about.

A device that answers a poll leaves one row of the family ``resource``; expected is a poll for each of its intervals,
from when it was added or first heard. Times of maintenance are neither expected nor counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, Uuid, any_, cast, func, literal, literal_column, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import holdings, metric_tables, outages, partials, planned, plans
from db.holdings import Subject
from db.partials import Source
from db.plans import Piece, Wish
from db.ranges import Range
from db.rows import between, bounded, make_room, of_these, raw_count
from db.tables import devices as known
from db.tables import sites as places
from fleet import spans
from fleet.belonging import NO_SITE
from fleet.errors import BadInput
from fleet.families import Family, Kind, find
from fleet.identity import DeviceId, SiteId
from fleet.resolutions import Resolution

HEARD = "resource"
"""The family without labels of which every answered poll leaves a row."""

SHARE = 0.95
"""Of all five minutes of a month, the dearest twentieth is free."""


FIVE = Resolution.FIVE_MINUTES

_STEP = "_step"
"""No column of a family has this name, for theirs begin with a letter."""


@dataclass(frozen=True, slots=True)
class Availability:
    """The polls of a device that were answered, out of those that were expected, and the share of the first.

    ``planned`` is how long it was in maintenance, which is in neither.
    """

    device_id: DeviceId
    answered: int
    expected: int
    planned: timedelta = timedelta()

    @property
    def ratio(self) -> float | None:
        """The share that was answered, at most 1; None where nothing was expected."""
        return min(1.0, self.answered / self.expected) if self.expected else None


@dataclass(frozen=True, slots=True)
class Watched:
    """A device as availability sees it: where it stands, since when it is there, how often it is polled."""

    id: DeviceId
    name: str
    site_id: SiteId | None
    site: str
    added: datetime
    interval: timedelta


@dataclass(frozen=True, slots=True)
class SiteAvailability:
    """The same of all devices of a site; those that stand nowhere have one of their own, without an id.

    ``up`` is for how long devices answered, of ``wanted``, for how long they should have: one that is polled more
    often weighs no more.
    """

    site_id: SiteId | None
    name: str
    devices: int
    answered: int
    expected: int
    planned: timedelta
    up: timedelta
    wanted: timedelta

    @property
    def ratio(self) -> float | None:
        """The share of the time; None where nothing was expected."""
        return self.up / self.wanted if self.wanted else None


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
    return [found for _, found in every(session, families, spanned, now, devices)]


def by_site(
    session: Session,
    families: Mapping[str, Family],
    spanned: Range,
    now: datetime,
    devices: Sequence[DeviceId] | None = None,
) -> list[SiteAvailability]:
    """Tell the same of each site, in the order of their names; the devices that stand nowhere come last."""
    sites = defaultdict[tuple[bool, str], list[tuple[Watched, Availability]]](list)
    for device, found in every(session, families, spanned, now, devices):
        sites[device.site_id is None, device.site].append((device, found))
    return [_together(sites[name]) for name in sorted(sites)]


def every(
    session: Session,
    families: Mapping[str, Family],
    spanned: Range,
    now: datetime,
    devices: Sequence[DeviceId] | None = None,
) -> list[tuple[Watched, Availability]]:
    """Tell the availability of each device, with the device."""
    if spanned.start >= now:
        raise BadInput("The range is in the future.", "Give a start before now.")
    passed = Range(spanned.start, min(spanned.end, now))
    make_room(session)
    listed, subject = _watched(session, devices), Subject(find(families, HEARD), devices)
    held = holdings.read(session, subject, passed, now)
    pieces = plans.choose(Wish(passed, points=1, devices=len(listed)), held).pieces
    count = _answered(session, subject, pieces)
    rested = planned.times(session, passed, {device.id: device.site_id for device in listed})
    left_out = outages.left_out(session, subject.family, rested, held)
    answers = []
    for device in listed:
        answered, first = count.get(device.id, (0, device.added))
        gap = left_out.get(device.id, outages.NONE)
        here = max(passed.start, min(device.added, first))
        if here < passed.end:
            cut = spans.length(spans.within(gap.spans, here, passed.end))
            polls = max(0, round((passed.end - here - cut) / device.interval))
            answers.append((device, Availability(device.id, max(0, answered - gap.answered), polls, cut)))
    return answers


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


def _watched(session: Session, devices: Sequence[DeviceId] | None) -> list[Watched]:
    """Read the devices by name."""
    listed = (
        select(
            *(known.c.id, known.c.name, known.c.site_id, func.coalesce(places.c.name, NO_SITE)),
            *(known.c.created_at, known.c.interval_seconds),
        )
        .select_from(known.outerjoin(places, places.c.id == known.c.site_id))
        .where(*([] if devices is None else [known.c.id == any_(literal(list(devices), ARRAY(Uuid)))]))
    )
    return [
        Watched(device, name, site_id, site, added, timedelta(seconds=seconds))
        for device, name, site_id, site, added, seconds in session.execute(listed.order_by(known.c.name))
    ]


def _together(found: Sequence[tuple[Watched, Availability]]) -> SiteAvailability:
    """Add up what the devices of a site have."""
    first, _ = found[0]
    return SiteAvailability(
        site_id=first.site_id,
        name=first.site,
        devices=len(found),
        answered=sum(one.answered for _, one in found),
        expected=sum(one.expected for _, one in found),
        planned=sum((one.planned for _, one in found), timedelta()),
        up=sum((min(one.answered, one.expected) * device.interval for device, one in found), timedelta()),
        wanted=sum((one.expected * device.interval for device, one in found), timedelta()),
    )


def _answered(session: Session, subject: Subject, pieces: Sequence[Piece]) -> dict[DeviceId, tuple[int, datetime]]:
    """Count the polls that each device answered, and tell the first."""
    each = union_all(*(_rows(subject, piece) for piece in pieces)).subquery()
    counted = select(each.c.device_id, cast(func.sum(each.c.rows), BigInteger), func.min(each.c.first))
    return {
        DeviceId(device): (count, first)
        for device, count, first in session.execute(counted.group_by(each.c.device_id))
    }


def _rows(subject: Subject, piece: Piece) -> Select[Any]:
    """Count the raw rows of each device in a piece of the range."""
    view = metric_tables.readable(subject.family, piece.resolution)
    count = raw_count(view, piece.resolution)
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
