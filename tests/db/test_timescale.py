"""TimescaleDB mode: what is declared for it, and the store on a real server where one is named.

FLOTILLA_TEST_TIMESCALE_URL names a PostgreSQL with TimescaleDB 2.29.1 or newer, as its superuser.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import make_url

from db import metric_tables, migrations, partitions, retention, rollups, timescale
from db.bootstrap import prepare
from db.dirty import Window
from db.engine import Stores
from db.platform import platform_session
from db.retention import Means
from fleet.resolutions import ROLLUPS, Resolution
from fleet.retention import DAY, Mode
from fleet.settings import Settings
from routeros import collectors
from tests.fixtures import rollups as fixture
from tests.fixtures.database import PASSWORDS, Database
from tests.fixtures.rollups import FAMILIES, WEATHER, Raw, expected, store

SERVER = os.environ.get("FLOTILLA_TEST_TIMESCALE_URL", "")
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)

real = pytest.mark.skipif(not SERVER, reason="FLOTILLA_TEST_TIMESCALE_URL names no server")


@pytest.fixture
def hyper() -> Iterator[Database]:
    """A migrated database whose metric tables are hypertables, with the invented family."""
    name = f"test_{secrets.token_hex(6)}"
    url = make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(SERVER, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            urls = prepare(url, PASSWORDS)
            migrations.upgrade(url)
            with Stores(urls) as stores:
                database = Database(url, urls, stores)
                fixture.create(database)
                assert timescale.adopt(url, {**collectors.families(), **FAMILIES}) is Mode.TIMESCALE
                yield database
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize(
    ("version", "enough"), [("2.29.0", False), ("2.29.1", True), ("2.30.0-dev", True), ("2.9.9", False), ("3", True)]
)
def test_only_versions_that_were_meant_will_do(version: str, enough: bool) -> None:
    assert timescale.new_enough(version) is enough


def test_without_the_extension_a_store_is_native(database: Database) -> None:
    assert timescale.adopt(database.admin_url, collectors.families()) is Mode.NATIVE
    with platform_session(database.stores, "test") as session:
        assert partitions.mode(session) is Mode.NATIVE


@pytest.mark.parametrize("resolution", Resolution)
def test_a_hypertable_has_the_same_columns_key_and_grants(resolution: Resolution) -> None:
    said = list(timescale.hypertable(WEATHER, resolution))
    native = metric_tables.table(WEATHER, resolution)
    (made,) = [line for line in said if line.startswith("CREATE TABLE")]
    assert native.startswith(made)
    assert "PARTITION" not in made
    (view,) = [line for line in said if line.startswith("CREATE OR REPLACE VIEW")]
    assert view.endswith("WHERE tenant_id = tenant()")
    assert "security_barrier" in view
    assert set(metric_tables.grants(WEATHER, resolution)) <= set(said)
    assert any(
        "segmentby = 'tenant_id, device_id'" in line and "orderby = 'place, time DESC'" in line for line in said
    )


@real
def test_roll_ups_of_hypertables_are_those_of_their_raw_rows(hyper: Database) -> None:
    rows = [_raw(NOW - timedelta(minutes=7 * n), device) for n in range(40) for device in (1, 2)]
    for first in range(0, len(rows), 7):
        store(hyper, rows[first : first + 7])
        rollups.run(hyper.stores, FAMILIES, Window(NOW - timedelta(minutes=first)))
    rollups.run(hyper.stores, FAMILIES, Window(NOW + DAY))
    for resolution in ROLLUPS:
        assert fixture.stored(hyper, resolution) == expected(rows, resolution)


@real
def test_late_rows_find_their_way_into_the_columnstore(hyper: Database) -> None:
    first, late = _raw(NOW - 3 * DAY, 1), _raw(NOW - 3 * DAY + timedelta(seconds=9), 1)
    store(hyper, [first])
    rollups.run(hyper.stores, FAMILIES, Window(NOW))
    with psycopg.connect(hyper.admin_url, autocommit=True) as admin:
        for table in ("weather_metrics", "weather_5m", "weather_1h"):
            for (chunk,) in admin.execute(f"SELECT show_chunks('{table}')::text".encode()).fetchall():
                admin.execute(f"CALL convert_to_columnstore('{chunk}')".encode())
    store(hyper, [late])
    rollups.run(hyper.stores, FAMILIES, Window(NOW))
    for resolution in ROLLUPS:
        assert fixture.stored(hyper, resolution) == expected([first, late], resolution)


@real
def test_chunks_go_when_they_are_older_than_they_are_kept(hyper: Database) -> None:
    rows = [_raw(NOW - n * DAY, 1) for n in (40, 1)]
    store(hyper, rows)
    dropped = retention.uphold(Means(hyper.stores, FAMILIES, Settings(), NOW))
    assert [(one.family, one.resolution) for one in dropped] == [("weather", Resolution.RAW)]
    rollups.run(hyper.stores, FAMILIES, Window(NOW))
    assert fixture.stored(hyper, Resolution.HOUR) == expected(rows, Resolution.HOUR)


@real
def test_adopting_again_changes_nothing(hyper: Database) -> None:
    store(hyper, [_raw(NOW, 1)])
    assert timescale.adopt(hyper.admin_url, {**collectors.families(), **FAMILIES}) is Mode.TIMESCALE
    with psycopg.connect(hyper.url("flotilla_app")) as app:
        assert app.execute("SELECT count(*) FROM weather_view").fetchone() == (0,)


def _raw(at: datetime, device: int) -> Raw:
    return Raw(at, device, "hill", (1.0, 5, 2, 0.5, 1))
