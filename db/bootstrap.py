"""Make the database's roles and their way in; the schema itself is the migrations'."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from psycopg import Connection, sql
from sqlalchemy import make_url

from db.access import INGEST, LOGINS, OWNER, PLATFORM, READER
from fleet import logs
from fleet.errors import StartRefused

OLDEST = 160000
LOCK = 0x0F107111A
"""The key of the advisory lock under which roles are made and schemas migrated."""

_HARMFUL = """
    SELECT oid::regprocedure::text, proname LIKE '%advisory%' FROM pg_proc
    WHERE pronamespace = 'pg_catalog'::regnamespace
      AND proname ~ '^(pg_(try_)?advisory_|lo_(creat|create|from_bytea|import|open|put)$|pg_notify$)'
"""
"""What PostgreSQL lets everybody call: an analyst could hold the locks that writers wait for, or fill the disk."""

_ROLE = "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = %s"


_log = logs.get(__name__)


def prepare(admin_url: str, passwords: Mapping[str, str]) -> dict[str, str]:
    """Make the roles, or give existing ones these passwords, and let them into the database of ``admin_url``.

    The administrator is a superuser, or has CREATEROLE and owns the database. May be called at every start.
    Returns the URL of each role that logs in. Raises StartRefused, having changed nothing, where it cannot be done.
    """
    if missing := [role for role in LOGINS if role not in passwords]:
        raise ValueError(f"no password for {', '.join(missing)}")
    _make(admin_url, passwords)
    return {role: role_url(admin_url, role, passwords[role]) for role in LOGINS}


def complete(admin_url: str) -> None:
    """Make what a newer program has beside the logins: for a database that was prepared, before it is migrated.

    The passwords stay as they are. Raises StartRefused as ``prepare`` does.
    """
    _make(admin_url, {})


def role_url(admin_url: str, role: str, password: str) -> str:
    """Tell where ``role`` enters the same database."""
    place = make_url(admin_url).set(drivername="postgresql", username=role, password=password)
    # libpq wants a space as %20, SQLAlchemy leaves it.
    return place.render_as_string(hide_password=False).replace(" ", "%20")


def hashed(connection: Connection, role: str, password: str) -> str:
    """Hash the password of a role here: the server, and so its log, never reads it."""
    return connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()


def is_superuser(connection: Connection) -> bool:
    """Tell whether who is connected may do everything."""
    return connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (True,)


def said(error: psycopg.Error) -> str:
    """Tell in a line what the server said, for the middle of a sentence."""
    return (error.diag.message_primary or str(error)).strip().splitlines()[-1].rstrip(".")


def _make(admin_url: str, passwords: Mapping[str, str]) -> None:
    try:
        with psycopg.connect(admin_url, connect_timeout=5) as connection:
            _check_version(connection)
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            _make_owner(connection)
            _make_group(connection, READER)
            for role, password in passwords.items():
                _make_login(connection, role, password)
            _open_database(connection)
            _close_functions(connection)
    except psycopg.errors.UndefinedObject as error:
        raise StartRefused(
            f"The database was not prepared: {said(error)}.", "Let `flotilla up` prepare it, by postgres_url."
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise StartRefused(
            f"The administrator of the database may not make its roles: {said(error)}.",
            "Name one in postgres_url that is superuser, or has CREATEROLE and owns the database.",
        ) from error
    except psycopg.OperationalError as error:
        raise StartRefused(
            f"PostgreSQL cannot be entered: {said(error)}.", "Check the setting postgres_url."
        ) from error


def _check_version(connection: Connection) -> None:
    if connection.info.server_version < OLDEST:
        raise StartRefused(
            f"PostgreSQL {connection.info.server_version // 10000} is too old.", "Use PostgreSQL 16, 17 or 18."
        )


def _make_owner(connection: Connection) -> None:
    if not _exists(connection, OWNER):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(OWNER)))
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE").format(sql.Identifier(OWNER)))


def _make_group(connection: Connection, role: str) -> None:
    if not _exists(connection, role):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))


def _make_login(connection: Connection, role: str, password: str) -> None:
    verb = "ALTER" if _exists(connection, role) else "CREATE"
    verifier = hashed(connection, role, password)
    connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(sql.SQL(verb), sql.Identifier(role), verifier))


def _exists(connection: Connection, role: str) -> bool:
    """Tell whether a role is there; raises StartRefused where it could pass by the policies."""
    row = connection.execute(_ROLE, (role,)).fetchone()
    if row and row[0]:
        raise StartRefused(
            f"The role {role} is superuser, may make roles or passes by row-level security.",
            f"Take that from it: ALTER ROLE {role} NOSUPERUSER NOCREATEROLE NOBYPASSRLS.",
        )
    return row is not None


def _open_database(connection: Connection) -> None:
    """Close database and schema to everyone, and open them to our roles as far as each needs it."""
    database, owner, ingest = sql.Identifier(connection.info.dbname), sql.Identifier(OWNER), sql.Identifier(INGEST)
    logins = sql.SQL(", ").join(map(sql.Identifier, (*LOGINS, READER)))
    for statement in (
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, logins),
        sql.SQL("GRANT TEMPORARY ON DATABASE {} TO {}").format(database, ingest),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(logins),
        sql.SQL("GRANT USAGE, CREATE ON SCHEMA public TO {}").format(owner),
    ):
        connection.execute(statement)


def _close_functions(connection: Connection) -> None:
    """Take from everybody what only our own roles need; they are PostgreSQL's own, so only a superuser may."""
    if not is_superuser(connection):
        _log.warning("tenants' analysts may take advisory locks: only a superuser can close these functions")
        return
    ours = sql.SQL(", ").join(map(sql.Identifier, (OWNER, PLATFORM)))
    for name, locking in connection.execute(_HARMFUL).fetchall():
        function = sql.SQL(name)
        connection.execute(sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(function))
        if locking:
            connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(function, ours))
