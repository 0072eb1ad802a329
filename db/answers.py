"""What a question about metrics is answered with, and how rows of the database become points. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime, timedelta
from typing import Any

from db import aggregates
from db.aggregates import Aggregate
from db.grouped import Group, Question
from db.partials import Role
from db.plans import Plan
from fleet.resolutions import Resolution


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured in the step that begins at ``time``, and ``value``, to which it was reduced.

    ``min`` is None where it is not kept: of a counter's increases in a roll-up.
    """

    time: datetime
    value: float | None
    min: float | None
    avg: float
    max: float
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """The points of a group by time, and those of the earlier range under the time of the present one."""

    group: Mapping[str, str]
    title: str
    points: list[Point]
    earlier: list[Point] = attribute(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a range was read from: its ends, the coarsest rows, and of what percentiles and the last are taken."""

    start: datetime
    end: datetime
    resolution: Resolution
    basis: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The lines of a query, greatest first where a top was asked for, with the steps and unit of their points."""

    aggregate: Aggregate
    unit: str
    step: timedelta
    read: Reading
    earlier: Reading | None
    lines: list[Line]


def reading(question: Question, plan: Plan) -> Reading:
    """Tell what a plan reads."""
    basis = aggregates.basis(question.aggregate, question.source.role, plan.resolution)
    return Reading(plan.start, plan.end, plan.resolution, basis)


def shaped(question: Question, plan: Plan, rows: Sequence[Sequence[Any]], now: datetime) -> dict[Group, list[Point]]:
    """Turn rows (group, step, value, min, avg, max, count) into the points of each group, in their order."""
    width = len(question.by)
    found: dict[Group, list[Point]] = {}
    for row in rows:
        at, value, low, mean, high, count = row[width:]
        if plan.resolution.span and question.source.role in (Role.GAUGE, Role.RATE):
            low, high = _rounded(low, mean, min), _rounded(high, mean, max)
        if question.aggregate is Aggregate.RATE and value is not None:
            value /= _seconds(plan, at, now)
        elif question.aggregate in (Aggregate.MIN, Aggregate.MAX):
            value = low if question.aggregate is Aggregate.MIN else high
        if plan.resolution.span and question.source.role is Role.INCREASE:
            low = None
        found.setdefault(tuple(row[:width]), []).append(Point(at, value, low, mean, high, count))
    return found


def moved(points: Mapping[Group, list[Point]], later: timedelta) -> dict[Group, list[Point]]:
    """Put points under a later time."""
    return {group: [replace(p, time=p.time + later) for p in of_group] for group, of_group in points.items()}


def _seconds(plan: Plan, at: datetime, now: datetime) -> float:
    """Tell how much of a step is read, for the first and the last may be cut."""
    span = min(at + plan.step, plan.end, max(now, at + timedelta(seconds=1))) - max(at, plan.start)
    return span.total_seconds()


def _rounded(extreme: float | None, mean: float, pick: Any) -> float | None:
    """Take off the digits that a roll-up's ``real`` does not know."""
    return None if extreme is None else float(pick(float(f"{extreme:.7g}"), mean))
