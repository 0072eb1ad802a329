"""The newest readings of a tenant's devices: whole rows for one device's page, sparklines for the list of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import DateTime, Double, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from db import metric_tables
from db.ranges import Range
from db.rows import bounded, make_room, of_devices, sane, within
from fleet.families import Family
from fleet.identity import DeviceId

SPARKS = 12
"""Steps of a sparkline."""

_STEP = "_step"
"""No column of a family has this name, for theirs begin with a letter."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest row of one instance of a device."""

    device_id: DeviceId
    labels: Mapping[str, str]
    time: datetime
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Spark:
    """The averages of equal steps, None where nothing was measured, and the newest value of the last two steps."""

    values: tuple[float | None, ...]
    time: datetime | None
    latest: float | None


def latest(
    session: Session,
    family: Family,
    columns: Sequence[str],
    spanned: Range,
    devices: Sequence[DeviceId] | None = None,
) -> list[Latest]:
    """Read the rows of each device's newest reading within a range, of all the tenant's devices or of some."""
    view = metric_tables.readable(family)
    names = [family.column(name).name for name in columns]
    newest = (
        select(view.c.device_id, func.max(view.c.time).label("time"))
        .where(*within(view, spanned), *of_devices(view, devices))
        .group_by(view.c.device_id)
        .subquery()
    )
    found = (
        select(view.c.device_id, view.c.time, *(view.c[name] for name in (*family.labels, *names)))
        .join_from(newest, view, (view.c.device_id == newest.c.device_id) & (view.c.time == newest.c.time))
        .where(*within(view, spanned), *of_devices(view, devices))
        .order_by(view.c.device_id, *(view.c[name] for name in family.labels))
    )
    width = len(family.labels)
    return [
        Latest(
            device,
            dict(zip(family.labels, facts[:width], strict=True)),
            time,
            dict(zip(names, facts[width:], strict=True)),
        )
        for device, time, *facts in bounded(session, found)
    ]


def sparks(
    session: Session, family: Family, column: str, spanned: Range, devices: Sequence[DeviceId] | None = None
) -> dict[DeviceId, Spark]:
    """Read the newest value and a sparkline of each device in one query; a silent device is left out."""
    view = metric_tables.readable(family)
    value = view.c[family.column(column).name]
    size = spanned.step(SPARKS)
    starts = cast([spanned.start + n * size for n in range(SPARKS)], ARRAY(DateTime(timezone=True)))
    newest = func.max(array([func.extract("epoch", view.c.time).cast(Double), value.cast(Double)]))
    steps = (
        select(
            view.c.device_id,
            func.width_bucket(view.c.time, starts).label(_STEP),
            func.avg(cast(value, Double)).label("mean"),
            newest.filter(view.c.time >= spanned.end - 2 * size).label("newest"),
        )
        .where(*within(view, spanned), *of_devices(view, devices), sane(family, column, value))
        .group_by(view.c.device_id, literal_column(_STEP))
        .subquery()
    )
    found = select(
        steps.c.device_id, func.array_agg(steps.c[_STEP]), func.array_agg(steps.c.mean), func.max(steps.c.newest)
    ).group_by(steps.c.device_id)
    make_room(session)
    return {device: _spark(*facts) for device, *facts in session.execute(found)}


def _spark(places: list[int], means: list[float], newest: list[float] | None) -> Spark:
    """Lay means out by their steps, which are counted from 1."""
    values: list[float | None] = [None] * SPARKS
    for place, mean in zip(places, means, strict=True):
        values[place - 1] = mean
    if newest is None:
        return Spark(tuple(values), None, None)
    return Spark(tuple(values), datetime.fromtimestamp(newest[0], UTC), newest[1])
