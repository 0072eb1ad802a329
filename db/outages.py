"""What a planned time takes out of a count: the polls that were answered in it, and the time that is left out.

Where the rows of that time are rolled up and no finer ones are kept, nobody knows on which side of an edge a poll was
answered. There a planned time is widened to whole buckets, and neither counts nor is expected as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, DateTime, Select, Uuid, cast, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import metric_tables, plans
from db.plans import Held, Piece, Wish
from db.ranges import LONGEST, Range
from db.rows import between, of_these, raw_count
from fleet import spans
from fleet.families import Family
from fleet.identity import DeviceId
from fleet.resolutions import Resolution
from fleet.spans import Span

MANY = 50
"""Devices from which on it is cheaper to read a span for all of them at once."""

_Cut: TypeAlias = tuple[DeviceId, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Gap:
    """What is left out of a device: which times, and the polls that were answered in them."""

    spans: tuple[Span, ...] = ()
    answered: int = 0


NONE = Gap()


def left_out(
    session: Session, family: Family, planned: Mapping[DeviceId, tuple[Span, ...]], held: Held
) -> dict[DeviceId, Gap]:
    """Tell what planned times take out of each device's rows of a family without labels."""
    alike = defaultdict[tuple[Span, ...], list[DeviceId]](list)
    for device, its in planned.items():
        alike[its].append(device)
    wide = {its: spans.merged(_widened(span, held, len(devices)) for span in its) for its, devices in alike.items()}
    cuts = defaultdict[Piece, list[DeviceId]](list)
    for its, devices in alike.items():
        for piece in _pieces(wide[its], held, len(devices)):
            cuts[piece] += devices
    answered = Counter[DeviceId]()
    for device, count in _counted(session, family, cuts):
        answered[device] += count
    return {device: Gap(wide[its], answered[device]) for device, its in planned.items()}


def _widened(span: Span, held: Held, devices: int) -> Span:
    plan = _plan(span, held, devices)
    return plan.start, plan.end


def _pieces(its: Iterable[Span], held: Held, devices: int) -> Iterator[Piece]:
    for span in its:
        yield from _plan(span, held, devices).pieces


def _plan(span: Span, held: Held, devices: int) -> plans.Plan:
    """Decide from which rows the polls of a span are counted; widened, it may be longer than may be asked for."""
    start, end = span
    return plans.choose(Wish(Range(max(start, end - LONGEST), end), points=1, devices=devices), held)


def _counted(
    session: Session, family: Family, cuts: Mapping[Piece, Sequence[DeviceId]]
) -> Iterator[tuple[DeviceId, int]]:
    """Count rows by device: a piece that many have is read at once, those of few are looked up together."""
    few = defaultdict[Resolution, list[_Cut]](list)
    for piece, devices in cuts.items():
        if len(devices) >= MANY:
            yield from _together(session, family, piece, devices)
        else:
            few[piece.resolution] += [(device, piece.start, piece.end) for device in devices]
    for resolution, cut in few.items():
        yield from _singly(session, family, resolution, cut)


def _together(
    session: Session, family: Family, piece: Piece, devices: Sequence[DeviceId]
) -> Iterator[tuple[DeviceId, int]]:
    view = metric_tables.readable(family, piece.resolution)
    count = cast(raw_count(view, piece.resolution), BigInteger)
    inside = of_these(view, devices), *between(view, piece.start, piece.end)
    yield from _told(session, select(view.c.device_id, count).where(*inside).group_by(view.c.device_id))


def _singly(
    session: Session, family: Family, resolution: Resolution, cuts: Sequence[_Cut]
) -> Iterator[tuple[DeviceId, int]]:
    """Look each pair of a device and a span up by the index, within the barrier of the view."""
    view, moment = metric_tables.readable(family, resolution), DateTime(timezone=True)
    devices, begins, ends = map(list, zip(*cuts, strict=True))
    given = (
        func.unnest(literal(devices, ARRAY(Uuid)), literal(begins, ARRAY(moment)), literal(ends, ARRAY(moment)))
        .table_valued(column("device_id", Uuid), column("begins", moment), column("ends", moment))
        .render_derived(name="cuts")
    )
    count = raw_count(view, resolution)
    inside = (
        select(count.label("rows"))
        .where(view.c.device_id == given.c.device_id, view.c.time >= given.c.begins, view.c.time < given.c.ends)
        .lateral("inside")
    )
    total = cast(func.coalesce(func.sum(inside.c.rows), 0), BigInteger)
    found = select(given.c.device_id, total).select_from(given.join(inside, true())).group_by(given.c.device_id)
    yield from _told(session, found)


def _told(session: Session, found: Select[Any]) -> list[tuple[DeviceId, int]]:
    return [(DeviceId(device), count) for device, count in session.execute(found)]
