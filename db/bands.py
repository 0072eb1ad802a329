"""How a column is spread over the tenant's devices, step by step: what stands behind one device's line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from db import holdings, partials, plans
from db.holdings import Subject
from db.partials import Source
from db.plans import Wish
from db.ranges import Range
from db.rows import bounded, make_room
from db.tables import devices
from fleet.families import Family, find

LOW, HIGH = 0.05, 0.95
STEPS = 60
"""How many steps a band has at most: it is a ground, and no line."""

SHORT, LONG = timedelta(minutes=5), timedelta(hours=1)
"""No step is shorter, so that roll-ups serve: 2,000 devices of ten seconds are 720,000 rows in an hour."""

HALF_DAY = timedelta(hours=12)
"""From this length on steps are of hours."""

_STEP = "_step"
"""No column of a family has this name, for theirs begin with a letter."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The 5th, 50th and 95th percentile of the means of ``count`` instances, in the step that begins at ``time``."""

    time: datetime
    low: float
    middle: float
    high: float
    count: int


def spread(
    session: Session, column: tuple[str, str], spanned: Range, families: Mapping[str, Family], now: datetime
) -> list[Spread]:
    """Read how a column, named with its family, is spread over all instances of the tenant's devices."""
    family = find(families, column[0])
    source = Source(family, family.column(column[1]))
    make_room(session)
    count = session.execute(select(func.count()).select_from(devices)).scalar_one()
    held = holdings.read(session, Subject(family), spanned, now)
    plan = plans.choose(Wish(spanned, points=_steps(spanned), devices=count), held)
    rows = partials.rows(source, plan)
    key = [rows.c[name] for name in ("device_id", *family.labels)]
    step = func.date_bin(plan.step, rows.c.time, plan.origin).label(_STEP)
    mean = (func.sum(rows.c.total) / func.sum(rows.c.count)).label("mean")
    means = select(step, *key, mean).group_by(*key, literal_column(_STEP)).subquery("means")
    shares = [func.percentile_cont(at).within_group(means.c.mean) for at in (LOW, 0.5, HIGH)]
    found = select(means.c[_STEP], *shares, func.count()).group_by(means.c[_STEP]).order_by(means.c[_STEP])
    return [Spread(*row) for row in bounded(session, found)]


def _steps(spanned: Range) -> int:
    return max(2, min(STEPS, spanned.length // (LONG if spanned.length >= HALF_DAY else SHORT)))
