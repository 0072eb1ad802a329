"""Logins of analysts: made, listed, removed, and by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from db import readers
from db.access import OWNER, READER
from db.platform import platform_session
from fleet.errors import Conflict, NotFound
from tests.fixtures.analysts import MADE, READABLE, Scene, reader, tenants_of
from tests.fixtures.database import Database, Tenant


def test_a_reader_without_a_line_sees_nothing(scene: Scene) -> None:
    """Whoever makes a role by hand, or loses the table's line, opens nothing."""
    database = scene.database
    login = readers.create(database.admin_url, reader(scene.south.id, "for a moment"))
    with psycopg.connect(database.admin_url, autocommit=True) as admin, psycopg.connect(login.url) as connection:
        admin.execute("DELETE FROM readers WHERE name = %s", (login.name,))
        assert [tenants_of(connection, table) for table in READABLE] == [set()] * len(READABLE)
        connection.close()
        admin.execute(f"DROP OWNED BY {login.name}; DROP ROLE {login.name}".encode())


def test_a_removed_login_is_out_at_once(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    login = readers.create(database.admin_url, reader(north.id))
    with psycopg.connect(login.url, autocommit=True) as connection:
        assert tenants_of(connection, "devices") == {north.id}
        assert readers.remove(database.admin_url, north.id, "planning") == login.name
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(login.url)
    with psycopg.connect(database.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", (login.name,)).fetchone() == (0,)


def test_logins_are_listed_with_what_they_are_for(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    made = [reader(north.id), reader(north.id, "finance", MADE + timedelta(days=90)), reader(south.id)]
    for each in made:
        readers.create(database.admin_url, each)
    with platform_session(database.stores, "a test lists the logins") as session:
        assert {one.name: one for one in readers.listed(session)} == {one.name: one for one in made}
        assert readers.listed(session, south.id) == made[2:]
    for each in made:
        readers.remove(database.admin_url, each.tenant_id, each.name)


def test_a_title_is_used_once_and_nothing_is_left_of_the_second(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    login, second = readers.create(database.admin_url, reader(north.id)), reader(north.id)
    with pytest.raises(Conflict, match="planning"):
        readers.create(database.admin_url, second)
    with psycopg.connect(database.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", (second.name,)).fetchone() == (0,)
    readers.remove(database.admin_url, north.id, login.name)


def test_a_login_of_another_tenant_is_not_removed(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    login = readers.create(database.admin_url, reader(north.id))
    with pytest.raises(NotFound):
        readers.remove(database.admin_url, south.id, login.name)
    readers.remove(database.admin_url, north.id, login.name)


def test_a_login_ends_by_itself(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    ended = replace(reader(two_tenants[0].id), expires_at=datetime.now(UTC) - timedelta(minutes=1))
    login = readers.create(database.admin_url, ended)
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(login.url)
    readers.remove(database.admin_url, ended.tenant_id, login.name)


def test_the_password_is_in_no_statement(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    login = readers.create(database.admin_url, reader(two_tenants[0].id))
    assert login.url not in repr(login)
    assert two_tenants[0].slug not in login.name
    readers.remove(database.admin_url, two_tenants[0].id, login.name)


def test_an_administrator_who_is_no_superuser_may_do_it(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    """As on a server of a provider: CREATEROLE, and a member of the owner and with the right to give the group."""
    north, _ = two_tenants
    name = readers.new_name().replace(READER, "admin")
    with psycopg.connect(database.admin_url, autocommit=True) as root:
        root.execute(f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'x'".encode())
        root.execute(f"GRANT {OWNER} TO {name} WITH SET TRUE; GRANT {READER} TO {name} WITH ADMIN TRUE".encode())
        root.execute(f"GRANT CONNECT ON DATABASE {root.info.dbname} TO {name}".encode())
        url = readers.role_url(database.admin_url, name, "x")
        login = readers.create(url, reader(north.id))
        with psycopg.connect(login.url) as connection:
            assert tenants_of(connection, "devices") == {north.id}
        readers.remove(url, north.id, login.name)
        root.execute(f"DROP OWNED BY {name}; DROP ROLE {name}".encode())
