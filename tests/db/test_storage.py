"""What is held, how it grows and what waits, told of a store with a few days in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from db import retention, rollups, storage
from db.dirty import Window
from db.platform import platform_session
from db.storage import Held, Status
from fleet.resolutions import Resolution
from fleet.retention import DAY, Mode
from fleet.settings import Settings
from tests.fixtures import rollups as fixture
from tests.fixtures.database import Database
from tests.fixtures.rollups import FAMILIES, Raw

pytestmark = pytest.mark.modes(*Mode)

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
MIDNIGHT = NOW.replace(hour=0)


@pytest.fixture
def store(database: Database) -> Database:
    """Two thousand rows of yesterday, and one of today, without roll-ups."""
    fixture.create(database)
    fixture.store(database, [_raw(MIDNIGHT - DAY + timedelta(seconds=40 * n)) for n in range(2000)])
    fixture.store(database, [_raw(NOW - timedelta(hours=1))])
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
    return database


def test_a_table_is_told_with_what_comes_in_a_day(store: Database) -> None:
    raw = _held(_status(store), Resolution.RAW)
    assert (raw.rows, raw.rows_a_day) == (2001, 2000)
    assert (raw.oldest, raw.newest) == (MIDNIGHT - DAY, MIDNIGHT)
    assert 2000 * 60 < raw.bytes_a_day < raw.size
    others = [one for one in _status(store).held if one.resolution is not Resolution.RAW]
    assert {(one.rows, one.rows_a_day, one.oldest) for one in others} <= {(0, 0, None)}


def test_the_day_that_is_written_stands_for_a_day_while_there_is_no_other(database: Database) -> None:
    fixture.create(database)
    fixture.store(database, [_raw(MIDNIGHT + timedelta(seconds=40 * n)) for n in range(100)])
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
    assert _held(_status(database), Resolution.RAW).rows_a_day == 200


def test_hours_are_told_from_when_rows_began_to_come(store: Database) -> None:
    rollups.run(store.stores, FAMILIES, Window(NOW))
    with psycopg.connect(store.admin_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
    hours = _held(_status(store), Resolution.HOUR)
    assert (hours.rows, hours.rows_a_day) == (23, pytest.approx(23 / 1.5))


def test_what_waits_to_be_rolled_up_is_counted(store: Database) -> None:
    (waits,) = _status(store).backlog
    assert (waits.family, waits.resolution, waits.oldest) == ("weather", Resolution.FIVE_MINUTES, MIDNIGHT - DAY)
    assert waits.buckets == 267 + 1
    rollups.run(store.stores, FAMILIES, Window(NOW))
    assert _status(store).backlog == []


def test_a_bound_tells_when_it_is_reached(store: Database) -> None:
    without = _status(store)
    assert (without.mode, without.room, without.full_in_days) == (store.mode, None, None)
    with platform_session(store.stores, "test") as session:
        held = retention.size(session)
    daily = _held(without, Resolution.RAW).bytes_a_day
    bounded = _status(store, held + round(3 * daily))
    assert bounded.full_in_days == pytest.approx(3, rel=0.01)
    assert _status(store, held + 10 * 2**30).full_in_days is None
    assert _status(store, 1).full_in_days == 0


def test_totals_are_by_resolution(store: Database) -> None:
    found = _status(store)
    totals = storage.totals(found)
    assert totals[Resolution.RAW].rows == 2001
    assert sum(total.size for total in totals.values()) == sum(one.size for one in found.held) <= found.size


def _raw(at: datetime) -> Raw:
    return Raw(at, 1, "hill", (1.0, 5, 2, 0.5, 1))


def _status(database: Database, bound: int = 0) -> Status:
    asked = Settings(state=Path("/nowhere"), store_bytes=bound)
    with platform_session(database.stores, "test") as session:
        return storage.status(session, asked, NOW)


def _held(found: Status, resolution: Resolution) -> Held:
    (one,) = [held for held in found.held if (held.family, held.resolution) == ("weather", resolution)]
    return one
