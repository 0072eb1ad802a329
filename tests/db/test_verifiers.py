"""What is stored of a password, and what is said of an address that nobody has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege

from db import links, sessions, verifiers
from db.access import PLATFORM
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from db.sessions import Visitor
from fleet.errors import Unauthenticated
from tests.fixtures.database import Database, Tenant
from tests.fixtures.people import VERIFIER, enrolled, member

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
EMAIL = "noc@north.example"


def begin(stores: Stores, user_id: UUID, tenant: Tenant) -> UUID:
    with platform_session(stores, "a test signs a person in") as session:
        return sessions.begin(session, user_id, tenant.id, Visitor("192.0.2.7", "a browser", NOW))


def test_a_person_is_found_case_aside_and_a_stranger_is_not(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    enrolled(database.stores, two_tenants[0], EMAIL, NOW)
    member(database.stores, two_tenants[0], "new@north.example")
    known = verifiers.find(database.stores, " NOC@north.example").known
    assert known is not None
    assert known.verifier == VERIFIER
    for email in ("new@north.example", "stranger@north.example"):
        assert verifiers.find(database.stores, email).known is None


def test_the_servers_secret_is_made_once(database: Database) -> None:
    first, again = (verifiers.find(database.stores, email).secret for email in ("a@x", "b@x"))
    assert first == again
    assert len(first) == 32


def test_at_first_nobody_can_sign_in(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    stores, north = database.stores, two_tenants[0]
    member(stores, north, EMAIL)
    assert not verifiers.anybody(stores)
    with platform_session(stores, "test") as session:
        link = links.make(session, Author("test", NOW), EMAIL, NOW + timedelta(hours=1))
    assert verifiers.anybody(stores)
    with platform_session(stores, "a test uses a link") as session:
        links.redeem(session, link, NOW)
    assert not verifiers.anybody(stores)
    enrolled(stores, north, EMAIL, NOW)
    assert verifiers.anybody(stores)


def test_a_change_ends_every_session_and_link(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    stores, north = database.stores, two_tenants[0]
    enrolled(stores, north, EMAIL, NOW)
    known = verifiers.find(stores, EMAIL).known
    assert known is not None
    begun = begin(stores, known.user_id, north)
    with platform_session(stores, "test") as session:
        link = links.make(session, Author("test", NOW), EMAIL, NOW + timedelta(hours=1))
    verifiers.change(stores, known.user_id, VERIFIER, Author(EMAIL, NOW), north.id)
    with pytest.raises(Unauthenticated):
        sessions.signed_in(stores, begun, NOW)
    with platform_session(stores, "a test uses a link") as session, pytest.raises(Unauthenticated):
        links.redeem(session, link, NOW)


def test_a_person_comes_home_to_the_tenant_of_the_last_session(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    stores, (north, south) = database.stores, two_tenants
    for tenant in two_tenants:
        enrolled(stores, tenant, EMAIL, NOW)
    known = verifiers.find(stores, EMAIL).known
    assert known is not None
    assert verifiers.home(stores, known.user_id) == north.id
    begin(stores, known.user_id, south)
    assert verifiers.home(stores, known.user_id) == south.id
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("DELETE FROM memberships")
    with pytest.raises(Unauthenticated):
        verifiers.home(stores, known.user_id)


def test_the_database_takes_no_weak_verifier(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    enrolled(database.stores, two_tenants[0], EMAIL, NOW)
    for change in ("rounds = 1000", "salt = ''", "verifier = '\\x01'"):
        with psycopg.connect(database.url(PLATFORM)) as platform, pytest.raises(CheckViolation):
            platform.execute(f"UPDATE verifiers SET {change}".encode())


@pytest.mark.parametrize("role", ["flotilla_app", "flotilla_ingest", "flotilla_poller"])
@pytest.mark.parametrize("table", ["verifiers", "enrolments", "server_secrets"])
def test_only_the_platform_reads_them(database: Database, role: str, table: str) -> None:
    with psycopg.connect(database.url(role)) as other, pytest.raises(InsufficientPrivilege):
        other.execute(f"SELECT * FROM {table}".encode())
