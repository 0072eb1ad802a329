"""What each role may do, and that a tenant can neither see nor touch what is another's."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row

from db import firmwaregrants, rolloutgrants
from db.access import APP, GRANTS, INGEST, LOGINS, PLATFORM, POLLER, READER, REASONS
from db.migrations.declaration import metadata
from fleet.retention import Mode
from tests.fixtures.database import Database, Tenant
from tests.fixtures.measured import INVENTORY, METRICS, PLACES, ROLLUPS, VIEWS

pytestmark = pytest.mark.modes(*Mode)

RIGHTS = """
    table               app  ingest  platform  poller  reader
    tenants             su   -       si        -       s
    users               -    -       si        -       -
    memberships         -    -       siud      -       -
    login_links         -    -       siu       -       -
    sessions            -    -       siud      -       -
    api_keys            siu  -       siu       -       -
    verifiers           -    -       siu       -       -
    enrolments          -    -       siu       -       -
    server_secrets      -    -       si        -       -
    readers             -    -       s         -       -
    devices             siud -       siud      s       s
    sites               siud -       si        -       s
    credential_profiles siud -       s         s       -
    templates           siud -       -         s       -
    template_versions   si   -       -         s       -
    template_assignments sid -       -         s       -
    scans               siud -       su        -       -
    scan_findings       s    -       si        -       -
    device_tags         sid  -       sid       -       s
    maintenance_windows sid  -       -         -       s
    device_groups       siud -       -         -       s
    tenant_networks     s    -       si        s       -
    device_state        si   su      si        -       s
    device_states       s    i       sd        -       s
    ingest_ledger       -    siu     s         -       -
    assignment          -    s       su        su      -
    partitions          -    s       su        su      -
    dirty               -    i       sid       -       -
    retention           -    s       siu       -       -
    outbox              i    -       siud      -       -
    operations          si   -       siu       su      s
    errands             si   -       siud      su      -
    config_binaries     sd   -       -         sid     -
    tool_settings       siu  -       -         -       -
    pushes              si   -       sud       su      -
    push_campaigns      siu  -       sud       s       -
    push_campaign_devices siu -      su        -       -
    push_journal        s    -       s         si      -
    rollouts            siu  -       sud       s       -
    rollout_devices     siu  -       su        su      -
    rollout_journal     s    -       s         si      -
    firmware_settings   siu  -       s         s       -
    firmware_stop       s    -       siu       s       -
    alert_rules         siud -       i         -       -
    alerts              su   -       siud      -       -
    alert_silences      sid  -       s         -       -
    alert_channels      siud -       su        -       -
    alert_routes        siud -       s         -       -
    alert_turns         -    -       siud      -       -
    alert_deliveries    siu  -       siud      -       -
    alert_notices       s    -       sid       -       -
    tool_settings       siu  -       -         -       -
    audit               si   -       si        -       -
    audit_heads         -    -       s         -       -
    kept_answers        siu  -       siud      -       -
    schedules           s    -       siu       -       -
    inventory           s    siu     sd        -       s
    inventory_readings  s    siu     s         -       s
    inventory_changes   s    i       sd        -       s
    config_keys         si   -       siu       si      -
    config_versions     su   -       sd        siu     -
    config_readings     s    -       sd        i       -
    config_state        s    -       s         siu     -
    config_policies     siud -       s         s       -
    config_runs         siu  -       sud       -       -
    config_run_devices  siu  -       su        -       -
    ssh_access          siud -       -         su      -
    firmware_channels   s    -       siud      -       -
    firmware_releases   s    -       siud      -       -
    firmware_files      s    -       siud      s       -
    alembic_version     s    s       s         s       -
    METRICS             -    i       s         -       -
    ROLLUPS             -    -       siu       -       -
    PARTITIONS          -    -       -         -       -
    VIEWS               s    -       -         -       s
"""
"""Who may select, insert, update, delete and truncate, on the table or on some of its columns; nobody may more."""


@pytest.fixture
def app(measured: tuple[Database, Tenant, Tenant]) -> Iterator[psycopg.Connection]:
    """A connection of the tenants' role, with no tenant set."""
    with psycopg.connect(measured[0].url(APP), autocommit=True) as connection:
        yield connection


