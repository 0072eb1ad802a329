"""TimescaleDB mode: what is declared for it, when it is chosen, and what hypertables do that partitions do not."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from db import metric_tables, migrations, partitions, rollups, storage, timescale
from db.access import OWNER
from db.bootstrap import prepare
from db.dirty import Window
from db.migrations.run import HERE
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.families import Field, Kind
from fleet.resolutions import ROLLUPS, Resolution
from fleet.retention import DAY, Mode
from fleet.settings import Settings
from routeros import collectors
from tests.fixtures import rollups as fixture
from tests.fixtures.database import PASSWORDS, Database, Template, Tenant, copy, drop
from tests.fixtures.metrics import NOW as THEN
from tests.fixtures.metrics import cpu, received, stored, write
from tests.fixtures.rollups import FAMILIES, WEATHER, Raw, expected, store

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
POLICIES = "SELECT job_id, hypertable_name FROM timescaledb_information.jobs WHERE hypertable_schema = 'public'"
COMPRESSED = (
    "SELECT is_compressed FROM timescaledb_information.chunks WHERE hypertable_name = %s ORDER BY range_start"
)

hypertables = pytest.mark.modes(Mode.TIMESCALE)


@pytest.fixture
def weather(database: Database) -> Database:
    """A database with the invented family, whose migration came later."""
    fixture.create(database)
    return database


@pytest.fixture
def fresh(template: Template) -> Iterator[str]:
    """A migrated database on the same server, before its first start."""
    name = f"test_{secrets.token_hex(6)}"
    with template.admin() as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        url = template.url_of(name)
        prepare(url, PASSWORDS)
        migrations.upgrade(url)
        yield url
        drop(admin, name)


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
    assert {metric_tables.view(WEATHER, resolution), *metric_tables.grants(WEATHER, resolution)} <= set(said)
    assert any(
        "segmentby = 'device_id, tenant_id'" in line and "orderby = 'place, time DESC'" in line for line in said
    )


@hypertables
def test_every_metric_table_is_a_hypertable_with_its_policy(database: Database) -> None:
    names = {metric_tables.table_name(family, r) for family in collectors.families().values() for r in Resolution}
    found = stored(
        database, "SELECT hypertable_name FROM timescaledb_information.hypertables WHERE compression_enabled"
    )
    assert {name for (name,) in found} == names
    assert {name for _, name in stored(database, POLICIES)} == names
    with platform_session(database.stores, "test") as session:
        assert partitions.mode(session) is Mode.TIMESCALE


@hypertables
def test_adopting_again_changes_nothing(weather: Database) -> None:
    store(weather, [_raw(NOW, 1)])
    before = stored(weather, POLICIES)
    assert timescale.adopt(weather.admin_url, {**collectors.families(), **FAMILIES}) is Mode.TIMESCALE
    assert stored(weather, POLICIES) == before
    assert stored(weather, "SELECT count(*) FROM weather_metrics") == [(1,)]
    with psycopg.connect(weather.url("flotilla_app")) as app:
        assert app.execute("SELECT count(*) FROM weather_view").fetchone() == (0,)


@hypertables
def test_a_store_that_was_begun_natively_stays_native(fresh: str) -> None:
    day = "SELECT ensure_partitions(ARRAY[date '2026-01-05'])"
    row = (
        "INSERT INTO resource_metrics (time, tenant_id, device_id) SELECT '2026-01-05', u, u FROM gen_random_uuid() u"
    )
    with psycopg.connect(fresh) as admin:
        admin.execute(day)
        admin.execute(row)
    assert timescale.adopt(fresh, collectors.families()) is Mode.NATIVE
    with psycopg.connect(fresh) as admin:
        assert admin.execute("SELECT count(*) FROM resource_metrics_20260105").fetchone() == (1,)
        assert admin.execute("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'").fetchone() == (0,)


@hypertables
def test_partitions_that_were_made_ahead_are_no_beginning(fresh: str) -> None:
    with psycopg.connect(fresh) as admin:
        admin.execute("SELECT ensure_partitions(ARRAY[date '2026-01-05'])")
    assert timescale.adopt(fresh, collectors.families()) is Mode.TIMESCALE


@hypertables
def test_only_the_policies_work_as_the_owner(weather: Database) -> None:
    store(weather, [_raw(NOW, 1), _raw(NOW - 3 * DAY, 1)])
    (job,) = [job for job, table in stored(weather, POLICIES) if table == "weather_metrics"]
    owners = "SELECT owner::text FROM timescaledb_information.jobs WHERE job_id = %s"
    assert stored(weather, owners, job) == [(OWNER,)]
    with psycopg.connect(weather.admin_url, autocommit=True) as admin:
        admin.execute(f"CALL run_job({job})".encode())
    assert stored(weather, COMPRESSED, "weather_metrics") == [(True,), (True,)]
    entry = "SELECT rolcanlogin, rolconnlimit, rolpassword FROM pg_authid WHERE rolname = %s"
    assert stored(weather, entry, OWNER) == [(True, 0, None)]
    allowed = "SELECT has_database_privilege(%s, current_database(), 'connect')"
    assert stored(weather, allowed, OWNER) == [(True,)]


@hypertables
def test_late_rows_find_their_way_into_the_columnstore(weather: Database) -> None:
    rows = [_raw(NOW - 3 * DAY, 1), _raw(NOW - 3 * DAY, 2)]
    late = _raw(NOW - 3 * DAY + timedelta(seconds=9), 1)
    store(weather, rows)
    rollups.run(weather.stores, FAMILIES, Window(NOW))
    weather.settle()
    store(weather, [late, rows[1]])
    assert rollups.run(weather.stores, FAMILIES, Window(NOW)).rows == 2
    weather.settle()
    assert stored(weather, "SELECT count(*) FROM weather_metrics") == [(3,)]
    for resolution in ROLLUPS:
        assert fixture.stored(weather, resolution) == expected([*rows, late], resolution)


@hypertables
def test_what_is_in_the_columnstore_is_told_like_the_rest(weather: Database) -> None:
    store(weather, [_raw(NOW - DAY - timedelta(seconds=n), n % 5) for n in range(3000)])
    before = _size(weather)
    weather.settle()
    with platform_session(weather.stores, "test") as session:
        (held,) = [
            one
            for one in storage.status(session, Settings(state=Path("/nowhere")), NOW).held
            if (one.family, one.resolution) == ("weather", Resolution.RAW)
        ]
        assert before <= (partitions.size(session, "weather_metrics", NOW - DAY) or 0) < 1.2 * before
        assert partitions.size(session, "weather_metrics", NOW - 2 * DAY) is None
    assert (held.rows, held.oldest, held.partitions) == (3000, (NOW - DAY).replace(hour=0), 1)
    assert 0 < held.size < before


@hypertables
def test_a_field_is_added_to_what_is_compressed(weather: Database, native: Template, tmp_path: Path) -> None:
    """The revision is written against a native database, as it always is; a field that is a state brings a check."""
    scripts = Path(shutil.copytree(HERE, tmp_path / "m", ignore=shutil.ignore_patterns("__pycache__")))
    mood = Field("mood", Kind.STATE, states=("fair", "foul"))
    more = replace(WEATHER, fields=(*WEATHER.fields, Field("hail_mm"), Field("bolts_total", Kind.COUNTER), mood))
    with copy(native) as other:
        fixture.create(other)
        families = {**collectors.families(), "weather": more}
        assert migrations.revise(other.admin_url, families, "hail", scripts) is not None
    first, second = _raw(NOW - 2 * DAY, 1), _raw(NOW - 2 * DAY + timedelta(seconds=5), 1)
    store(weather, [first])
    rollups.run(weather.stores, FAMILIES, Window(NOW))
    weather.settle()
    migrations.upgrade(weather.admin_url, scripts)
    assert timescale.adopt(weather.admin_url, families) is Mode.TIMESCALE
    store(weather, [second])
    rollups.run(weather.stores, {"weather": more}, Window(NOW))
    weather.settle()
    seen = "SELECT rain_mm, hail_mm, bolts_rate, mood FROM weather_metrics ORDER BY time"
    assert stored(weather, seen) == [(1.0, None, None, None)] * 2
    for resolution in ROLLUPS:
        assert fixture.stored(weather, resolution) == expected([first, second], resolution)
    with psycopg.connect(weather.admin_url) as admin, pytest.raises(psycopg.errors.CheckViolation):
        admin.execute("INSERT INTO weather_metrics (time, tenant_id, device_id, mood) SELECT %s, u, u, 2 "
                      "FROM gen_random_uuid() AS u", (NOW,))  # fmt: skip


@hypertables
def test_the_tenant_is_told_once_and_looked_for_among_the_segments(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, south = two_tenants
    write(database, received([cpu(device, THEN, 0.5) for device in (*north.devices, *south.devices)]))
    database.settle()
    with tenant_session(database.stores, north.principal) as session:
        found = session.execute(text("EXPLAIN SELECT avg(cpu_load_ratio) FROM resource_view")).scalars()
        plan = "\n".join(found)
    outer, compressed = plan.split("ColumnarScan")
    assert "InitPlan" in outer
    assert "tenant_id = (InitPlan" in compressed
    assert "tenant()" not in compressed


def _size(database: Database) -> int:
    with platform_session(database.stores, "test") as session:
        return partitions.size(session, "weather_metrics", NOW - DAY) or 0


def _raw(at: datetime, device: int) -> Raw:
    return Raw(at, device, "hill", (1.0, 5, 2, 0.5, 1))
