"""What the metric store holds: bytes, rows and days by family and resolution, and how it grows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import dirty, partitions, retention
from db.dirty import Backlog
from db.partitions import Partition
from db.worktables import schedules
from fleet.resolutions import Resolution
from fleet.retention import DAY, Growth, Mode, Rule, Rules, days_until_full
from fleet.settings import Settings

ROLLUPS = "store.rollups"
"""The kind of the schedule by which the keeper rolls up."""

LEAST = timedelta(hours=1)
"""How long rows must have come in before a day is forecast from them."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a family at a resolution; rows are an estimate, ``oldest`` and ``newest`` whole days."""

    family: str
    resolution: Resolution
    size: int
    rows: int
    rows_a_day: float
    bytes_a_day: float
    partitions: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Total:
    """What is held of all families at a resolution."""

    size: int
    rows: int
    rows_a_day: float
    bytes_a_day: float


@dataclass(frozen=True, slots=True)
class Status:
    """All of it: the tables, the whole database's size, what it may still take, and when that is taken.

    ``room`` is None where no bound is known, ``full_in_days`` where it is not to be foreseen that it runs full, and
    ``rolled_at`` where nobody has rolled up yet.
    """

    mode: Mode
    rules: Rules
    held: Sequence[Held]
    backlog: Sequence[Backlog]
    rolled_at: datetime | None
    size: int
    room: int | None
    full_in_days: float | None


def status(session: Session, asked: Settings, now: datetime) -> Status:
    """Look at the store."""
    rules = retention.in_force(session, asked)
    grouped: dict[tuple[str, Resolution], list[Partition]] = {}
    for one in partitions.listed(session):
        grouped.setdefault((one.family, one.resolution), []).append(one)
    order = list(Resolution)
    days = [one for of in grouped.values() for one in of if one.resolution is not Resolution.HOUR]
    since = {family: _first(one for one in days if one.family == family) for family, _ in grouped}
    in_turn = sorted(grouped, key=lambda key: (key[0], order.index(key[1])))
    held = [_held(key, grouped[key], now, since[key[0]]) for key in in_turn]
    room = retention.room(session, asked)
    growths = [_growth(one, rules[one.resolution], now) for one in held]
    return Status(
        partitions.mode(session),
        rules,
        held,
        dirty.backlog(session, now),
        session.scalar(select(schedules.c.last_at).where(schedules.c.kind == ROLLUPS)),
        retention.size(session),
        room,
        None if room is None else days_until_full(growths, room),
    )


def totals(found: Status) -> Mapping[Resolution, Total]:
    """Add up what is held by resolution."""
    return {
        resolution: _total(one for one in found.held if one.resolution is resolution) for resolution in Resolution
    }


def _total(held: Iterable[Held]) -> Total:
    each = list(held)
    return Total(
        sum(one.size for one in each),
        sum(one.rows for one in each),
        sum(one.rows_a_day for one in each),
        sum(one.bytes_a_day for one in each),
    )


def _held(key: tuple[str, Resolution], of: Sequence[Partition], now: datetime, since: datetime | None) -> Held:
    filled = [one for one in of if one.heap]
    rows, size = _daily(filled, now, since or now)
    return Held(
        *key,
        sum(one.size for one in of),
        sum(one.rows for one in of),
        rows,
        size,
        len(of),
        _first(of),
        max((one.start for one in filled), default=None),
    )


def _first(of: Iterable[Partition]) -> datetime | None:
    return min((one.start for one in of if one.heap), default=None)


def _daily(filled: Iterable[Partition], now: datetime, since: datetime) -> tuple[float, float]:
    """Tell rows and bytes of a day by the newest partition that is over, or by the one that is being written.

    ``since`` is when rows of the family began to come: the month of the hours may have begun earlier.
    """
    begun = sorted((one for one in filled if one.start + LEAST <= now), key=lambda one: one.start)
    if not begun:
        return 0.0, 0.0
    over = [one for one in begun if one.end <= now]
    one = over[-1] if over else begun[-1]
    days = (min(one.end, now) - max(one.start, min(since, now - LEAST))) / DAY
    return one.rows / days, one.size / days


def _growth(one: Held, rule: Rule, now: datetime) -> Growth:
    age = timedelta(0) if one.oldest is None else now - one.oldest
    return Growth(one.size, one.bytes_a_day, max(0.0, (rule.keep - age) / DAY))
