"""What a device's page reads beside its measurements: what it has, what happened, what was planned, its fleet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias
from uuid import UUID

import pandas as pd

from api import cursors
from dashboard.cache import Cache
from db import bands, chronicle, configs, items, planned, states
from db.chronicle import Happening
from db.configs import Reading, Version
from db.engine import Stores
from db.inventory import DeviceRow
from db.items import KindRows
from db.maintenance import Window
from db.ranges import Range
from db.states import Spell
from db.tenancy import tenant_session
from fleet.clock import Clock
from fleet.families import Family
from fleet.identity import DeviceId, Principal, Scope

MOST = 200
"""Happenings and windows that are read at once."""

PAGE = 50
"""Happenings of one page."""
VERSIONS, READINGS = 100, 10
"""Versions and readings of a configuration that are read at once."""

LAST = UUID(int=2**128 - 1)
"""Behind all that happened at one instant."""

KEPT = 30.0
"""Seconds for which the spread of a fleet is kept: it is a ground, and the same behind every device."""

FEWEST = 3
"""Of fewer instances percentiles say nothing."""

Stock: TypeAlias = dict[str, KindRows]


class DeviceData:
    """Questions about one device; every one names its principal."""

    def __init__(
        self, stores: Stores, families: Mapping[str, Family], clock: Clock, ticking: Callable[[], float]
    ) -> None:
        self._stores = stores
        self._families = families
        self._clock = clock
        self._bands: Cache[pd.DataFrame] = Cache(KEPT, clock=ticking)

    def stock(self, principal: Principal, device_id: DeviceId) -> Stock:
        """Read what a device has, by kind."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self._stores, principal) as session:
            return {kind.kind: kind for kind in items.of_device(session, device_id, items.Narrow())}

    def happenings(self, principal: Principal, row: DeviceRow, spanned: Range | None = None) -> list[Happening]:
        """Read what happened to a device within a range, or up to now: the newest MOST, the newest first."""
        principal.require(Scope.EVENTS_READ)
        before = None if spanned is None else (spanned.end, LAST)
        with tenant_session(self._stores, principal) as session:
            found = chronicle.page(session, row.id, before, MOST)
        return [one for one in found if spanned is None or one.at >= spanned.start]

    def events(self, principal: Principal, whose: DeviceId | None, after: str | None) -> tuple[list[Happening], str]:
        """Read a page of what happened to a device, or to any (None), and where the next one begins, if there is one.

        Raises BadInput for what is no page.
        """
        principal.require(Scope.EVENTS_READ)
        with tenant_session(self._stores, principal) as session:
            found = chronicle.page(session, whose, cursors.place(after or None), PAGE + 1)
        shown, last = cursors.cut(found, PAGE)
        return list(shown), cursors.following(last.place if last else None) or ""

    def spells(self, principal: Principal, device_id: DeviceId, spanned: Range) -> list[Spell]:
        """Read the states that a device had within a range, the newest MOST."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self._stores, principal) as session:
            return states.spells(session, device_id, spanned, MOST)

    def planned(self, principal: Principal, device_id: DeviceId, spanned: Range) -> list[Window]:
        """Read the windows of maintenance that a device is in within a range."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self._stores, principal) as session:
            return planned.windows(session, device_id, spanned, MOST)

    def configurations(self, principal: Principal, device_id: DeviceId) -> tuple[list[Version], list[Reading]]:
        """Read the newest versions of a device's configuration, and the newest readings."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self._stores, principal) as session:
            return configs.page(session, device_id, None, VERSIONS), configs.read(session, device_id, None, READINGS)

    def band(self, principal: Principal, column: tuple[str, str], spanned: Range) -> pd.DataFrame:
        """Read the 5th and 95th percentile of all the tenant's devices as ``min`` and ``max`` of a frame.

        A step in which fewer than FEWEST instances were measured is left out.
        """
        principal.require(Scope.METRICS_READ)

        def read() -> pd.DataFrame:
            with tenant_session(self._stores, principal) as session:
                found = bands.spread(session, column, spanned, self._families, self._clock.now())
            known = [(s.time, s.low, s.middle, s.high) for s in found if s.count >= FEWEST]
            frame = pd.DataFrame(known, columns=["time", "min", "avg", "max"])
            return frame.assign(time=pd.to_datetime(frame["time"], utc=True))

        return self._bands.get((principal.tenant_id, *column, spanned.start, spanned.end), read)
