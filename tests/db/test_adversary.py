"""What an analyst tries by SQL, and that nothing of it shows anything of another tenant."""

from __future__ import annotations

import adbc_driver_postgresql.dbapi as adbc
import psycopg
import pytest
from psycopg import errors

from db.access import LOGINS, OWNER, READER
from db.platform import platform_session
from fleet.retention import Mode
from tests.fixtures.analysts import READABLE, SHOWN, Scene, tenants_of
from tests.fixtures.measured import METRICS, ROLLUPS, VIEWS

pytestmark = pytest.mark.modes(*Mode)


@pytest.mark.parametrize("table", READABLE)
def test_an_analyst_reads_the_own_tenant(scene: Scene, analyst: psycopg.Connection, table: str) -> None:
    assert tenants_of(analyst, table) == {scene.north.id}


def test_what_was_done_is_read_too(scene: Scene, analyst: psycopg.Connection) -> None:
    assert analyst.execute("SELECT count(*) FROM operations").fetchone() == (0,)


def test_a_question_of_an_analyst(scene: Scene, analyst: psycopg.Connection) -> None:
    rows = analyst.execute(
        "SELECT d.name, count(*) FROM resource_view r JOIN devices d ON d.id = r.device_id GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert rows == [(device.name, 1) for device in scene.north.devices]


def test_arrow_is_read_by_the_same_login(scene: Scene) -> None:
    with adbc.connect(scene.login.url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT device_id, time FROM interfaces_view ORDER BY device_id")
        assert cursor.fetch_arrow_table().num_rows == len(scene.north.devices)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT set_config('app.current_tenant', %(south)s, false)",
        "SELECT set_config('session_authorization', 'flotilla_app', false)",
        "SELECT set_config('role', 'flotilla_app', false)",
        "SET search_path = pg_temp, public",
        "SELECT set_config('app.current_tenant', '', false)",
    ],
)
def test_no_setting_changes_whose_rows_are_seen(scene: Scene, analyst: psycopg.Connection, statement: str) -> None:
    try:
        analyst.execute(statement.encode(), {"south": str(scene.south.id)})
        assert tenants_of(analyst, "resource_view") == {scene.north.id}
        assert tenants_of(analyst, "devices") == {scene.north.id}
    except errors.InsufficientPrivilege:
        pass
    assert analyst.execute("SELECT tenant()").fetchone() == (scene.north.id,)


def test_without_row_security_nothing_is_read(analyst: psycopg.Connection) -> None:
    analyst.execute("SET row_security = off")
    for table in ("devices", "inventory", "resource_view"):
        with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
            tenants_of(analyst, table)


def test_a_connection_cannot_bring_a_setting_along(scene: Scene) -> None:
    options = f"-c app.current_tenant={scene.south.id} -c row_security=on"
    with psycopg.connect(scene.login.url, options=options) as connection:
        assert tenants_of(connection, "interfaces_5m_view") == {scene.north.id}
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(scene.login.url, options="-c role=flotilla_app")


