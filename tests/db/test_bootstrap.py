"""Roles and rights of the database, made by a superuser or by an administrator that is none."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from cluster.servers.postgres import Postgres
from cluster.servers.state import State
from db import migrations
from db.access import APP, INGEST, LOGINS, OWNER, READER
from db.bootstrap import complete, prepare, role_url
from fleet.errors import StartRefused
from tests.fixtures.database import PASSWORDS, Database, drop

OTHERS = {role: f"another {role} / @:?" for role in LOGINS}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server that knows no role of ours; the session's has all of them."""
    with State(tmp_path_factory.mktemp("state")) as state, Postgres(state) as server:
        yield server


@pytest.fixture
def bare(server: Postgres) -> Iterator[str]:
    """An empty database on a server without our roles, and its administrator: no superuser, but it may make roles."""
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as admin:
        admin.execute("CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'keeper'")
        admin.execute("CREATE DATABASE kept OWNER keeper")
        yield role_url(server.url_of("kept"), "keeper", "keeper")
        drop(admin, "kept")
        for role in (OWNER, READER, *LOGINS, "keeper"):
            admin.execute(f"DROP ROLE IF EXISTS {role}")


def roles(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'flotilla_%'").fetchall()
    return {name for (name,) in found} - {"flotilla_admin"}


def test_an_administrator_who_is_no_superuser_can_make_and_migrate(bare: str) -> None:
    urls = prepare(bare, PASSWORDS)
    migrations.upgrade(bare)
    assert roles(bare) == {OWNER, READER, *LOGINS}
    with psycopg.connect(urls[APP]) as connection:
        assert connection.execute("SELECT count(*) FROM devices").fetchone() == (0,)


def test_the_second_time_changes_the_passwords_alone(bare: str) -> None:
    before = prepare(bare, PASSWORDS)
    after = prepare(bare, OTHERS)
    with psycopg.connect(after[APP]) as connection:
        assert connection.execute("SELECT session_user").fetchone() == (APP,)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(before[APP])


def test_what_is_newer_is_made_without_a_password(server: Postgres, bare: str) -> None:
    """A database that an earlier program prepared lacks the group of the analysts; its passwords stay."""
    urls = prepare(bare, PASSWORDS)
    with psycopg.connect(server.url_of("kept"), autocommit=True) as root:
        root.execute(f"DROP OWNED BY {READER}; DROP ROLE {READER}".encode())
    complete(bare)
    migrations.upgrade(bare)
    assert roles(bare) == {OWNER, READER, *LOGINS}
    with psycopg.connect(urls[APP]) as connection:
        assert connection.execute("SELECT count(*) FROM devices").fetchone() == (0,)


def test_a_database_that_was_never_prepared_is_not_completed(bare: str) -> None:
    with pytest.raises(StartRefused, match="not prepared"):
        complete(bare)
    assert roles(bare) == set()


def test_two_at_once_make_the_roles_once(bare: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: prepare(bare, PASSWORDS), range(4)))
    assert all(urls == made[0] for urls in made)


def test_no_role_stands_above_the_policies(database: Database) -> None:
    powers = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    with psycopg.connect(database.admin_url) as admin:
        found = admin.execute(
            f"SELECT {powers} FROM pg_roles WHERE rolname = ANY (%s)", ([OWNER, *LOGINS],)
        ).fetchall()
        assert set(found) == {(False,) * 5}
        assert admin.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone() == (False,)
        members = "SELECT count(*) FROM pg_auth_members WHERE member::regrole::text = ANY (%s)"
        assert admin.execute(members, ([OWNER, *LOGINS],)).fetchone() == (0,)


@pytest.mark.parametrize("power", ["SUPERUSER", "BYPASSRLS", "CREATEROLE"])
def test_a_role_that_could_pass_by_the_policies_is_refused(server: Postgres, bare: str, power: str) -> None:
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {APP} {power}")
    with pytest.raises(StartRefused, match=f"ALTER ROLE {APP}"):
        prepare(bare, PASSWORDS)
    assert roles(bare) == {APP}


def test_an_administrator_without_rights_is_told_so_and_changes_nothing(server: Postgres, bare: str) -> None:
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as admin:
        admin.execute("ALTER ROLE keeper NOCREATEROLE")
    with pytest.raises(StartRefused, match="CREATEROLE"):
        prepare(bare, PASSWORDS)
    assert roles(bare) == set()


def test_a_server_that_is_away_or_refuses_is_told() -> None:
    with pytest.raises(StartRefused, match="postgres_url"):
        prepare("postgresql://nobody@127.0.0.1:9/nothing", PASSWORDS)


def test_every_role_needs_a_password(bare: str) -> None:
    with pytest.raises(ValueError, match=INGEST):
        prepare(bare, {role: "x" for role in LOGINS if role != INGEST})
    assert roles(bare) == set()


def test_the_database_is_closed_to_others(server: Postgres, bare: str) -> None:
    prepare(bare, PASSWORDS)
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as admin:
        admin.execute("CREATE ROLE stranger LOGIN PASSWORD 'x'")
        try:
            with pytest.raises(psycopg.OperationalError, match="CONNECT"):
                psycopg.connect(role_url(bare, "stranger", "x"))
        finally:
            admin.execute("DROP ROLE stranger")


@pytest.mark.parametrize("role", LOGINS)
def test_no_login_makes_objects_and_only_ingest_temporary_ones(database: Database, role: str) -> None:
    with psycopg.connect(database.url(role), autocommit=True) as connection:
        for statement in ("CREATE TABLE t (x int)", "CREATE SCHEMA s", "CREATE FUNCTION f() RETURNS int RETURN 1"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        if role != INGEST:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TEMPORARY TABLE t (x int)")


def test_the_server_is_never_told_a_password(server: Postgres, bare: str) -> None:
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as admin:
        admin.execute("ALTER ROLE keeper SET log_statement = 'all'")
        prepare(bare, PASSWORDS)
    log = server_log(server)
    assert "CREATE ROLE" in log
    assert not [role for role in LOGINS if PASSWORDS[role] in log]


def server_log(server: Postgres) -> str:
    return server._state.log("postgres").read_text()
