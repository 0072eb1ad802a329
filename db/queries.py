"""Questions about metrics: a range in steps, reduced and grouped as asked, out of raw rows or roll-ups.

No answer is unbounded: a range has its steps, an answer its rows and a statement its time. A step without a
measurement has no point: gaps stay gaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import aggregates, answers, grouped, groupings, holdings, partials, plans, selection
from db.answers import Answer, Line, Point
from db.grouped import Group, Question
from db.groupings import DEVICE
from db.holdings import Subject
from db.partials import Source
from db.plans import Plan, Wish
from db.ranges import Range
from db.rows import make_room
from db.selection import Selection
from db.tables import devices
from fleet.errors import BadInput
from fleet.families import Family, find
from fleet.identity import DeviceId

TOP = 1000
"""The most groups that a top may name."""


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One column of a family over a range, reduced for each step and each group.

    The range is laid out in steps of ``step``, or in at most ``points`` of them (1: as a whole). ``aggregate`` None
    is the usual one of the column. ``by`` names the groupings; none puts all into one line. ``devices`` None: all of
    the tenant's; ``sites`` (names or ids) and ``tags`` leave those that stand at one and have one of them. ``labels``
    picks instances out by name, ``once`` leaves out interfaces that carry what another one of the device carries
    already, as a VLAN and its port do. ``top`` keeps the groups that are greatest over the whole range. ``compare``
    reads the same range so much earlier beside it.
    """

    family: str
    field: str
    range: Range
    aggregate: str | None = None
    by: tuple[str, ...] = ()
    step: timedelta | None = None
    points: int = 300
    devices: Sequence[DeviceId] | None = None
    sites: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    labels: Mapping[str, str] = attribute(default_factory=dict)
    once: bool = False
    top: int | None = None
    compare: timedelta | None = None


@dataclass(frozen=True, slots=True)
class _Plans:
    """What is read of the range, of the earlier one, and of the range as a whole to find the top."""

    main: Plan
    earlier: Plan | None
    whole: Plan


def ask(session: Session, query: MetricQuery, families: Mapping[str, Family], now: datetime) -> Answer:
    """Answer a query.

    Raises BadInput, each with what would do: for an unknown family, field, aggregate, grouping, label, site or tag,
    for a range that is in the future, for steps that are too fine or no longer kept, and where the answer would be
    too long.
    """
    query = replace(query, devices=selection.devices(session, Selection(query.devices, query.sites, query.tags)))
    question = _question(find(families, query.family), query)
    _check(query, now)
    make_room(session)
    plan = _plans(session, question, query, now)
    rows, groups = _rows(session, question, query.top, plan)
    points = answers.shaped(question, plan.main, rows, now)
    earlier = {}
    if plan.earlier is not None:
        past = grouped.points(session, question, plan.earlier, groups)
        shaped = answers.shaped(question, plan.earlier, past, now)
        earlier = answers.moved(shaped, plan.main.origin - plan.earlier.origin)
    return Answer(
        aggregate=question.aggregate,
        unit=aggregates.unit(question.source.column, question.aggregate),
        step=plan.main.step,
        read=answers.reading(question, plan.main),
        earlier=None if plan.earlier is None else answers.reading(question, plan.earlier),
        lines=_lines(session, question, points, earlier),
    )


def _question(family: Family, query: MetricQuery) -> Question:
    column = family.column(query.field)
    aggregate = aggregates.named(partials.role(family, column), column.name, query.aggregate)
    groupings.check(family, query.by)
    shown, increase = aggregates.columns(family, column, aggregate)
    return Question(Source(family, shown, increase, query.devices, query.labels, query.once), aggregate, query.by)


def _check(query: MetricQuery, now: datetime) -> None:
    if query.range.start >= now:
        raise BadInput("The range is in the future.", "Give a start before now.")
    if query.top is not None and not 1 <= query.top <= TOP:
        raise BadInput(f"A top of {query.top} cannot be told.", f"Ask for 1 to {TOP}.")
    if query.top is not None and not query.by:
        raise BadInput("Without groups there is no top of them.", "Name what to group by.")


def _plans(session: Session, question: Question, query: MetricQuery, now: datetime) -> _Plans:
    source = question.source
    count = len(source.devices) if source.devices is not None else _count(session)
    singly = aggregates.singly(question.aggregate, source.role)
    wish = Wish(query.range, query.points, query.step, count, singly)
    earlier = None if query.compare is None else query.range.earlier(query.compare)
    spanned = query.range if earlier is None else Range(earlier.start, query.range.end)
    if plans.raw_only(wish) and holdings.recent(spanned, now) and query.top is None:
        held = plans.everything(now, spanned.start)
    else:
        held = holdings.read(session, Subject(source.family, source.devices), spanned, now)
    whole = plans.choose(replace(wish, points=1, step=None), held)
    if earlier is None:
        return _Plans(plans.choose(wish, held), None, whole)
    return _Plans(*plans.alike(wish, earlier, held), whole)


def _count(session: Session) -> int:
    return session.execute(select(func.count()).select_from(devices)).scalar_one()


def _rows(
    session: Session, question: Question, top: int | None, plan: _Plans
) -> tuple[Sequence[Sequence[Any]], list[Group] | None]:
    """Read the rows, of all groups or of the greatest; tells these in their order."""
    if top is None:
        return grouped.points(session, question, plan.main), None
    ranked = grouped.top(session, question, plan.main if plan.main.single else plan.whole, top)
    groups = [tuple(row[: len(question.by)]) for row in ranked]
    if plan.main.single or not groups:
        return ranked, groups
    place = {group: number for number, group in enumerate(groups)}
    rows = grouped.points(session, question, plan.main, groups)
    return sorted(rows, key=lambda row: place[tuple(row[: len(question.by)])]), groups


def _lines(
    session: Session,
    question: Question,
    points: Mapping[Group, list[Point]],
    earlier: Mapping[Group, list[Point]],
) -> list[Line]:
    """Name the groups; one that was there earlier alone comes last."""
    groups = list(dict.fromkeys((*points, *earlier)))
    names = _names(session, question, groups)
    return [
        Line(
            dict(zip(question.by, map(str, group), strict=True)),
            " · ".join(names.get(word, str(word)) for word in group),
            points.get(group, []),
            earlier.get(group, []),
        )
        for group in groups
    ]


def _names(session: Session, question: Question, groups: Iterable[Group]) -> Mapping[object, str]:
    """Look up the names of the devices that groups are of."""
    if DEVICE.name not in question.by:
        return {}
    place = question.by.index(DEVICE.name)
    asked = select(devices.c.id, devices.c.name).where(devices.c.id.in_({group[place] for group in groups}))
    return {row.id: row.name for row in session.execute(asked)}
