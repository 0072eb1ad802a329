"""The migrations on real databases: all or nothing, one at a time, and true to the declarations."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from cluster.servers.postgres import Postgres
from db import migrations
from db.access import INGEST, LOGINS, POLLER
from db.bootstrap import prepare
from db.engine import driver
from db.migrations.catalogue import Fact
from db.migrations.declaration import plan
from db.migrations.run import HERE
from fleet import partition
from fleet.errors import StartRefused, Unavailable
from fleet.families import Family, Field, Kind
from fleet.partition import PARTITIONS
from routeros import collectors
from tests.fixtures.database import PASSWORDS, Database, drop

FAMILIES = collectors.families()
UPS = Family("ups", "UPS", (Field("power_watts"), Field("drawn_total", Kind.COUNTER)), labels=("port",))
DAY = "SELECT ensure_partitions(ARRAY[date '2026-01-05'])"
BEFORE = """
    INSERT INTO tenants VALUES ('00000000-0000-0000-0000-000000000001', 'north', 'North');
    INSERT INTO devices (id, tenant_id, name, address, port, tls, vantage, streams, username, secret,
                         interval_seconds, created_at)
    SELECT gen_random_uuid(), t.id, 'router-' || n, '192.0.2.1', n, 'plain', 'default', 8, 'u', 'vault:v1:x', 60,
           '2026-01-05' FROM tenants t, generate_series(1, 200) AS n
