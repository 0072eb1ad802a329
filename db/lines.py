"""One column of one device over a range, a line for each instance: what the charts and REST of a device show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db import answers, grouped, holdings, plans
from db.aggregates import Aggregate
from db.answers import Point, Reading
from db.grouped import Question
from db.holdings import Subject
from db.partials import Source
from db.plans import Wish
from db.ranges import Range
from fleet.families import Family, find
from fleet.identity import DeviceId


@dataclass(frozen=True, slots=True)
class LineQuery:
    """One column of a family, of one device, from ``start`` to ``end``; ``labels`` picks lines out by name."""

    device_id: DeviceId
    family: str
    field: str
    start: datetime
    end: datetime
    points: int = 300
    labels: Mapping[str, str] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one instance in the order of time."""

    labels: Mapping[str, str]
    points: list[Point]


def series(
    session: Session, query: LineQuery, families: Mapping[str, Family], now: datetime
) -> tuple[list[Line], Reading]:
    """Read the lines of a query, in the order of their labels, and tell what they were read from.

    Raises BadInput for an unknown family, field or label, a bad range, a number of points beyond 2 to 2000, and
    where all lines together would be too long an answer.
    """
    family = find(families, query.family)
    spanned = Range(query.start, query.end)
    column = family.column(query.field)
    source = Source(family, column, devices=[query.device_id], labels=query.labels)
    question = Question(source, Aggregate.AVG, family.labels)
    spanned.step(query.points)
    wish = Wish(spanned, query.points)
    if plans.raw_only(wish) and holdings.recent(spanned, now):
        held = plans.everything(now, spanned.start)
    else:
        held = holdings.read(session, Subject(family, source.devices), spanned, now)
    plan = plans.choose(wish, held)
    rows = grouped.points(session, question, plan)
    return list(_lines(family, answers.shaped(question, plan, rows, now))), answers.reading(question, plan)


def _lines(family: Family, points: Mapping[tuple[Any, ...], Sequence[Point]]) -> Iterator[Line]:
    for group, of_line in points.items():
        yield Line(dict(zip(family.labels, group, strict=True)), list(of_line))
