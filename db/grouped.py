"""The statement behind a question: partials put into steps and groups, and the greatest groups picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, FromClause, Select, cast, func, literal_column, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from db import aggregates, groupings, partials
from db.aggregates import Aggregate
from db.groupings import DEVICE
from db.partials import Source
from db.plans import Plan
from db.rows import bounded

Group: TypeAlias = tuple[Any, ...]
"""The values of the groupings, in the order in which they were asked for."""

_STEP = "_step"
"""No column of a family has this name, for theirs begin with a letter."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is read, to what it is reduced and by what it is grouped."""

    source: Source
    aggregate: Aggregate
    by: tuple[str, ...] = ()

    @property
    def summed(self) -> bool:
        """Whether the means of the single instances are added up."""
        return self.aggregate is Aggregate.SUM and self.source.increase is None

    def of(self, groups: Sequence[Group]) -> Question:
        """Ask of the devices of some groups alone."""
        if DEVICE.name not in self.by:
            return self
        place = self.by.index(DEVICE.name)
        return replace(self, source=replace(self.source, devices=sorted({group[place] for group in groups})))


def points(
    session: Session, question: Question, plan: Plan, only: Sequence[Group] | None = None
) -> Sequence[Sequence[Any]]:
    """Read a row for each step of each group, in this order: the group, step, value, min, avg, max and count."""
    if only is not None:
        question = question.of(only)
    found, groups = _statement(question, plan)
    if only is not None:
        found = found.where(tuple_(*groups).in_(list(only)))
    return bounded(session, found.order_by(*groups, literal_column(_STEP)))


def top(session: Session, question: Question, plan: Plan, most: int) -> Sequence[Sequence[Any]]:
    """Read the same rows of a plan of one step, but of the greatest groups alone, the greatest first."""
    found, groups = _statement(question, plan)
    return session.execute(found.order_by(literal_column("value").desc().nulls_last(), *groups).limit(most)).all()


def _statement(question: Question, plan: Plan) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    source = question.source
    rows = partials.rows(source, plan, singly=aggregates.singly(question.aggregate, source.role))
    if question.summed:
        rows = _means(rows, question, plan)
    joined, groups = groupings.joined(rows, question.by)
    step = rows.c.time if question.summed else _step(rows, plan)
    count = func.sum(rows.c.count)
    found = select(
        *groups,
        step.label(_STEP),
        aggregates.expression(question.aggregate, rows).label("value"),
        func.min(rows.c.low),
        func.sum(rows.c.total) / count,
        func.max(rows.c.high),
        cast(count, BigInteger),
    )
    return found.select_from(joined).group_by(*groups, literal_column(_STEP)), groups


def _step(rows: FromClause, plan: Plan) -> ColumnElement[Any]:
    return func.date_bin(plan.step, rows.c.time, plan.origin)


def _means(rows: FromClause, question: Question, plan: Plan) -> FromClause:
    """Reduce partials to one for each instance and step, whose amount is its mean."""
    key = [rows.c[name] for name in ("device_id", *question.source.family.labels)]
    total, count = func.sum(rows.c.total), func.sum(rows.c.count)
    reduced = {
        "total": total,
        "low": func.min(rows.c.low),
        "high": func.max(rows.c.high),
        "count": count,
        "amount": total / count,
    }
    values = [value.label(name) for name, value in reduced.items()]
    bins = select(*key, _step(rows, plan).label(_STEP), *values).group_by(*key, literal_column(_STEP)).subquery()
    return select(bins.c[_STEP].label("time"), *(c for c in bins.c if c.name != _STEP)).subquery("means")
