"""By what metrics can be grouped: what is known of a device, each one line here, and the labels of a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, func, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import Subquery

from db.tables import device_state, devices
from fleet.errors import BadInput
from fleet.families import Family


@dataclass(frozen=True, slots=True)
class Grouping:
    """A property of devices, found in the row of a device or of its state."""

    name: str
    title: str
    column: ColumnElement[Any]


DEVICE = Grouping("device", "Device", devices.c.id)

GROUPINGS: Mapping[str, Grouping] = {
    grouping.name: grouping
    for grouping in (
        DEVICE,
        Grouping("model", "Model", device_state.c.model),
        Grouping("version", "RouterOS version", device_state.c.version),
    )
}
"""What is known of every device; a new property is one more line."""


def known(family: Family) -> tuple[str, ...]:
    """Tell all names by which a family can be grouped."""
    return (*GROUPINGS, *(name for name in family.labels if name not in GROUPINGS))


def check(family: Family, names: Sequence[str]) -> None:
    """Raise BadInput for a name by which a family cannot be grouped, and for one that is there twice."""
    there = known(family)
    for place, name in enumerate(names):
        if name not in there or name in names[:place]:
            raise BadInput(
                f"The family {family.name} cannot be grouped by {name!r}.",
                f"Choose each once of: {', '.join(there)}.",
            )


def joined(rows: FromClause, names: Sequence[str]) -> tuple[FromClause, list[ColumnElement[Any]]]:
    """Join partials with what is known of their devices, as far as names ask for it; tells the columns of the groups.

    What is not known of a device is the empty word.
    """
    asked = [GROUPINGS[name] for name in names if name in GROUPINGS and name != DEVICE.name]
    facts = _facts(asked)
    source = rows.join(facts, facts.c.id == rows.c.device_id) if asked else rows
    return source, [_column(rows, facts, name) for name in names]


def _facts(asked: Sequence[Grouping]) -> Subquery:
    whole = devices.outerjoin(device_state, device_state.c.device_id == devices.c.id)
    words = [func.coalesce(grouping.column, "").label(grouping.name) for grouping in asked]
    return select(devices.c.id, *words).select_from(whole).subquery("facts")


def _column(rows: FromClause, facts: FromClause, name: str) -> ColumnElement[Any]:
    if name == DEVICE.name:
        return rows.c.device_id
    return facts.c[name] if name in GROUPINGS else rows.c[name]
