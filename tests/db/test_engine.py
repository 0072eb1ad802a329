"""The pools of the roles: what they connect as, and how they fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from db import engine
from db.access import LOGINS, POLLER
from db.engine import Stores, driver, reachable
from fleet.errors import Unavailable
from fleet.settings import Settings
from tests.fixtures.database import PATIENCE, Database


@pytest.mark.parametrize("role", LOGINS)
def test_each_role_has_a_pool_of_its_own(shared_database: Database, role: str) -> None:
    with shared_database.stores.engine(role).connect() as connection:
        assert connection.execute(text("SELECT session_user")).scalar() == role


def test_a_pool_is_made_once(shared_database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: id(shared_database.stores.engine(POLLER)), range(16)))) == 1


def test_times_are_in_utc(shared_database: Database) -> None:
    with shared_database.stores.engine(POLLER).connect() as connection:
        at = connection.execute(text("SELECT timestamptz '2026-01-05 13:00+01'")).scalar()
    assert at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert at.utcoffset().total_seconds() == 0


def test_a_role_without_a_url_says_what_to_do() -> None:
    with pytest.raises(Unavailable, match="flotilla up"):
        Stores.of(Settings()).url("flotilla_app")


def test_the_urls_come_from_the_settings() -> None:
    url = "postgresql://flotilla_app:secret@192.0.2.1/flotilla"
    assert Stores.of(Settings(postgres_roles={"flotilla_app": url})).url("flotilla_app") == url


def test_a_database_that_is_away_is_unavailable() -> None:
    with (
        Stores({POLLER: "postgresql://x:y@127.0.0.1:9/z"}) as stores,
        pytest.raises(Unavailable, match="cannot be reached"),
        reachable(),
        stores.engine(POLLER).connect(),
    ):
        pass


def test_a_cut_connection_is_replaced(shared_database: Database) -> None:
    pool = shared_database.stores.engine(POLLER)
    with pool.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    with create_engine(driver(shared_database.admin_url)).connect() as admin:
        admin.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with pool.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar() != pid


def test_a_connection_cut_in_use_is_unavailable(shared_database: Database) -> None:
    with shared_database.stores.engine(POLLER).connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        with create_engine(driver(shared_database.admin_url)).connect() as admin:
            admin.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(Unavailable), reachable():
            connection.execute(text("SELECT 1"))


def test_a_statement_that_takes_too_long_is_unavailable(shared_database: Database) -> None:
    with shared_database.stores.engine(POLLER).connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 10"))
        with pytest.raises(Unavailable, match="longer"), reachable():
            connection.execute(text("SELECT pg_sleep(5)"))


def test_an_error_of_the_statement_stays_what_it_is(shared_database: Database) -> None:
    with (
        pytest.raises(DBAPIError, match="division by zero"),
        reachable(),
        shared_database.stores.engine(POLLER).connect() as connection,
    ):
        connection.execute(text("SELECT 1/0"))


def test_a_full_pool_is_unavailable(shared_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.1)
    with (
        Stores(shared_database.urls, connections=1, patience=PATIENCE) as stores,
        stores.engine(POLLER).connect(),
        pytest.raises(Unavailable, match="in use"),
        reachable(),
    ):
        stores.engine(POLLER).connect()


def test_an_operational_error_of_another_kind_passes() -> None:
    with pytest.raises(OperationalError), reachable():
        raise OperationalError("SELECT 1", None, DiskFull())


class DiskFull(Exception):
    sqlstate = "53100"


def test_a_server_that_takes_no_writes_any_more_is_away_and_asked_on_a_new_connection(
    shared_database: Database,
) -> None:
    with Stores(shared_database.urls, patience=PATIENCE) as stores:
        pool = stores.engine(POLLER)
        with pool.connect() as connection:
            connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
            before = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            connection.commit()
        with pytest.raises(Unavailable, match="cannot be reached"), reachable(), pool.begin() as connection:
            connection.execute(text("UPDATE assignment SET version = version"))
        with reachable(), pool.begin() as connection:
            connection.execute(text("UPDATE assignment SET version = version"))
            assert connection.execute(text("SELECT pg_backend_pid()")).scalar() != before


def test_a_server_whose_network_has_gone_is_given_up_within_seconds(shared_database: Database) -> None:
    with shared_database.stores.engine(POLLER).connect() as connection:
        asked = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert int(asked["tcp_user_timeout"]) <= 15_000
    assert int(asked["keepalives_idle"]) + int(asked["keepalives_interval"]) * int(asked["keepalives_count"]) <= 30
