"""What is in the store, asked by SQL: rows by device, when each device was heard, and duplicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from bench.fleet.answers import STEADY
from bench.fleet.grid import Floats, Places, Window
from db import census
from db.engine import Stores
from db.platform import platform_session
from db.rows import make_room
from fleet.identity import DeviceId
from routeros import collectors

WHY = "count what a benchmark stored"
HEARD = "SELECT device_id, extract(epoch FROM time)::float8 FROM resource_metrics WHERE time >= :since"
COUNTED = """
    SELECT device_id, count(*) FILTER (WHERE time < :c), count(*) FILTER (WHERE time >= :b)
    FROM {table} WHERE time >= :a AND time < :d GROUP BY device_id
"""


def heard(stores: Stores, ids: Sequence[DeviceId], since: float) -> tuple[NDArray[np.intp], Floats]:
    """Tell when devices were heard, by their places among ``ids``; others are passed over.

    Every answered poll makes one row of resources.
    """
    places = {device_id: place for place, device_id in enumerate(ids)}
    with platform_session(stores, WHY) as session:
        make_room(session)
        told = session.execute(text(HEARD), {"since": _instant(since)})
        found = [row for row in told if row[0] in places]
    owners = np.array([places[DeviceId(row[0])] for row in found], dtype=np.intp)
    return owners, np.array([row[1] for row in found])


def rows(stores: Stores, ids: Sequence[DeviceId], window: Window, late: Places) -> NDArray[np.int64]:
    """Count the rows of each device in its own window, of all families together that every poll makes rows of."""
    places = {device_id: place for place, device_id in enumerate(ids)}
    counted = np.zeros(len(ids), dtype=np.int64)
    moments = dict(zip("abcd", map(_instant, window.moments), strict=True))
    with platform_session(stores, WHY) as session:
        make_room(session)
        for table in [collector.family.table for collector in STEADY if collector.family]:
            for device, early, later in session.execute(text(COUNTED.format(table=table)), moments):
                place = places[DeviceId(device)]
                counted[place] += later if late[place] else early
    return counted


def totals(stores: Stores, since: float) -> tuple[Mapping[str, int], int]:
    """Count all rows by family, and those from ``since`` on that repeat the key of another."""
    found = census.totals(stores, collectors.families(), _instant(since))
    return found.rows, found.duplicates


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
