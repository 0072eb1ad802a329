"""Chunks and the columnstore behind them: a tenant, or a writer, can not read there what its view does not show."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.errors import DivisionByZero, InsufficientPrivilege
from sqlalchemy import text

from db.access import APP, INGEST, POLLER
from db.tenancy import tenant_session
from fleet.retention import Mode
from tests.fixtures.database import Database, Tenant, copy, seed
from tests.fixtures.database import Template as Migrated
from tests.fixtures.metrics import NOW, cpu, received, seconds, stored, traffic, write

pytestmark = pytest.mark.modes(Mode.TIMESCALE)

Measured = tuple[Database, Tenant, Tenant]

HIDDEN = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND relnamespace::regnamespace::text IN ('_timescaledb_internal', 'public')
      AND (EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'device_id')
           AND c.relnamespace = '_timescaledb_internal'::regnamespace)
"""
"""All chunks, and the relations that hold what is compressed of them."""

CHUNK = """
    SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
    WHERE hypertable_name = 'resource_metrics'
"""
OPEN = """
    SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm')
      AND c.relnamespace::regnamespace::text ~ '^_?timescaledb' AND has_table_privilege(%s, c.oid, 'select')
"""
"""What the extension lets a role read of its own."""


@pytest.fixture(scope="module")
def measured(template: Migrated) -> Iterator[Measured]:
    """Two tenants with rows in the columnstore, and some that came late beside them."""
    with copy(template) as database:
        north, south = seed(database.stores, "north", 3), seed(database.stores, "south", 2)
        devices = (*north.devices, *south.devices)
        write(database, received([cpu(d, seconds(n), 0.5 + n / 100) for d in devices for n in range(20)]))
        write(database, received([traffic(d, NOW, ether1=7.0) for d in devices]))
        database.settle()
        write(database, received([cpu(d, seconds(30), 0.25) for d in devices]))
        yield database, north, south


@pytest.mark.parametrize("role", [APP, INGEST, POLLER])
def test_no_chunk_is_read_directly(measured: Measured, role: str) -> None:
    database = measured[0]
    hidden = [name for (name,) in stored(database, HIDDEN)]
    assert any("compress" in name for name in hidden)
    assert any("compress" not in name for name in hidden)
    with psycopg.connect(database.url(role), autocommit=True) as connection:
        for name in hidden:
            for statement in (f"SELECT * FROM {name}", f"COPY {name} TO STDOUT", f"DELETE FROM {name}"):
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(statement.encode())


def test_a_condition_runs_on_no_compressed_row_of_another(measured: Measured) -> None:
    """A condition on what segments are kept by would be asked of all of them, were it asked before the tenant."""
    database, north, south = measured
    trap = "SELECT count(*) FROM resource_view WHERE 1 / (CASE WHEN {} THEN 0 ELSE 1 END) = 1"
    asked = (
        trap.format("device_id = :device"),
        trap.format("time >= '2026-01-05' AND device_id = :device"),
        trap.format("cpu_load_ratio >= 0 AND device_id = :device"),
    )
    for statement in asked:
        with tenant_session(database.stores, north.principal) as session:
            assert session.scalar(text(statement), {"device": south.devices[0].id}) == 3 * 21
        with pytest.raises(Exception, match="division by zero") as error:
            _count(database, north, statement, north.devices[0].id)
        assert isinstance(error.value.__cause__, DivisionByZero)


def test_an_aggregate_is_of_the_tenants_rows_alone(measured: Measured) -> None:
    database, north, south = measured
    for tenant, devices in ((north, 3), (south, 2)):
        with tenant_session(database.stores, tenant.principal) as session:
            for where in ("", " WHERE cpu_load_ratio > 0.6"):
                query = f"SELECT count(*), count(DISTINCT device_id), min(device_id::text) FROM resource_view{where}"
                count, distinct, first = session.execute(text(query)).one()
                assert (count, distinct) == (devices * (9 if where else 21), devices)
                assert first in {str(device.id) for device in tenant.devices}


def test_no_tenant_is_entered_and_nothing_is_read(measured: Measured) -> None:
    with psycopg.connect(measured[0].url(APP)) as app:
        assert app.execute("SELECT count(*) FROM resource_view").fetchone() == (0,)
        assert app.execute("SELECT max(time) FROM resource_view").fetchone() == (None,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT drop_chunks('resource_metrics', older_than => now())",
        "SELECT add_job('pg_catalog.pg_notify', '1h')",
        "CALL convert_to_rowstore('{chunk}')",
        "SELECT decompress_chunk('{chunk}')",
        "SELECT _timescaledb_functions.drop_chunk('{chunk}')",
        "SELECT set_chunk_time_interval('resource_metrics', interval '1 hour')",
        "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs WHERE job_id >= 1000",
        "CALL remove_columnstore_policy('resource_metrics')",
        "ALTER TABLE resource_metrics SET (timescaledb.enable_columnstore = false)",
    ],
)
@pytest.mark.parametrize("role", [APP, POLLER])
def test_no_role_of_theirs_works_on_the_hypertables(measured: Measured, role: str, statement: str) -> None:
    with psycopg.connect(measured[0].url(role), autocommit=True) as connection:
        with pytest.raises(psycopg.Error) as error:
            connection.execute(statement.replace("{chunk}", stored(measured[0], CHUNK)[0][0]).encode())
        assert any(word in str(error.value) for word in ("permission", "owner", "privilege", "does not exist"))


def test_the_extensions_own_tables_name_nobody(measured: Measured) -> None:
    """Ranges and sizes of chunks are there to be read; nothing of what is in them."""
    database, north, south = measured
    names = [name for (name,) in stored(database, OPEN, APP)]
    assert names
    secrets = [str(one) for one in (north.id, south.id, *(d.id for d in (*north.devices, *south.devices)))]
    with psycopg.connect(database.url(APP), autocommit=True) as app:
        for name in names:
            told = str(app.execute(f"SELECT t::text FROM {name} AS t".encode()).fetchall())
            assert not [word for word in secrets if word in told], name


def _count(database: Database, tenant: Tenant, statement: str, device: object) -> None:
    with tenant_session(database.stores, tenant.principal) as session:
        session.execute(text(statement), {"device": device})
