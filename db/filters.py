"""Which devices of a tenant are meant: by how they are, where they stand, what they are and what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, case, func, literal, or_, select

from db.tables import device_state, device_tags, devices
from fleet.device import STALE_AFTER, State
from fleet.identity import SiteId

_SAID: Final = device_state.c
SEARCHED: Final = (devices.c.name, devices.c.address, _SAID.identity, _SAID.model, _SAID.version, _SAID.serial)
"""What people know a device by."""

BEGINS: Final = "*"
"""The end of a model or version of which only the beginning is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Devices that are shown in one of ``states`` at ``now``, with a text in what people know them by, and so on.

    What is empty leaves all in. ``sites`` are those where one stands, None those that stand nowhere; of ``any_tag``
    one is enough, of ``all_tags`` none may be missing; a model or version that ends in ``*`` is a beginning.
    """

    now: datetime
    states: Sequence[State] = ()
    text: str | None = None
    sites: Sequence[SiteId | None] = ()
    any_tag: Sequence[str] = ()
    all_tags: Sequence[str] = ()
    models: Sequence[str] = ()
    versions: Sequence[str] = ()

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions as SQL, of a query of ``devices`` with ``device_state``."""
        if self.states:
            yield shown_state(self.now).in_([state.value for state in self.states])
        if self.text:
            yield or_(*(column.icontains(self.text, autoescape=True) for column in SEARCHED))
        if self.sites:
            yield _at(self.sites)
        if self.any_tag:
            yield devices.c.id.in_(_tagged(device_tags.c.tag.in_(self.any_tag)))
        for tag in self.all_tags:
            yield devices.c.id.in_(_tagged(device_tags.c.tag == tag))
        for column, wanted in ((_SAID.model, self.models), (_SAID.version, self.versions)):
            if wanted:
                yield or_(*(_like(column, word) for word in wanted))


def shown_state(now: datetime) -> ColumnElement[str]:
    """Say ``fleet.device.shown_state`` in SQL."""
    silence = func.extract("epoch", literal(now, DateTime(timezone=True)) - device_state.c.heard_at)
    heard = silence <= STALE_AFTER * devices.c.interval_seconds
    kept = or_(heard, device_state.c.state == State.MAINTENANCE.value)
    return case((kept & device_state.c.state.is_not(None), device_state.c.state), else_=State.STALE.value)


def _at(sites: Sequence[SiteId | None]) -> ColumnElement[bool]:
    named = [site for site in sites if site is not None]
    conditions = [devices.c.site_id.in_(named)] if named else []
    return or_(*conditions, *([devices.c.site_id.is_(None)] if None in sites else []))


def _tagged(condition: ColumnElement[bool]) -> Any:
    return select(device_tags.c.device_id).where(condition)


def _like(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    if word.endswith(BEGINS):
        return column.startswith(word.removesuffix(BEGINS), autoescape=True)
    return column == word
