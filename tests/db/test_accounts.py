"""Tenants, people, links, sessions and keys on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from db import accounts
from db.engine import driver
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.errors import BadInput, Conflict, NotFound, Unauthenticated
from fleet.identity import Principal, Role, Scope, TenantId
from tests.fixtures.database import Database, Tenant

Tenants = tuple[Tenant, Tenant]
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SOON = timedelta(minutes=10)
EMAIL = "noc@north.example"


def person(database: Database, *tenants: Tenant, role: Role = Role.OPERATOR, email: str = EMAIL) -> str:
    """Make a person with a role in some tenants."""
    with platform_session(database.stores, "test") as session:
        user_id = accounts.create_user(session, email)
        for tenant in tenants:
            accounts.grant(session, tenant.id, user_id, role)
    return email


def signed_in(database: Database, *tenants: Tenant, role: Role = Role.OPERATOR) -> str:
    """Sign a person in to the first of the tenants; returns the session's token."""
    link = accounts.make_link(database.stores, person(database, *tenants, role=role), SOON, NOW, tenants[0].slug)
    return accounts.redeem_link(database.stores, link, NOW)


def stored(database: Database, query: str) -> list[tuple[object, ...]]:
    with create_engine(driver(database.admin_url)).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_link_signs_in_to_its_tenant(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    token = signed_in(database, north)
    found = accounts.principal_of_session(database.stores, token, NOW)
    assert found.principal == Principal.person(north.id, EMAIL, Role.OPERATOR)
    assert (found.slug, found.email, found.tenant_name) == ("north", EMAIL, "North")


def test_a_link_works_once(database: Database, two_tenants: Tenants) -> None:
    link = accounts.make_link(database.stores, person(database, two_tenants[0]), SOON, NOW)
    accounts.redeem_link(database.stores, link, NOW)
    with pytest.raises(Unauthenticated, match="flotilla link"):
        accounts.redeem_link(database.stores, link, NOW)


def test_of_many_who_redeem_a_link_at_once_one_gets_in(database: Database, two_tenants: Tenants) -> None:
    link = accounts.make_link(database.stores, person(database, two_tenants[0]), SOON, NOW)

    def redeem(_: int) -> bool:
        try:
            return bool(accounts.redeem_link(database.stores, link, NOW))
        except Unauthenticated:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(redeem, range(8))) == 1
    assert stored(database, "SELECT count(*) FROM sessions") == [(1,)]


def test_a_link_ends(database: Database, two_tenants: Tenants) -> None:
    link = accounts.make_link(database.stores, person(database, two_tenants[0]), SOON, NOW)
    with pytest.raises(Unauthenticated):
        accounts.redeem_link(database.stores, link, NOW + SOON)


