"""Roll-ups: buckets of five minutes from raw rows, hours from those, computed anew wherever rows came in.

The work is done in steps. A step is one transaction that takes marks (``db.dirty``), computes their buckets whole and
marks the hours that they belong to: whatever ends it in the middle, it was not begun. A bucket that is computed twice
is the same, and rows that come a week late change their bucket and its hour alone.

A row of a roll-up tells in ``rows`` how many raw rows it was made of. For a family without labels that is how many
polls were answered: over those that were due it is the device's availability.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from db import dirty, metric_tables, partitions, reductions
from db.dirty import Window, Work
from db.engine import Stores
from db.platform import platform_session
from db.rows import UNSORTED
from fleet.families import Family
from fleet.resolutions import Resolution

BUDGET = timedelta(seconds=20)
"""How long one run goes on; the step that it is in is finished."""

STEP_BYTES = 64 * 2**20
"""About how much of the finer table one step reads, at least a bucket."""

_OPTIONS = {"work_mem": "64MB", "jit": "off", "statement_timeout": "5min", "synchronous_commit": "off", **UNSORTED}
"""A commit that is lost takes its marks back with it, so nobody need wait for the disk."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: steps, rows that were stored, and whether more waits."""

    steps: int = 0
    rows: int = 0
    more: bool = False


def run(
    stores: Stores,
    families: Mapping[str, Family],
    window: Window,
    enough: Callable[[], bool] | None = None,
) -> Done:
    """Roll up what waits, the longest waiting first, until nothing is left or it is ``enough`` (None: after BUDGET).

    Where another does it already there is nothing to do.
    """
    enough = enough or after(BUDGET)
    steps = rows = 0
    with platform_session(stores, "marks of roll-ups are split") as session:
        if alone(session):
            dirty.split(session)
    while (stored := step(stores, families, window)) is not None:
        steps, rows = steps + 1, rows + stored
        if enough():
            return Done(steps, rows, more=True)
    return Done(steps, rows)


def after(span: timedelta, stopwatch: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """Make what tells whether a span is over that begins now."""
    until = stopwatch() + span.total_seconds()
    return lambda: stopwatch() >= until


def step(stores: Stores, families: Mapping[str, Family], window: Window) -> int | None:
    """Roll up some buckets in one transaction; returns the rows stored, None where there is nothing to do."""
    with platform_session(stores, "metrics are rolled up") as session:
        session.execute(select(*(func.set_config(name, value, True) for name, value in _OPTIONS.items())))
        if not alone(session):
            return None
        work = find(session, families, window)
        if work is None:
            return None
        dirty.take(session, work)
        return compute(session, work)


def alone(session: Session) -> bool:
    """Keep others from rolling up until this transaction ends; False where another is at it."""
    return bool(session.execute(select(func.pg_try_advisory_xact_lock(func.hashtext("rollups")))).scalar_one())


def find(session: Session, families: Mapping[str, Family], window: Window) -> Work | None:
    """Find what has waited longest, and as much of the same day as one step may do with it."""
    first = dirty.first(session, families, window)
    if first is None:
        return None
    day = partitions.opening(first.source, first.start)
    end = min(day + timedelta(days=1), window.end, window.settled(first.resolution))
    return dirty.run(session, first, _most(session, first), end)


def compute(session: Session, work: Work) -> int:
    """Compute buckets from what is there now, and mark their hours; returns how many rows are new or have changed.

    Where the finer rows were dropped meanwhile, what was made of them stays as it is.
    """
    source, target = (metric_tables.table_name(work.family, each) for each in (work.source, work.resolution))
    if not partitions.ready(session, target, work.start):
        return 0
    session.execute(text(f"LOCK TABLE ONLY {source} IN ACCESS SHARE MODE"))
    if partitions.size(session, source, work.start) is None:
        return 0
    bounds = {"start": work.start, "end": work.end}
    stored = session.connection().exec_driver_sql(reductions.statement(work.family, work.resolution), bounds).rowcount
    if stored and work.resolution is Resolution.FIVE_MINUTES:
        dirty.mark_hours(session, work)
    return stored


def _most(session: Session, work: Work) -> int:
    """Tell how many buckets a step may do at once, by the size of the partition that they are read from."""
    buckets = timedelta(days=1) // work.resolution.span
    size = partitions.size(session, metric_tables.table_name(work.family, work.source), work.start) or 0
    return max(1, min(buckets, STEP_BYTES * buckets // max(size, 1)))
