"""A declared family becomes a table that only its tenant can look into."""

from __future__ import annotations

from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import MetaData, func, select, text
from sqlalchemy.orm import Session

from db import metric_tables, partitions, staging
from db.tenancy import tenant_session
from fleet.families import Family, Field, Kind
from fleet.retention import Mode
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW, cpu, received, stored, write
from tests.fixtures.rollups import create

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]

TABLE = "resource_metrics"
WEATHER = Family(
    "weather",
    "Weather",
    (Field("rain_mm"), Field("drops_total", Kind.COUNTER), Field("sky", Kind.STATE, states=("clear", "cloudy"))),
    ("place", "side"),
)


def test_a_family_becomes_a_table_with_one_key(database: Database) -> None:
    create(database, WEATHER)
    columns = stored(
        database,
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = 'weather_metrics' ORDER BY ordinal_position",
    )
    assert [name for name, _ in columns] == list(metric_tables.names(WEATHER))
    assert dict(columns)["drops_increase"] == "bigint"
    assert dict(columns)["drops_rate"] == "double precision"
    indexes = stored(database, "SELECT indexdef FROM pg_indexes WHERE tablename = 'weather_metrics'")
    assert len(indexes) == 1
    assert 'USING btree (device_id, "time", place, side)' in indexes[0][0]


def test_a_state_is_one_of_its_words(database: Database) -> None:
    create(database, WEATHER)
    row = "INSERT INTO weather_metrics (time, tenant_id, device_id, sky) VALUES (%s, %s, %s, %s)"
    with psycopg.connect(database.url("flotilla_ingest"), autocommit=True) as connection:
        partitions.ensure(connection, [NOW.date()])
        connection.execute(row, (NOW, uuid4(), uuid4(), 1))
        with pytest.raises(psycopg.errors.CheckViolation, match="weather_metrics_sky_range"):
            connection.execute(row, (NOW, uuid4(), uuid4(), 2))


def test_names_are_the_same_for_declaration_and_statements() -> None:
    metadata = MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s", "uq": "uq_%(table_name)s"})
    table = metric_tables.declare({"weather": WEATHER}, metadata)["weather_metrics"]
    names = {str(constraint.name) for constraint in table.constraints if constraint.name}
    assert names == {"weather_metrics_key", "weather_metrics_sky_range"}
    assert all(name in metric_tables.create(WEATHER)[0] for name in names)


def test_a_tenant_sees_its_own_rows_and_no_tenant_none(database: Database, two_tenants: TwoTenants) -> None:
    north, south = two_tenants
    write(database, received([cpu(d, NOW, 0.5) for d in (*north.devices, *south.devices)]))
    view = metric_tables.readable(FAMILIES["resource"])
    for tenant in two_tenants:
        with tenant_session(database.stores, tenant.principal) as session:
            seen = session.scalars(select(view.c.device_id).order_by(view.c.device_id)).all()
        assert seen == sorted(d.id for d in tenant.devices)
    with Session(database.stores.engine("flotilla_app")) as session:
        assert session.scalar(select(func.count()).select_from(view)) == 0


@pytest.mark.parametrize("role", ["flotilla_app", "flotilla_ingest", "flotilla_poller"])
def test_no_other_role_reads_the_table_or_its_partitions(
    database: Database, two_tenants: TwoTenants, role: str
) -> None:
    write(database, received([cpu(two_tenants[0].devices[0], NOW, 0.5)]))
    pieces = stored(
        database, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", TABLE
    )
    with psycopg.connect(database.url(role), autocommit=True) as connection:
        for relation in (TABLE, *(piece for (piece,) in pieces)):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT count(*) FROM {relation}".encode())


def test_the_platform_reads_and_does_not_write(database: Database, two_tenants: TwoTenants) -> None:
    write(database, received([cpu(two_tenants[0].devices[0], NOW, 0.5)]))
    with psycopg.connect(database.url("flotilla_platform"), autocommit=True) as platform:
        assert platform.execute("SELECT count(*) FROM resource_metrics").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            platform.execute("DELETE FROM resource_metrics")


def test_a_leaky_function_sees_no_foreign_row(database: Database, two_tenants: TwoTenants) -> None:
    """A barrier view filters by tenant before it calls what a query brings along."""
    north, south = two_tenants
    write(database, received([cpu(north.devices[0], NOW, 0.0), cpu(south.devices[0], NOW, 0.5)]))
    view = metric_tables.readable(FAMILIES["resource"])
    with tenant_session(database.stores, south.principal) as session:
        assert session.scalar(select(func.count()).where(1 / view.c.cpu_load_ratio > 1)) == 1


@pytest.mark.modes(Mode.NATIVE)
def test_one_device_is_read_by_the_key_and_the_tenant_told_once(database: Database, two_tenants: TwoTenants) -> None:
    tenant = two_tenants[0]
    write(database, received([cpu(tenant.devices[0], NOW, 0.5)]))
    with tenant_session(database.stores, tenant.principal) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        query = "EXPLAIN SELECT * FROM resource_view WHERE device_id = :id AND time >= :at"
        plan = "\n".join(session.scalars(text(query), {"id": tenant.devices[0].id, "at": NOW}))
    assert "Index Cond: ((device_id =" in plan
    assert "InitPlan" in plan
    assert "Filter: (tenant_id = (InitPlan" in plan


def test_a_new_family_takes_rows_by_both_ways(database: Database) -> None:
    create(database, WEATHER)
    with psycopg.connect(database.url("flotilla_ingest"), autocommit=True) as connection:
        partitions.ensure(connection, [NOW.date()])
        connection.execute(staging.prepare(WEATHER))
        for statement in (staging.straight(WEATHER), staging.staged(WEATHER)):
            with connection.cursor() as cursor, cursor.copy(statement):
                pass
        assert connection.execute(staging.merge(WEATHER)).rowcount == 0
