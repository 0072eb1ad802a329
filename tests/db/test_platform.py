"""The platform's door."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from db import accounts
from db.access import PLATFORM
from db.engine import Stores, driver
from db.platform import platform_session
from fleet.errors import Unavailable
from tests.fixtures.database import PATIENCE, Database, Tenant

ACTIVITY = text(
    "SELECT application_name FROM pg_stat_activity WHERE usename = :role AND datname = current_database()"
)


def test_it_sees_every_tenant(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    with platform_session(database.stores, "list the tenants") as session:
        assert [row.id for row in accounts.tenants(session)] == [tenant.id for tenant in two_tenants]


def test_the_reason_is_seen_while_it_lasts(database: Database) -> None:
    with (
        create_engine(driver(database.admin_url)).connect() as admin,
        Stores(database.urls, connections=1, patience=PATIENCE) as stores,
    ):
        with platform_session(stores, "zählen " * 20):
            during = str(admin.execute(ACTIVITY, {"role": PLATFORM}).scalar())
        admin.rollback()
        afterwards = admin.execute(ACTIVITY, {"role": PLATFORM}).scalar()
    assert during.startswith("flotilla: z")
    assert len(during) <= 63
    assert afterwards == "flotilla"


@pytest.mark.parametrize("why", ["", "  "])
def test_it_needs_a_reason(database: Database, why: str) -> None:
    with pytest.raises(ValueError, match="reason"), platform_session(database.stores, why):
        pass


def test_an_error_undoes_the_work(database: Database) -> None:
    def fail() -> None:
        with platform_session(database.stores, "test") as session:
            accounts.create_tenant(session, "north", "North")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with platform_session(database.stores, "test") as session:
        assert accounts.tenants(session) == []


def test_a_database_that_is_away_is_unavailable() -> None:
    with (
        Stores({PLATFORM: "postgresql://x:y@127.0.0.1:9/z"}) as stores,
        pytest.raises(Unavailable),
        platform_session(stores, "test"),
    ):
        pass