def enter(connection: psycopg.Connection, tenant: UUID | str) -> None:
    connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(tenant),))


def tables(admin: psycopg.Connection) -> dict[str, dict[str, object]]:
    """Read every table and view of the schema."""
    found = admin.cursor(row_factory=dict_row).execute(
        """SELECT relname, relkind, relispartition, relrowsecurity AND relforcerowsecurity AS forced,
               EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'tenant_id') AS owned
           FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"""
    )
    return {str(row["relname"]): row for row in found}


def rights(admin: psycopg.Connection, role: str, table: str) -> str:
    """Tell by letters what a role may do."""
    row = admin.execute(
        """SELECT has_any_column_privilege(%(role)s, %(table)s, 'select'),
               has_any_column_privilege(%(role)s, %(table)s, 'insert'),
               has_any_column_privilege(%(role)s, %(table)s, 'update'),
               has_table_privilege(%(role)s, %(table)s, 'delete'),
               has_table_privilege(%(role)s, %(table)s, 'truncate, references, trigger, maintain')""",
        {"role": role, "table": f"public.{table}"},
    ).fetchone()
    assert row is not None
    return "".join(letter for letter, has in zip("siudx", row, strict=True) if has) or "-"


def kind(name: str, facts: dict[str, object]) -> str:
    if facts["relispartition"]:
        return "PARTITIONS"
    kinds = {"METRICS": METRICS, "ROLLUPS": ROLLUPS, "VIEWS": VIEWS}
    return next((word for word, names in kinds.items() if name in names), name)


def test_each_role_may_what_the_table_says_and_no_more(measured: tuple[Database, Tenant, Tenant]) -> None:
    head, *lines = [line.split() for line in RIGHTS.strip().splitlines()]
    expected = {line[0]: dict(zip(head[1:], line[1:], strict=True)) for line in lines}
    with psycopg.connect(measured[0].admin_url) as admin:
        found = {
            name: {role.removeprefix("flotilla_"): rights(admin, role, name) for role in (*LOGINS, READER)}
            for name, facts in tables(admin).items()
        }
        kinds = {name: kind(name, facts) for name, facts in tables(admin).items()}
    assert {name: expected.get(kinds[name]) for name in found} == found
    assert set(expected) - set(kinds.values()) == ({"PARTITIONS"} if measured[0].mode is Mode.TIMESCALE else set())


def test_every_table_has_a_tenant_and_forced_policies_or_a_reason(measured: tuple[Database, Tenant, Tenant]) -> None:
    with psycopg.connect(measured[0].admin_url) as admin:
        found = tables(admin)
    plain = {name for name, facts in found.items() if kind(name, facts) == name}
    open_ones = {name for name in plain if not (found[name]["forced"] and found[name]["owned"])}
    assert open_ones - {"tenants"} == set(REASONS), "a table without tenant_id and FORCE needs a line in REASONS"
    assert found["tenants"]["forced"]
    assert all(found[name]["owned"] for name in METRICS | ROLLUPS | VIEWS)
    theirs = [grant for grant in GRANTS if grant.role == APP and grant.table in REASONS]
    shared = (*firmwaregrants.TABLES, *rolloutgrants.REASONS)
    assert {(grant.table, grant.action) for grant in theirs} == {(table, "SELECT") for table in shared}
    assert plain - {"alembic_version"} == set(metadata.tables)


def test_nothing_is_granted_to_everyone(measured: tuple[Database, Tenant, Tenant]) -> None:
    with psycopg.connect(measured[0].admin_url) as admin:
        everyone = admin.execute(
            """SELECT relname FROM pg_class CROSS JOIN LATERAL aclexplode(relacl)
               WHERE relnamespace = 'public'::regnamespace AND grantee = 0
               UNION ALL
               SELECT proname FROM pg_proc CROSS JOIN LATERAL aclexplode(COALESCE(proacl, acldefault('f', proowner)))
               WHERE pronamespace = 'public'::regnamespace AND grantee = 0
                 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.deptype = 'e')"""
        ).fetchall()
        foreign = admin.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relowner <> 'flotilla_owner'::regrole"
        ).fetchall()
    assert (everyone, foreign) == ([], [])