"""
"""A tenant and its devices, as a database of revision 0002 holds them."""

BAD = '''"""A revision that fails half-way."""
from alembic import op
revision, down_revision = "{number:04}", "{before}"
def upgrade() -> None:
    op.execute("CREATE TABLE half_way (x int)")
    op.execute("SELECT 1/0")
'''


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """A database with the roles and nothing else."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        prepare(postgres.url_of(name), PASSWORDS)
        yield postgres.url_of(name)
        drop(admin, name)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the revisions, to add to."""
    copied = shutil.copytree(HERE, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    return Path(copied)


def add_bad(scripts: Path) -> None:
    before = migrations.head(scripts) or ""
    text = BAD.format(number=int(before) + 1, before=before)
    (scripts / "versions" / f"{int(before) + 1:04}_bad.py").write_text(text)


def relations(url: str) -> set[str]:
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')"
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query)}


def current(url: str) -> str | None:
    return migrations.current(create_engine(driver(url)))


def run(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def test_the_declarations_are_what_the_migrations_made(database: Database) -> None:
    differences = migrations.compare(database.admin_url, FAMILIES)
    assert not differences, "make migration, then read it:\n" + "\n".join(differences)


def test_an_empty_database_reaches_the_head_and_stays_there(empty: str) -> None:
    assert current(empty) is None
    for _ in range(2):
        migrations.upgrade(empty)
        assert current(empty) == migrations.head() is not None


def test_devices_of_before_get_their_partition(empty: str, scripts: Path) -> None:
    for later in sorted((scripts / "versions").glob("[0-9]*.py"))[2:]:
        later.unlink()
    migrations.upgrade(empty, scripts)
    assert current(empty) == "0002"
    run(empty, BEFORE)
    migrations.upgrade(empty)
    with psycopg.connect(empty) as connection:
        found = dict(connection.execute("SELECT id, partition FROM devices").fetchall())
        owned = connection.execute("SELECT count(*), min(partition), max(partition), max(epoch) FROM partitions")
        assert owned.fetchone() == (PARTITIONS, 0, PARTITIONS - 1, 0)
        assert connection.execute("SELECT id, version FROM assignment").fetchall() == [(1, 0)]
    assert len(found) == 200
    assert found == {device_id: partition.of(device_id) for device_id in found}
    assert len(set(found.values())) > 100
    assert migrations.compare(empty, FAMILIES) == []


def test_two_at_once_migrate_once(empty: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(migrations.upgrade, [empty] * 3))
    assert current(empty) == migrations.head()


def test_a_failing_migration_leaves_the_old_schema(database: Database, scripts: Path) -> None:
    before = relations(database.admin_url)
    add_bad(scripts)
    with pytest.raises(StartRefused, match="nothing was changed: division by zero"):
        migrations.upgrade(database.admin_url, scripts)
    assert relations(database.admin_url) == before
    assert current(database.admin_url) == migrations.head()


def test_a_failing_first_migration_leaves_nothing(empty: str, scripts: Path) -> None:
    add_bad(scripts)
    with pytest.raises(StartRefused):
        migrations.upgrade(empty, scripts)
    assert relations(empty) == set()
    assert current(empty) is None


def test_a_schema_newer_than_the_program_is_refused(database: Database) -> None:
    run(database.admin_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StartRefused, match="newer than this program"):
        migrations.upgrade(database.admin_url)


def test_a_database_that_is_away_is_told() -> None:
    with pytest.raises(Unavailable):
        migrations.upgrade("postgresql://x:y@127.0.0.1:9/z")


@pytest.mark.parametrize("role", LOGINS)
def test_every_role_can_read_the_revision(database: Database, role: str) -> None:
    assert migrations.current(database.stores.engine(role)) == migrations.head()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE devices ADD COLUMN extra text", "not declared: ALTER TABLE devices ADD COLUMN extra"),
        (
            "ALTER TABLE devices ALTER COLUMN port TYPE bigint",
            "not migrated: ALTER TABLE devices ADD COLUMN port int",
        ),
        ("ALTER TABLE devices DROP CONSTRAINT ck_devices_secret", "not migrated: ALTER TABLE devices ADD CONSTRAINT"),
        ("ALTER TABLE devices NO FORCE ROW LEVEL SECURITY", "not migrated: ALTER TABLE devices FORCE"),
        ("DROP POLICY tenant ON devices", "not migrated: CREATE POLICY tenant ON devices"),
        ("GRANT SELECT ON resource_metrics TO flotilla_app", "not declared: GRANT SELECT ON resource_metrics"),
        ("GRANT SELECT (secret) ON devices TO flotilla_app", "not declared: GRANT SELECT"),
        ("ALTER VIEW resource_view RESET (security_barrier)", "not migrated: CREATE VIEW resource_view"),
        ("DROP INDEX ix_memberships_user_id", "not migrated: CREATE INDEX"),
        ("GRANT EXECUTE ON FUNCTION tenant() TO PUBLIC", "not declared: GRANT EXECUTE ON FUNCTION tenant()"),
        ("ALTER FUNCTION tenant() VOLATILE", "not migrated: CREATE OR REPLACE FUNCTION tenant()"),
        ("CREATE TABLE extra (x int)", "not declared: CREATE TABLE extra"),
    ],
)
def test_a_difference_is_told(database: Database, change: str, told: str) -> None:
    run(database.admin_url, change)
    assert any(told in difference for difference in migrations.compare(database.admin_url, FAMILIES))


def test_partitions_are_no_difference_and_comparing_leaves_nothing(database: Database) -> None:
    run(database.url(INGEST), DAY)
    assert migrations.compare(database.admin_url, FAMILIES) == []
    with psycopg.connect(database.admin_url) as connection:
        schemas = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'flotilla%'").fetchall()
    assert schemas == []


def test_nothing_is_written_where_all_agree(database: Database, scripts: Path) -> None:
    assert migrations.revise(database.admin_url, FAMILIES, "nothing", scripts) is None


def test_a_new_family_and_a_new_field_become_a_revision(database: Database, scripts: Path) -> None:
    more = replace(FAMILIES["resource"], fields=(*FAMILIES["resource"].fields, Field("load1_ratio")))
    families = {**FAMILIES, "resource": more, "ups": UPS}
    run(database.admin_url, DAY)
    run(database.admin_url, "INSERT INTO resource_metrics SELECT '2026-01-05', u, u FROM gen_random_uuid() AS u")
    written = migrations.revise(database.admin_url, families, "UPS, and the load", scripts)
    assert written is not None
    assert f"{int(migrations.head() or 0) + 1:04}_ups_and_the_load.py" == written.name
    migrations.upgrade(database.admin_url, scripts)
    assert migrations.compare(database.admin_url, families) == []
    with psycopg.connect(database.admin_url) as connection:
        assert connection.execute("SELECT load1_ratio FROM resource_metrics").fetchall() == [(None,)]


def test_what_goes_is_left_to_a_person(database: Database, scripts: Path) -> None:
    fewer = replace(FAMILIES["resource"], fields=FAMILIES["resource"].fields[1:])
    written = migrations.revise(database.admin_url, {**FAMILIES, "resource": fewer}, "fewer", scripts)
    assert written is not None
    assert (
        "-- By hand, it goes or changes: ALTER TABLE resource_metrics ADD COLUMN cpu_load_ratio"
        in written.read_text()
    )
    migrations.upgrade(database.admin_url, scripts)
    with psycopg.connect(database.admin_url) as connection:
        connection.execute("SELECT cpu_load_ratio FROM resource_metrics")


def test_a_view_that_changes_keeps_its_grants() -> None:
    grant = Fact("grant", "v", "SELECT", "GRANT SELECT ON v TO r", "REVOKE SELECT ON v FROM r")
    before = Fact("view", "v", "", "CREATE VIEW v AS SELECT 1", "DROP VIEW v")
    after = replace(before, create="CREATE VIEW v AS SELECT 2")
    assert list(plan({after, grant}, {before, grant})) == [before.drop, after.create, grant.create]


def test_a_function_that_changes_is_replaced_and_keeps_its_grants() -> None:
    before = Fact("function", "", "FUNCTION f()", "CREATE OR REPLACE FUNCTION f() AS 1", "DROP FUNCTION f()")
    after = replace(before, create="CREATE OR REPLACE FUNCTION f() AS 2")
    assert list(plan({after}, {before})) == [after.create]


def test_a_column_that_changes_its_type_is_left_to_a_person() -> None:
    table = Fact("table", "t", "", "CREATE TABLE t")
    before, after = (Fact("column", "t", "c", f"ALTER TABLE t ADD COLUMN c {kind}") for kind in ("int", "text"))
    assert all(line.startswith("-- By hand") for line in plan({table, after}, {table, before}))


def test_no_table_asks_the_servers_clock(database: Database) -> None:
    with psycopg.connect(database.admin_url) as connection:
        defaults = connection.execute("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef").fetchall()
        triggers = connection.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        told = triggers.fetchall()
    assert not [text for (text,) in defaults if "now" in text or "current" in text.lower()]
    assert told == [("audit",)]


def test_revisions_run_on_from_one_another() -> None:
    names = sorted(path.name for path in (HERE / "versions").glob("[0-9]*.py"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert names[-1].startswith(migrations.head() or "?")


def test_the_poller_sees_no_metrics(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(database.url(POLLER), "SELECT * FROM resource_view")