FORBIDDEN = (
    *(f"SELECT * FROM {table}" for table in sorted(METRICS | ROLLUPS)),
    *(f"SELECT count(*) FROM ONLY {table}" for table in sorted(METRICS)),
    *(f"COPY {table} TO STDOUT" for table in sorted(METRICS | ROLLUPS)),
    *(f"INSERT INTO {view} (time) VALUES (now())" for view in sorted(VIEWS)),
    *(f"SELECT * FROM {view} FOR UPDATE" for view in sorted(VIEWS)),
    *(
        f"SELECT * FROM {table}"
        for table in (
            *("readers", "users", "memberships", "api_keys", "sessions", "login_links", "outbox", "schedules"),
            *("partitions", "assignment", "ingest_ledger", "dirty", "retention", "tenant_networks"),
            *("verifiers", "enrolments", "server_secrets"),
            *("alembic_version", "devices", "pg_authid", "pg_statistic", "pg_statistic_ext_data", "pg_shadow"),
            *(
                "pg_user_mapping",
                "pg_largeobject",
                "pg_hba_file_rules",
                "pg_file_settings",
                "pg_backend_memory_contexts",
            ),
        )
    ),
    "SELECT secret FROM devices",
    "SELECT username, fingerprint FROM devices",
    "COPY devices (secret) TO STDOUT",
    "COPY (SELECT secret FROM devices) TO STDOUT",
    "UPDATE devices SET name = 'x'",
    "DELETE FROM devices",
    "TRUNCATE devices",
    "CREATE TABLE mine (x int)",
    "CREATE TEMPORARY TABLE mine (x int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION leak(x text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RETURN true; END'",
    "CREATE FUNCTION pg_temp.leak(x text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END'",
    "CREATE EXTENSION dblink",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "CREATE PUBLICATION mine",
    *(f"SET ROLE {role}" for role in (*LOGINS, OWNER, READER)),
    *(f"SET SESSION AUTHORIZATION {role}" for role in (*LOGINS, OWNER)),
    *(f"GRANT {role} TO CURRENT_USER" for role in (*LOGINS, OWNER, READER)),
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER ROLE CURRENT_USER CONNECTION LIMIT 1000",
    "ALTER TABLE devices DISABLE ROW LEVEL SECURITY",
    "DROP POLICY reader ON devices",
    "ALTER VIEW resource_view SET (security_barrier = false)",
    "SELECT ensure_partitions(ARRAY[date '2026-01-05'])",
    "SELECT drop_partition('resource_metrics_20260105', true)",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "COPY devices (name) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/out'",
    "SELECT pg_stat_reset()",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_xact_lock(hashtext('ensure_partitions'))",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT pg_create_logical_replication_slot('mine', 'test_decoding')",
    "DO $$ BEGIN LOCK TABLE devices IN ACCESS SHARE MODE; END $$",
    "DO $$ BEGIN LOCK TABLE resource_view IN ACCESS EXCLUSIVE MODE; END $$",
    "DO $$ BEGIN LOCK TABLE resource_metrics IN ACCESS SHARE MODE; END $$",
    "CLUSTER resource_metrics",
    "REFRESH MATERIALIZED VIEW resource_view",
    "CREATE STATISTICS ON name, address FROM devices",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_an_analyst_may_not(analyst: psycopg.Connection, statement: str) -> None:
    """Also where the session says that it is not read-only: it is the rights that forbid."""
    analyst.execute("SET default_transaction_read_only = off")
    with pytest.raises((errors.InsufficientPrivilege, errors.WrongObjectType, errors.UndefinedFile)) as refused:
        analyst.execute(statement.encode())
    assert "zebra" not in str(refused.value)


PARTS = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p')
      AND (c.relispartition OR n.nspname = '_timescaledb_internal' AND c.relname LIKE '%\\_chunk')
"""
"""Partitions; or chunks, and the tables in which a columnstore keeps what was in them."""


def test_no_part_of_a_metric_table_is_readable(scene: Scene, analyst: psycopg.Connection) -> None:
    with psycopg.connect(scene.database.admin_url) as admin:
        parts = [name for (name,) in admin.execute(PARTS)]
    assert len(parts) >= len(METRICS | ROLLUPS)
    for part in parts:
        for statement in ("SELECT * FROM {}", "SELECT count(*) FROM ONLY {}", "COPY {} TO STDOUT"):
            with pytest.raises(errors.InsufficientPrivilege):
                analyst.execute(statement.format(part).encode())


LEAKS = (
    "1 / (CASE WHEN tenant_id = %(south)s THEN 0 ELSE 1 END) = 1",
    "CASE WHEN tenant_id = %(south)s THEN ('leak ' || tenant_id)::integer = 1 ELSE true END",
    "CASE WHEN tenant_id = %(south)s THEN set_config('app.seen', tenant_id::text, false) IS NOT NULL ELSE true END",
)
"""Conditions that tell what they are run on: by an error that quotes it, or by what they leave behind."""


@pytest.mark.parametrize("table", [table for table in READABLE if table not in SHOWN])
@pytest.mark.parametrize("leak", LEAKS)
def test_a_leaky_condition_is_run_on_no_row_of_another(
    scene: Scene, analyst: psycopg.Connection, table: str, leak: str
) -> None:
    asked = f"SELECT count(*) FROM {table} WHERE {leak}"
    assert analyst.execute(asked.encode(), {"south": scene.south.id}).fetchone() == (len(scene.north.devices),)
    assert analyst.execute("SELECT current_setting('app.seen', true)").fetchone() in ((None,), ("",))


def test_such_a_condition_tells_of_the_own_rows(scene: Scene, analyst: psycopg.Connection) -> None:
    """So that the test above could fail."""
    for leak in LEAKS[:2]:
        with pytest.raises(psycopg.DataError):
            analyst.execute(f"SELECT count(*) FROM resource_view WHERE {leak}".encode(), {"south": scene.north.id})
    analyst.execute(f"SELECT count(*) FROM resource_view WHERE {LEAKS[2]}".encode(), {"south": scene.north.id})
    assert analyst.execute("SELECT current_setting('app.seen')").fetchone() == (str(scene.north.id),)


@pytest.mark.parametrize("table", READABLE)
def test_ids_of_another_find_nothing(scene: Scene, analyst: psycopg.Connection, table: str) -> None:
    source = SHOWN.get(table, table)
    found = analyst.execute(f"SELECT * FROM {source} AS t WHERE tenant_id = %s".encode(), (scene.south.id,))
    assert found.fetchall() == []
    if table != "tenants":
        name = "id" if table in ("devices", "sites", "device_groups") else "device_id"
        ids = [device.id for device in scene.south.devices]
        found = analyst.execute(f"SELECT * FROM {source} AS t WHERE {name} = ANY (%s)".encode(), (ids,))
        assert found.fetchall() == []


def test_nothing_that_everybody_may_read_names_another_tenant(scene: Scene, analyst: psycopg.Connection) -> None:
    """Every readable relation of the catalogue, the statistics' views too, is searched for what is the other's."""
    with psycopg.connect(scene.database.admin_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
    words = ["zebra", "Südwind", "198.51.100.7", scene.south.slug, str(scene.south.id)]
    words += [str(device.id) for device in scene.south.devices]
    relations = analyst.execute(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm', 'p') "
        "AND has_table_privilege(c.oid, 'select') AND c.relname <> 'pg_stat_activity'"
    ).fetchall()
    assert len(relations) > 100
    for (relation,) in relations:
        try:
            rows = analyst.execute(f"SELECT t::text FROM {relation} AS t".encode()).fetchall()
        except (errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState, errors.FeatureNotSupported):
            continue
        said = "\n".join(str(row[0]) for row in rows)
        assert not [word for word in words if word in said], relation


def test_statistics_of_values_are_not_shown(scene: Scene, analyst: psycopg.Connection) -> None:
    with psycopg.connect(scene.database.admin_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
        assert admin.execute("SELECT count(*) > 0 FROM pg_stats WHERE schemaname = 'public'").fetchone() == (True,)
    for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
        asked = f"SELECT count(*) FROM {view} WHERE schemaname = 'public'"
        assert analyst.execute(asked.encode()).fetchone() == (0,)


def test_what_others_run_is_not_shown(scene: Scene, analyst: psycopg.Connection) -> None:
    """The name of an application is shown to everybody; what a platform session states as its reason names nobody."""
    with platform_session(scene.database.stores, "an administrator looks at a tenant's networks"):
        shown = analyst.execute(
            "SELECT query, application_name, client_addr FROM pg_stat_activity WHERE usename = 'flotilla_platform'"
        ).fetchall()
    assert {(query, address) for query, _, address in shown} == {("<insufficient privilege>", None)}
    assert not [name for _, name, _ in shown if scene.south.slug in name or str(scene.south.id) in name]


def test_a_cursor_and_a_prepared_statement_see_no_more(scene: Scene, analyst: psycopg.Connection) -> None:
    analyst.execute("PREPARE all_rows AS SELECT tenant_id FROM resource_view")
    assert {row[0] for row in analyst.execute("EXECUTE all_rows")} == {scene.north.id}
    with analyst.transaction():
        analyst.execute("DECLARE rows CURSOR FOR SELECT tenant_id FROM devices")
        assert {row[0] for row in analyst.execute("FETCH ALL FROM rows")} == {scene.north.id}


def test_code_of_a_session_runs_with_its_own_rights(scene: Scene, analyst: psycopg.Connection) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        analyst.execute("DO $$ BEGIN PERFORM * FROM resource_metrics; END $$")


def test_the_lookup_tells_of_oneself_alone(scene: Scene, analyst: psycopg.Connection) -> None:
    assert analyst.execute("SELECT reader_tenant()").fetchone() == (scene.north.id,)
    with psycopg.connect(scene.database.url("flotilla_app")) as app, pytest.raises(errors.InsufficientPrivilege):
        app.execute("SELECT reader_tenant()")
