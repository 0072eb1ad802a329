"""By what metrics can be grouped: what is known of a device, each one line here, and the labels of a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause, func, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.expression import Subquery

from db.tables import device_state, device_tags, devices, sites
from fleet.belonging import NO_SITE, NO_TAG
from fleet.errors import BadInput
from fleet.families import Family


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A table beside that of the devices, and what joins the two."""

    table: FromClause
    joins: ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A property of devices, found in their row or ``beside`` it; ``absent`` is the group of those without it.

    A device that has several (tags) counts in the group of each.
    """

    name: str
    title: str
    column: ColumnElement[Any]
    beside: Beside | None = None
    absent: str = ""


STATE = Beside(device_state, device_state.c.device_id == devices.c.id)
SITE = Beside(sites, sites.c.id == devices.c.site_id)
TAGS = Beside(device_tags, device_tags.c.device_id == devices.c.id)

DEVICE = Grouping("device", "Device", devices.c.id)

GROUPINGS: Mapping[str, Grouping] = {
    grouping.name: grouping
    for grouping in (
        DEVICE,
        Grouping("site", "Site", sites.c.name, SITE, NO_SITE),
        Grouping("tag", "Tag", device_tags.c.tag, TAGS, NO_TAG),
        Grouping("model", "Model", device_state.c.model, STATE),
        Grouping("version", "RouterOS version", device_state.c.version, STATE),
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

    What is not known of a device is the word of the grouping for that.
    """
    asked = [GROUPINGS[name] for name in names if name in GROUPINGS and name != DEVICE.name]
    facts = _facts(asked)
    source = rows.join(facts, facts.c.id == rows.c.device_id) if asked else rows
    return source, [_column(rows, facts, name) for name in names]


def _facts(asked: Sequence[Grouping]) -> Subquery:
    whole: FromClause = devices
    for beside in dict.fromkeys(grouping.beside for grouping in asked if grouping.beside is not None):
        whole = whole.outerjoin(beside.table, beside.joins)
    words = [func.coalesce(grouping.column, grouping.absent).label(grouping.name) for grouping in asked]
    return select(devices.c.id, *words).select_from(whole).subquery("facts")


def _column(rows: FromClause, facts: FromClause, name: str) -> ColumnElement[Any]:
    if name == DEVICE.name:
        return rows.c.device_id
    return facts.c[name] if name in GROUPINGS else rows.c[name]
