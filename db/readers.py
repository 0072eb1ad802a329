"""Logins of analysts: each reads one tenant by SQL, and its tenant hangs on the login, not on a setting.

Names of roles, their settings and their comments can be read by everybody who may log in, so a login's name is
random and says nothing of its tenant. To make and remove roles is the administrator's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import Connection, errors, sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.access import OWNER, READER
from db.bootstrap import hashed, is_superuser, role_url
from db.tables import readers
from fleet.errors import Conflict, NotFound, StartRefused
from fleet.identity import TenantId

SESSIONS = 5
"""How many connections a login may have."""

STATEMENT = timedelta(minutes=5)
"""How long a query of an analyst may take, unless the analyst asks for longer."""

IDLE = timedelta(minutes=10)
"""How long a transaction may be idle: an open one keeps old partitions from going."""

SPILL = "4GB"
"""What the queries of a session may put on the server's disk meanwhile; only a superuser can say so."""

_INSERT = """
    INSERT INTO readers (name, tenant_id, title, created_at, created_by, expires_at) VALUES (%s, %s, %s, %s, %s, %s)
"""
_DELETE = "DELETE FROM readers WHERE tenant_id = %s AND (title = %s OR name = %s) RETURNING name"
_NUMBER = "SELECT oid FROM pg_roles WHERE rolname = %s"
_HANG_UP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = %s"
"""By number: the sessions of a role that is gone have no name any more."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A login of an analyst, whose it is, what it is for, and who made it."""

    name: str
    tenant_id: TenantId
    title: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """A new login and its URL with the password, which nobody can read again."""

    name: str
    url: str = field(repr=False)


def create(admin_url: str, reader: Reader) -> Login:
    """Make the login of ``reader``, whose name comes from ``new_name``; returns where it enters.

    Raises Conflict where the tenant has one of that title, StartRefused where the administrator may not make roles.
    """
    password = secrets.token_urlsafe(24)
    with _admin(admin_url) as connection, connection.transaction():
        with _as_owner(connection):
            _note(connection, reader)
        _make(connection, reader, password)
    return Login(reader.name, role_url(admin_url, reader.name, password))


def remove(admin_url: str, tenant_id: TenantId, which: str) -> str:
    """Remove a login by its title or name, and end its sessions; returns its name.

    Raises NotFound where the tenant has none such. A session that is in the middle of a query reads nothing more.
    """
    with _admin(admin_url) as connection:
        with connection.transaction():
            with _as_owner(connection):
                row = connection.execute(_DELETE, (tenant_id, which, which)).fetchone()
            if row is None:
                raise NotFound(f"There is no login {which!r}.", "List them: flotilla sql-role list.")
            number = connection.execute(_NUMBER, row).fetchone()
            _drop(connection, row[0])
        connection.execute(_HANG_UP, number)
    return str(row[0])


def listed(session: Session, tenant_id: TenantId | None = None) -> list[Reader]:
    """Read the logins of a tenant, or all, in the order in which they were made; for a platform session."""
    asked = select(readers).order_by(readers.c.created_at, readers.c.name)
    if tenant_id is not None:
        asked = asked.where(readers.c.tenant_id == tenant_id)
    return [
        Reader(
            row.name, TenantId(UUID(str(row.tenant_id))), row.title, row.created_at, row.created_by, row.expires_at
        )
        for row in session.execute(asked)
    ]


def new_name() -> str:
    """Make up the name of a login."""
    return f"{READER}_{secrets.token_hex(6)}"


def _admin(admin_url: str) -> Connection:
    return psycopg.connect(admin_url, autocommit=True, connect_timeout=5, application_name="flotilla: sql-role")


@contextmanager
def _as_owner(connection: Connection) -> Iterator[None]:
    """Do something as the owner of the tables: not every administrator passes by their policies."""
    connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
    yield
    connection.execute("SET LOCAL ROLE NONE")


def _note(connection: Connection, reader: Reader) -> None:
    row = (reader.name, reader.tenant_id, reader.title, reader.created_at, reader.created_by, reader.expires_at)
    try:
        connection.execute(_INSERT, row)
    except errors.UniqueViolation as error:
        raise Conflict(
            f"There is a login {reader.title!r} already.",
            "Choose another title, or remove it first: flotilla sql-role remove.",
        ) from error


def _make(connection: Connection, reader: Reader, password: str) -> None:
    """Make a role that may log in and nothing else; what it reads it has of the group, which it cannot become."""
    name = sql.Identifier(reader.name)
    verifier = hashed(connection, reader.name, password)
    until = sql.SQL("") if reader.expires_at is None else sql.SQL(" VALID UNTIL {}").format(str(reader.expires_at))
    made = sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT {} PASSWORD {}").format(name, SESSIONS, verifier)
    try:
        connection.execute(made + until)
    except errors.InsufficientPrivilege as error:
        raise StartRefused(
            "The administrator of the database may not make roles.",
            "Name one in postgres_url that is superuser, or has CREATEROLE and owns the database.",
        ) from error
    group = sql.Identifier(READER)
    connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT TRUE, SET FALSE, ADMIN FALSE").format(group, name))
    for setting, value in _settings(connection):
        connection.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), value))


def _settings(connection: Connection) -> Iterator[tuple[str, str]]:
    yield "default_transaction_read_only", "on"
    yield "statement_timeout", f"{STATEMENT.total_seconds():.0f}s"
    yield "idle_in_transaction_session_timeout", f"{IDLE.total_seconds():.0f}s"
    yield "TimeZone", "UTC"
    if is_superuser(connection):
        yield "temp_file_limit", SPILL


def _drop(connection: Connection, name: str) -> None:
    role = sql.Identifier(name)
    # An administrator who is no superuser is not yet a member of what he made.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT TRUE").format(role))
    connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
    connection.execute(sql.SQL("DROP ROLE {}").format(role))