READABLE = (
    "tenants",
    "devices",
    *PLACES,
    "tenant_networks",
    "device_state",
    "device_states",
    *INVENTORY,
    *sorted(VIEWS),
)


@pytest.mark.parametrize("table", READABLE)
@pytest.mark.parametrize("tenant", [None, ""])
def test_without_a_tenant_there_are_no_rows(app: psycopg.Connection, table: str, tenant: str | None) -> None:
    if tenant is not None:
        enter(app, tenant)
    assert app.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_what_is_no_tenant_reads_nothing(app: psycopg.Connection) -> None:
    enter(app, "' OR true --")
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        app.execute("SELECT count(*) FROM devices")


@pytest.mark.parametrize("table", [table for table in READABLE if table != "tenant_networks"])
def test_a_tenant_reads_its_own_rows_alone(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection, table: str
) -> None:
    _, north, _ = measured
    enter(app, north.id)
    owner = "id" if table == "tenants" else "tenant_id"
    found = app.execute(f"SELECT {owner} FROM {table}").fetchall()
    assert found == [(north.id,)] * (1 if table == "tenants" else len(north.devices))


@pytest.mark.parametrize("table", READABLE)
def test_a_tenant_finds_nothing_of_another_by_name(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection, table: str
) -> None:
    _, north, south = measured
    enter(app, north.id)
    owner = "id" if table == "tenants" else "tenant_id"
    assert app.execute(f"SELECT * FROM {_seen(table)} WHERE {owner} = %s", (south.id,)).fetchall() == []


def _seen(table: str) -> str:
    return "(SELECT id, tenant_id, name FROM devices) AS seen" if table == "devices" else table


@pytest.mark.parametrize("table", [*INVENTORY, *sorted(VIEWS)])
def test_a_condition_runs_on_no_row_of_another(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection, table: str
) -> None:
    """A table without a policy, or a view without a barrier, would divide by zero on the other tenant's row."""
    _, north, south = measured
    enter(app, north.id)
    trap = f"SELECT count(*) FROM {table} WHERE 1 / (CASE WHEN device_id = %s THEN 0 ELSE 1 END) = 1"
    assert app.execute(trap, (south.devices[0].id,)).fetchone() == (len(north.devices),)
    with pytest.raises(psycopg.errors.DivisionByZero):
        app.execute(trap, (north.devices[0].id,))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO devices SELECT gen_random_uuid(), %(tenant)s, 'x', 'x', 1, 'plain', NULL, NULL, 'x', 1, 'x', "
        "'vault:x', 60, '2026-01-05'",
        "INSERT INTO device_state (device_id, tenant_id) VALUES (%(device)s, %(tenant)s)",
    ],
)
def test_a_row_for_another_tenant_is_refused(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection, statement: str
) -> None:
    _, north, south = measured
    enter(app, north.id)
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        app.execute(statement, {"tenant": south.id, "device": south.devices[0].id})


def test_a_state_for_anothers_device_is_refused(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection
) -> None:
    """The row names the own tenant, so the policy allows it; the foreign key knows whose the device is."""
    database, north, south = measured
    added = "INSERT INTO device_state (device_id, tenant_id) VALUES (%s, %s)"
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("DELETE FROM device_state WHERE device_id = %s", (south.devices[0].id,))
    enter(app, north.id)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        app.execute(added, (south.devices[0].id, north.id))
    with psycopg.connect(database.admin_url) as admin:
        admin.execute(added, (south.devices[0].id, south.id))


