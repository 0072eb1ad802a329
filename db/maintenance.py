"""Maintenance windows: planned by people, and what they mean for each device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, or_, select, tuple_
from sqlalchemy.orm import Session

from db import operations
from db.operations import Author
from db.rules import refusing
from db.tables import device_tags, devices, sites
from db.tables import maintenance_windows as table
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, SiteId, TenantId
from fleet.operations import Operation
from fleet.recurrence import Series
from fleet.spans import Span

LONGEST = timedelta(days=366)
"""How long one window may be."""

MOST_SERIES = 200
"""Windows of a tenant that recur."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which devices a window is for: one, those of a site, those with a tag, or where none is named all."""

    device_id: DeviceId | None = None
    site_id: SiteId | None = None
    tag: str | None = None

    @property
    def key(self) -> Key:
        """The scope as one value that devices can be looked up by."""
        named = {"device": self.device_id, "site": self.site_id, "tag": self.tag}
        return next(((kind, value) for kind, value in named.items() if value is not None), ("all", None))


Key: TypeAlias = tuple[str, object]


@dataclass(frozen=True, slots=True)
class Window:
    """A window, with the names of the device or the site that it is for.

    Of one that recurs, ``series`` tells when; it begins with the first time and ends with the last, or never.
    """

    id: UUID
    scope: Scope
    start: datetime
    end: datetime | None
    reason: str
    created_by: str
    created_at: datetime
    device: str | None = None
    site: str | None = None
    series: Series | None = None

    @property
    def whom(self) -> str:
        """The devices in words."""
        if self.scope.tag is not None:
            return f"tag {self.scope.tag}"
        if self.device is not None:
            return f"device {self.device}"
        return "all devices" if self.site is None else f"site {self.site}"


