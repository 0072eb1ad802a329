"""The device groups of a tenant, and whether a device that is known is in one: as the device list's SQL tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api import meant
from api.meant import Meant
from db.filters import BEGINS
from db.groups import GroupRow
from db.inventory import DeviceRow
from fleet.belonging import NO_SITE
from fleet.device import State

KNOWN_BY = ("name", "identity", "model", "version", "serial")
"""What people know a device by, its address aside."""


@dataclass(frozen=True, slots=True)
class Group:
    """A filter that somebody gave a name."""

    name: str
    meant: Meant


def read(rows: Iterable[GroupRow]) -> tuple[Group, ...]:
    """Read groups as they are kept."""
    return tuple(Group(row.name, meant.kept(row.filter)) for row in rows)


def lets_in(wanted: Meant, row: DeviceRow, state: State) -> bool:
    """Tell whether a filter lets a device in that is shown in a state."""
    place = NO_SITE if row.site_id is None else str(row.site_id)
    return (
        (not wanted.state or state in wanted.state)
        and (not wanted.site or place in wanted.site)
        and (not wanted.tag or not set(wanted.tag).isdisjoint(row.tags))
        and set(wanted.tags_all) <= set(row.tags)
        and _like(row.model, wanted.model)
        and _like(row.version, wanted.version)
        and _said(wanted.q, row)
    )


def _said(text: str | None, row: DeviceRow) -> bool:
    words = (row.endpoint.address, *(getattr(row, name) or "" for name in KNOWN_BY))
    return not text or any(text.lower() in word.lower() for word in words)


def _like(value: str | None, wanted: Sequence[str]) -> bool:
    return not wanted or (value is not None and any(_fits(value, word) for word in wanted))


def _fits(value: str, word: str) -> bool:
    return value.startswith(word.removesuffix(BEGINS)) if word.endswith(BEGINS) else value == word