PARTITIONS = (
    *(f"SELECT * FROM {table}_202601" for table in sorted(ROLLUPS) if table.endswith("_1h")),
    *(f"SELECT * FROM {table}_20260105" for table in sorted(METRICS)),
)
FORBIDDEN = (
    *(f"SELECT * FROM {table}" for table in sorted(METRICS | ROLLUPS)),
    *(f"INSERT INTO {table} (time, tenant_id, device_id) VALUES (now(), NULL, NULL)" for table in sorted(METRICS)),
    *(f"INSERT INTO {view} (time) VALUES (now())" for view in sorted(VIEWS)),
    *(f"DELETE FROM {view}" for view in sorted(VIEWS)),
    "SELECT secret FROM devices",
    "SELECT * FROM devices",
    "UPDATE devices SET tenant_id = NULL",
    "UPDATE devices SET partition = 0",
    "TRUNCATE devices",
    "SELECT * FROM partitions",
    "SELECT * FROM assignment",
    "SELECT * FROM outbox",
    "UPDATE operations SET outcome = 'done'",
    "DELETE FROM operations",
    "UPDATE schedules SET next_at = now()",
    "INSERT INTO inventory (kind) VALUES ('users')",
    "UPDATE inventory SET facts = '{}'",
    "DELETE FROM inventory",
    "UPDATE inventory_readings SET told = 0",
    "INSERT INTO inventory_changes (kind) VALUES ('users')",
    "DELETE FROM inventory_changes",
    "INSERT INTO device_states (state) VALUES ('up')",
    "DELETE FROM device_states",
    "SELECT * FROM users",
    "SELECT * FROM api_keys",
    "SELECT * FROM sessions",
    "SELECT * FROM login_links",
    "SELECT * FROM verifiers",
    "SELECT * FROM enrolments",
    "SELECT * FROM server_secrets",
    "SELECT * FROM ingest_ledger",
    "SELECT ensure_partitions(ARRAY[date '2026-01-05'])",
    "SELECT drop_partition('resource_metrics_20260105', true)",
    "SELECT * FROM dirty",
    "SELECT * FROM retention",
    "SET ROLE flotilla_owner",
    "SET ROLE flotilla_platform",
    "SET SESSION AUTHORIZATION flotilla_platform",
    "ALTER TABLE devices DISABLE ROW LEVEL SECURITY",
    "DROP POLICY tenant ON devices",
    "COPY devices TO PROGRAM 'cat'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT rolpassword FROM pg_authid",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_tenants_role_may_not(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection, statement: str
) -> None:
    enter(app, measured[1].id)
    with pytest.raises(InsufficientPrivilege):
        app.execute(statement)


@pytest.mark.modes(Mode.NATIVE)
@pytest.mark.parametrize("statement", PARTITIONS)
def test_the_tenants_role_may_not_pass_by_a_partition(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection, statement: str
) -> None:
    test_the_tenants_role_may_not(measured, app, statement)


@pytest.mark.parametrize("role", [INGEST, PLATFORM, POLLER])
def test_the_setting_governs_the_tenants_role_alone(measured: tuple[Database, Tenant, Tenant], role: str) -> None:
    database, north, _ = measured
    with psycopg.connect(database.url(role), autocommit=True) as connection:
        enter(connection, north.id)
        with pytest.raises(InsufficientPrivilege):
            connection.execute("SELECT tenant()")
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        enter(admin, north.id)
        assert admin.execute("SELECT tenant()").fetchone() == (None,)


def test_row_security_cannot_be_switched_off(
    measured: tuple[Database, Tenant, Tenant], app: psycopg.Connection
) -> None:
    app.execute("SET row_security = off")
    with pytest.raises(InsufficientPrivilege, match="row-level security"):
        app.execute("SELECT count(*) FROM devices")


def test_the_platform_reads_no_secret(measured: tuple[Database, Tenant, Tenant]) -> None:
    with psycopg.connect(measured[0].url(PLATFORM), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM devices").fetchone() == (5,)
        with pytest.raises(InsufficientPrivilege):
            connection.execute("SELECT secret FROM devices")


def test_ingest_writes_measurements_and_cannot_read_them(measured: tuple[Database, Tenant, Tenant]) -> None:
    with psycopg.connect(measured[0].url(INGEST), autocommit=True) as connection:
        for statement in ("SELECT * FROM resource_metrics", "DELETE FROM resource_metrics", "SELECT * FROM devices"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)


def test_the_owner_sees_rows_under_forced_policies(measured: tuple[Database, Tenant, Tenant]) -> None:
    with psycopg.connect(measured[0].admin_url) as admin:
        admin.execute("SET ROLE flotilla_owner")
        assert admin.execute("SELECT count(*) FROM devices").fetchone() == (5,)
