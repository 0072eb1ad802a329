"""How many devices of a tenant there are of each state, site, tag, model and version, of those that are meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from db import filters, inventory
from db.filters import Filter
from db.tables import device_state, device_tags, devices, sites
from fleet.device import State
from fleet.identity import SiteId

MOST: Final = 500
"""So many values of each kind are told, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A value and how many devices have it; None stands for those that have none. ``id`` is a site's."""

    value: str | None
    devices: int
    id: SiteId | None = None


@dataclass(frozen=True, slots=True)
class Facets:
    """The counts of each kind, the most frequent first; every state has one."""

    devices: int
    heard_at: datetime | None
    states: Mapping[State, int]
    sites: Sequence[Facet]
    tags: Sequence[Facet]
    models: Sequence[Facet]
    versions: Sequence[Facet]


def count(session: Session, wanted: Sequence[Filter], now: datetime) -> Facets:
    """Count the devices that all of the filters let in, by what they are at ``now``, in one query."""
    state = filters.shown_state(now).label("state")
    columns = (devices.c.id, devices.c.site_id, *(device_state.c[name] for name in ("model", "version", "heard_at")))
    conditions = [condition for one in wanted for condition in one.conditions()]
    meant = select(*columns, state).select_from(inventory.WITH_STATE).where(*conditions).cte("meant")
    kinds = (
        _kind("state", meant.c.state, meant),
        _kind("site", sites.c.name, meant.outerjoin(sites, sites.c.id == meant.c.site_id), meant.c.site_id),
        _kind("tag", device_tags.c.tag, meant.outerjoin(device_tags, device_tags.c.device_id == meant.c.id)),
        _kind("model", meant.c.model, meant),
        _kind("version", meant.c.version, meant),
    )
    found = defaultdict[str, list[Facet]](list)
    for kind, value, its_id, number in session.execute(union_all(*(select(one.subquery()) for one in kinds))):
        found[kind].append(Facet(value, number, SiteId(UUID(its_id)) if its_id else None))
    states = {State(str(one.value)): one.devices for one in found["state"]}
    heard_at = session.execute(
        select(func.max(device_state.c.heard_at)).select_from(inventory.WITH_STATE).where(*conditions)
    ).scalar_one()
    return Facets(
        sum(states.values()),
        heard_at,
        dict.fromkeys(State, 0) | states,
        *(found[kind] for kind in ("site", "tag", "model", "version")),
    )


def _kind(
    name: str, value: ColumnElement[Any], source: FromClause, its_id: ColumnElement[Any] | None = None
) -> Select[Any]:
    """Count by a value, the most frequent first; the id goes with it."""
    told = null() if its_id is None else func.min(cast(its_id, Text))
    number = func.count().label("devices")
    return (
        select(literal(name).label("kind"), value.label("value"), cast(told, Text).label("id"), number)
        .select_from(source)
        .group_by(value)
        .order_by(number.desc(), value)
        .limit(MOST)
    )
