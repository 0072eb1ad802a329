"""Partitions that are over are written anew, and hold the same rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg

from db import compaction
from db.platform import platform_session
from fleet.retention import DAY
from tests.fixtures import rollups as fixture
from tests.fixtures.database import Database
from tests.fixtures.metrics import stored
from tests.fixtures.rollups import Raw, store

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def test_rows_of_a_device_lie_side_by_side_and_are_frozen(database: Database) -> None:
    _fill(database)
    with platform_session(database.stores, "test") as session:
        closed = compaction.closed(session, NOW)
    assert [one.name for one in closed] == ["weather_metrics_20260319"]
    (done,) = compaction.run(database.admin_url, closed)
    assert done.after is not None
    assert done.after <= done.before
    in_order = "SELECT device_id FROM weather_metrics_20260319"
    devices = [device.int for (device,) in stored(database, in_order)]
    assert devices == sorted(devices)
    assert len(devices) == 1000
    frozen = "SELECT relallvisible > 0 AND relallvisible = relpages FROM pg_class WHERE relname = %s"
    assert stored(database, frozen, "weather_metrics_20260319") == [(True,)]


def test_what_is_in_use_stays_as_it_is(database: Database) -> None:
    _fill(database)
    with platform_session(database.stores, "test") as session:
        closed = compaction.closed(session, NOW)
    with psycopg.connect(database.admin_url) as reader:
        reader.execute("SELECT count(*) FROM weather_metrics_20260319")
        (done,) = compaction.run(database.admin_url, closed, patience=timedelta(milliseconds=50))
    assert (done.name, done.after) == ("weather_metrics_20260319", None)


def _fill(database: Database) -> None:
    fixture.create(database)
    rows = [
        Raw(NOW - DAY + timedelta(seconds=second), device, "hill", (1.0, 5, 2, 0.5, 1))
        for second in range(100)
        for device in range(1, 11)
    ]
    store(database, rows)
    store(database, [Raw(NOW, 1, "hill", (1.0, 5, 2, 0.5, 1))])
