"""What a rule reads in the rows of a family: a value for each instance worth a judgement."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from uuid import UUID

from fleet.alerts.rule import MEASURED, Condition, Rule, Test
from fleet.alerts.usual import Usual, distance
from fleet.events import FamilyRows
from fleet.families import Value

JOINED = " / "
"""What stands between the labels of an instance of several."""


def readings(
    rule: Rule, rows: FamilyRows, known: Collection[tuple[UUID, str]], usual: Callable[[str], Usual | None]
) -> Iterator[tuple[str, float | None]]:
    """Yield instances with their values: those that are ``known`` already, and those that begin something.

    An instance that is known and not told any more has None. What is neither needs no judgement: nearly all. Of a
    baseline the value is the distance from what is ``usual`` of an instance; what is not known there has None.
    """
    values = _values(rule, rows)
    if values is None:
        return
    if rule.condition.test is Test.BASELINE:
        values = _distances(rule.condition, rows, values, usual)
    condition, rated, rule_id = rule.condition, rule.condition.test in MEASURED, rule.id
    told: set[str] = set()
    for labels, value in zip(rows.labels, values, strict=True):
        if known:
            key = JOINED.join(labels)
            told.add(key)
            if (rule_id, key) in known:
                yield key, value
                continue
        if value is not None and (rated or condition.breached(value)):
            yield JOINED.join(labels), value
    if known:
        yield from [(key, None) for its_rule, key in [*known] if its_rule == rule_id and key not in told]


def _values(rule: Rule, rows: FamilyRows) -> list[float | None] | None:
    """Read the column of a rule, or its share of another; None where the rows have it not."""
    columns, condition = rows.columns, rule.condition
    if condition.field not in columns:
        return None
    place = columns.index(condition.field)
    if not condition.share_of:
        return [row[place] for row in rows.values]
    if condition.share_of not in columns:
        return None
    whole = columns.index(condition.share_of)
    return [_share(row[place], row[whole]) for row in rows.values]


def _distances(
    condition: Condition, rows: FamilyRows, values: list[float | None], usual: Callable[[str], Usual | None]
) -> list[float | None]:
    labels = (JOINED.join(one) for one in rows.labels)
    return [
        None if value is None or not math.isfinite(value) else distance(condition, value, usual(key))
        for key, value in zip(labels, values, strict=True)
    ]


def _share(part: Value, whole: Value) -> float | None:
    return None if part is None or not whole else part / whole