def test_a_link_of_several_tenants_names_one(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    email = person(database, north, south)
    with pytest.raises(BadInput, match="north, south"):
        accounts.make_link(database.stores, email, SOON, NOW)
    link = accounts.make_link(database.stores, email, SOON, NOW, "south")
    session = accounts.redeem_link(database.stores, link, NOW)
    assert accounts.principal_of_session(database.stores, session, NOW).slug == "south"


def test_nobody_gets_a_link_to_a_tenant_of_others(database: Database, two_tenants: Tenants) -> None:
    email = person(database, two_tenants[0])
    with pytest.raises(NotFound, match="north"):
        accounts.make_link(database.stores, email, SOON, NOW, "south")
    with pytest.raises(NotFound, match="stranger"):
        accounts.make_link(database.stores, "stranger@north.example", SOON, NOW)


def test_a_super_admin_enters_any_tenant(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    link = accounts.make_link(database.stores, person(database, north, role=Role.SUPER_ADMIN), SOON, NOW, south.slug)
    session = accounts.redeem_link(database.stores, link, NOW)
    principal = accounts.principal_of_session(database.stores, session, NOW).principal
    assert (principal.tenant_id, principal.role) == (south.id, Role.SUPER_ADMIN)


def test_a_session_ends_by_time_and_by_signing_out(database: Database, two_tenants: Tenants) -> None:
    token = signed_in(database, two_tenants[0])
    accounts.principal_of_session(database.stores, token, NOW + accounts.SESSION - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        accounts.principal_of_session(database.stores, token, NOW + accounts.SESSION)
    accounts.sign_out(database.stores, token, NOW)
    with pytest.raises(Unauthenticated):
        accounts.principal_of_session(database.stores, token, NOW)


def test_a_role_counts_as_it_is_now(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    token = signed_in(database, north)
    person(database, north, role=Role.VIEWER)
    assert accounts.principal_of_session(database.stores, token, NOW).principal.role is Role.VIEWER
    with create_engine(driver(database.admin_url)).begin() as connection:
        connection.execute(text("DELETE FROM memberships"))
    with pytest.raises(Unauthenticated):
        accounts.principal_of_session(database.stores, token, NOW)


def test_an_unknown_token_signs_nobody_in(database: Database, two_tenants: Tenants) -> None:
    for token in ("", "x", "\udcff"):
        with pytest.raises(Unauthenticated):
            accounts.principal_of_session(database.stores, token, NOW)
        with pytest.raises(Unauthenticated):
            accounts.redeem_link(database.stores, token, NOW)
        with pytest.raises(Unauthenticated):
            accounts.principal_of_key(database.stores, token, NOW)


def test_a_key_carries_its_scopes_and_no_more(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    key = accounts.make_key(database.stores, north.id, "grafana", {Scope.METRICS_READ}, None)
    principal = accounts.principal_of_key(database.stores, key, NOW)
    assert key.startswith("flt_")
    assert (principal.tenant_id, principal.scopes) == (north.id, frozenset({Scope.METRICS_READ}))
    assert principal.role is Role.VIEWER
    assert principal.name in f"key {key}"


def test_a_key_ends_by_time_and_by_revocation(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    key = accounts.make_key(database.stores, north.id, "grafana", tuple(Scope), NOW + SOON)
    accounts.principal_of_key(database.stores, key, NOW)
    with pytest.raises(Unauthenticated):
        accounts.principal_of_key(database.stores, key, NOW + SOON)
    with pytest.raises(NotFound):
        accounts.revoke_key(database.stores, south.id, "grafana", NOW)
    accounts.revoke_key(database.stores, north.id, "grafana", NOW)
    with pytest.raises(Unauthenticated):
        accounts.principal_of_key(database.stores, key, NOW)
    with pytest.raises(NotFound):
        accounts.revoke_key(database.stores, north.id, "grafana", NOW)


def test_the_last_use_of_a_key_is_written_once_a_minute(database: Database, two_tenants: Tenants) -> None:
    key = accounts.make_key(database.stores, two_tenants[0].id, "grafana", tuple(Scope), None)
    noted = []
    for seconds in (0, 1, 59, 60, 61):
        accounts.principal_of_key(database.stores, key, NOW + timedelta(seconds=seconds))
        (row,) = stored(database, "SELECT last_used_at FROM api_keys")
        noted.append(row[0])
    minute = NOW + timedelta(minutes=1)
    assert noted == [NOW, NOW, NOW, minute, minute]


def test_a_key_in_use_elsewhere_does_not_wait(database: Database, two_tenants: Tenants) -> None:
    key = accounts.make_key(database.stores, two_tenants[0].id, "grafana", tuple(Scope), None)
    with create_engine(driver(database.admin_url)).begin() as connection:
        connection.execute(text("SELECT * FROM api_keys FOR UPDATE"))
        assert accounts.principal_of_key(database.stores, key, NOW).tenant_id == two_tenants[0].id


def test_two_keys_of_a_tenant_have_two_names(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    accounts.make_key(database.stores, north.id, "grafana", tuple(Scope), None)
    accounts.make_key(database.stores, south.id, "grafana", tuple(Scope), None)
    for name, scopes in (("grafana", tuple(Scope)), ("other", ())):
        with pytest.raises(Conflict):
            accounts.make_key(database.stores, north.id, name, scopes, None)


def test_no_token_is_stored(database: Database, two_tenants: Tenants) -> None:
    link = accounts.make_link(database.stores, person(database, two_tenants[0]), SOON, NOW)
    session = accounts.redeem_link(database.stores, link, NOW)
    key = accounts.make_key(database.stores, two_tenants[0].id, "grafana", tuple(Scope), None)
    rows = [stored(database, f"SELECT {t}::text FROM {t}") for t in ("login_links", "sessions", "api_keys")]
    assert all(rows)
    for token in (link, session, key, key[13:]):
        assert token not in str(rows)
        assert token.encode().hex() not in str(rows)


def test_tenants_and_people_are_found_again(database: Database) -> None:
    with platform_session(database.stores, "test") as session:
        made = accounts.create_tenant(session, "north", "North")
        with pytest.raises(Conflict):
            accounts.create_tenant(session, "north", "Another")
        for slug, name in (("North", "x"), ("", "x"), ("a b", "x"), ("ok", ""), ("-a", "x")):
            with pytest.raises(BadInput):
                accounts.create_tenant(session, slug, name)
        assert accounts.tenants(session) == [accounts.TenantRow(made, "north", "North")]
        assert accounts.create_user(session, " NOC@north.example") == accounts.create_user(session, EMAIL)
        for email in ("", "noc", "a b@c", "@"):
            with pytest.raises(BadInput):
                accounts.create_user(session, email)


def test_a_tenant_sees_itself_alone_among_the_tenants(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with tenant_session(database.stores, north.principal) as session:
        assert [row.id for row in accounts.tenants(session)] == [TenantId(north.id)]
