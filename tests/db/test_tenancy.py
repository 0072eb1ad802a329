"""The tenants' door."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import inventory
from db.access import APP
from db.engine import Stores
from db.tenancy import TenantViolation, tenant_session
from fleet.errors import Unavailable
from tests.fixtures.database import CREATED, PATIENCE, Database, Tenant, device

Tenants = tuple[Tenant, Tenant]
NAMES = text("SELECT count(*) FROM devices")


def test_a_session_sees_its_tenant_alone(database: Database, two_tenants: Tenants) -> None:
    for tenant in two_tenants:
        with tenant_session(database.stores, tenant.principal) as session:
            assert session.execute(NAMES).scalar() == len(tenant.devices)


def test_the_tenant_ends_with_the_session(database: Database, two_tenants: Tenants) -> None:
    with Stores(database.urls, connections=1, patience=PATIENCE) as stores:
        with tenant_session(stores, two_tenants[0].principal) as session:
            session.execute(NAMES)
        with stores.engine(APP).connect() as connection:
            assert connection.execute(NAMES).scalar() == 0
            assert not connection.execute(text("SELECT current_setting('app.current_tenant', true)")).scalar()


def test_an_error_ends_the_tenant_too(database: Database, two_tenants: Tenants) -> None:
    with Stores(database.urls, connections=1, patience=PATIENCE) as stores:
        with pytest.raises(DBAPIError), tenant_session(stores, two_tenants[0].principal) as session:
            session.execute(text("SELECT 1/0"))
        with stores.engine(APP).connect() as connection:
            assert connection.execute(NAMES).scalar() == 0


def test_work_is_kept_at_the_end_and_undone_by_an_error(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with tenant_session(database.stores, north.principal) as session:
        inventory.add(session, device(north.id, 10), at=CREATED)

    def fail() -> None:
        with tenant_session(database.stores, north.principal) as session:
            inventory.add(session, device(north.id, 11), at=CREATED)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with tenant_session(database.stores, north.principal) as session:
        assert session.execute(NAMES).scalar() == 4


def test_a_device_for_another_tenant_is_a_violation(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with pytest.raises(TenantViolation) as refused, tenant_session(database.stores, north.principal) as session:
        inventory.add(session, device(south.id, 10), at=CREATED)
    assert (refused.value.code, refused.value.status) == ("tenant_violation", 403)


def test_a_database_that_is_away_is_unavailable(two_tenants: Tenants) -> None:
    with (
        Stores({APP: "postgresql://x:y@127.0.0.1:9/z"}) as stores,
        pytest.raises(Unavailable),
        tenant_session(stores, two_tenants[0].principal),
    ):
        pass