@dataclass(frozen=True, slots=True)
class Narrow:
    """Which windows: those that end after an instant, those that begin before one, those that a device is in."""

    since: datetime | None = None
    until: datetime | None = None
    device_id: DeviceId | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions as SQL."""
        if self.since is not None:
            yield or_(table.c.ends_at > self.since, table.c.ends_at.is_(None))
        if self.until is not None:
            yield table.c.starts_at < self.until
        if self.device_id is not None:
            its_site = select(devices.c.site_id).where(devices.c.id == self.device_id).scalar_subquery()
            its_tags = select(device_tags.c.tag).where(device_tags.c.device_id == self.device_id)
            everyone = func.num_nonnulls(table.c.device_id, table.c.site_id, table.c.tag) == 0
            yield or_(
                table.c.device_id == self.device_id, table.c.site_id == its_site, table.c.tag.in_(its_tags), everyone
            )


SCOPE = (table.c.device_id, table.c.site_id, table.c.tag)
SPAN = (table.c.starts_at, table.c.ends_at)
_PLACE = (table.c.starts_at, table.c.id)
SERIES = (table.c.every, table.c.zone, table.c.local_start, table.c.lasts_seconds)
"""What is kept of what recurs; ``recurring`` reads it."""

_ROW = select(
    *(
        table.c.id,
        *SCOPE,
        *SPAN,
        table.c.reason,
        table.c.created_by,
        table.c.created_at,
        devices.c.name,
        sites.c.name,
    ),
    *SERIES,
).select_from(
    table.outerjoin(devices, devices.c.id == table.c.device_id).outerjoin(sites, sites.c.id == table.c.site_id)
)


def page(session: Session, after: UUID | None, limit: int, narrow: Narrow) -> list[Window]:
    """Read up to ``limit`` windows of the tenant by their beginning, those behind the window ``after``.

    Raises BadInput where the tenant has no window of the id ``after``.
    """
    query = _ROW.where(*narrow.conditions()).order_by(*_PLACE).limit(limit)
    if after is not None:
        found = session.execute(select(*_PLACE).where(table.c.id == after)).one_or_none()
        if found is None:
            raise BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")
        query = query.where(tuple_(*_PLACE) > tuple_(*found))
    return [_window(row) for row in session.execute(query)]


def one(session: Session, window_id: UUID) -> Window:
    """Read one window; raises NotFound where the tenant has none of that id."""
    row = session.execute(_ROW.where(table.c.id == window_id)).one_or_none()
    if row is None:
        raise _missing(window_id)
    return _window(row)


def find(session: Session, which: str) -> Window:
    """Find a window by its id or by how its id begins; raises NotFound, BadInput where several begin so."""
    begins = cast(table.c.id, Text).startswith(which.lower(), autoescape=True)
    found = session.execute(_ROW.where(begins).limit(2)).all() if which else []
    if len(found) > 1:
        raise BadInput(f"More than one maintenance window begins with {which}.", "Give more of its id.")
    if not found:
        raise _missing(which)
    return _window(found[0])


def checked(span: Span) -> Span:
    """Return a span that a window may have; raises BadInput."""
    start, end = span
    if start >= end or end - start > LONGEST:
        raise BadInput(
            "A window ends after it begins, and within a year.", "Give an end behind its start, or how long."
        )
    return span


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Plans and cancels a tenant's windows in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def plan(self, scope: Scope, span: Span, reason: str) -> UUID:
        """Plan a window; it may lie in the past. Raises BadInput."""
        window = self._window(scope, span, reason)
        self._write(window)
        self._tell(one(self.session, window.id))
        return window.id

    def recur(self, scope: Scope, series: Series, reason: str) -> UUID:
        """Plan what recurs. Raises BadInput, where a tenant has too many of that kind, too."""
        kept = select(func.count()).select_from(table).where(table.c.every.is_not(None))
        if (self.session.scalar(kept) or 0) >= MOST_SERIES:
            raise BadInput(f"A tenant has at most {MOST_SERIES} windows that recur.", "Take one back first.")
        by, at = self.author.by, self.author.at
        window = Window(uuid4(), scope, series.first, series.end, reason, by, at, series=series)
        self._write(window)
        self._tell(one(self.session, window.id))
        return window.id

    def plan_each(self, named: Mapping[DeviceId, str], span: Span, reason: str) -> dict[DeviceId, UUID]:
        """Plan a window for each of some devices, which are given with their names; raises BadInput."""
        made = {
            device_id: replace(self._window(Scope(device_id), span, reason), device=name)
            for device_id, name in named.items()
        }
        if made:
            self._write(*made.values())
            self._tell(*made.values())
        return {device_id: window.id for device_id, window in made.items()}

    def _window(self, scope: Scope, span: Span, reason: str) -> Window:
        return Window(uuid4(), scope, *checked(span), reason, self.author.by, self.author.at)

    def _write(self, *windows: Window) -> None:
        facts = [
            {
                "id": one.id,
                "tenant_id": self.tenant_id,
                "device_id": one.scope.device_id,
                "site_id": one.scope.site_id,
                "tag": one.scope.tag,
                "starts_at": one.start,
                "ends_at": one.end,
                "reason": one.reason,
                "created_by": one.created_by,
                "created_at": one.created_at,
                **_kept(one.series),
            }
            for one in windows
        ]
        with refusing(self.session):
            self.session.execute(insert(table), facts)

    def cancel(self, window_id: UUID) -> Window:
        """Take a window back as if it had never been, and tell which it was. Raises NotFound."""
        gone = one(self.session, window_id)
        self.session.execute(delete(table).where(table.c.tenant_id == self.tenant_id, table.c.id == window_id))
        self._tell(gone, kind="maintenance.deleted")
        return gone

    def _tell(self, *windows: Window, kind: str = "maintenance.created") -> None:
        operations.record(self.session, *(self._operation(window, kind) for window in windows))

    def _operation(self, window: Window, kind: str) -> Operation:
        detail: dict[str, Any] = {
            "name": window.whom,
            "fields": [],
            "window_id": str(window.id),
            "starts_at": window.start.isoformat(),
            "ends_at": None if window.end is None else window.end.isoformat(),
        } | ({} if window.series is None else {"every": window.series.rule})
        return self.author.did(kind, self.tenant_id, detail, window.scope.device_id)


def _window(row: Sequence[Any]) -> Window:
    window_id, device_id, site_id, tag, *rest = row
    facts, kept = rest[: -len(SERIES)], rest[-len(SERIES) :]
    window = Window(window_id, Scope(device_id, site_id, tag), *facts)
    return replace(window, series=recurring(kept))


def recurring(kept: Sequence[Any]) -> Series | None:
    """Read what is kept of what recurs; None for what does not."""
    every, zone, begin, seconds = kept
    return None if every is None else Series(every, zone, begin, timedelta(seconds=seconds))


def _kept(series: Series | None) -> dict[str, Any]:
    names = [column.name for column in SERIES]
    if series is None:
        return dict.fromkeys(names)
    return dict(zip(names, (series.rule, series.zone, series.begin, series.lasts.total_seconds()), strict=True))


def _missing(window_id: object) -> NotFound:
    return NotFound(f"There is no maintenance window {window_id}.", "List the tenant's windows for their ids.")
