"""API keys on a real database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from db import keys
from db.engine import driver
from db.keys import KeyRow, Keys, NewKey
from db.operations import Author
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.errors import Conflict, Forbidden, NotFound, Unauthenticated
from fleet.identity import PERMISSIONS, Principal, Role, Scope
from tests.fixtures.database import Database, Tenant
from tests.fixtures.signins import NOW, SOON, stored

Tenants = tuple[Tenant, Tenant]
AUTHOR = Author("admin@north.example", NOW, "request-1")


def add(database: Database, tenant: Tenant, wished: NewKey, role: Role = Role.TENANT_ADMIN) -> tuple[KeyRow, str]:
    """Make a key at the tenants' door, as somebody of a role."""
    with tenant_session(database.stores, Principal.person(tenant.id, AUTHOR.by, role)) as session:
        return Keys(session, AUTHOR, tenant.id, PERMISSIONS[role]).add(wished)


def grafana(*scopes: Scope) -> NewKey:
    return NewKey("grafana", frozenset(scopes or Scope), NOW + SOON)


def test_a_key_carries_its_scopes_and_no_more(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    key = keys.make(database.stores, north.id, "grafana", {Scope.METRICS_READ}, None)
    principal = keys.principal(database.stores, key, NOW)
    assert key.startswith("flt_")
    assert (principal.tenant_id, principal.scopes) == (north.id, frozenset({Scope.METRICS_READ}))
    assert principal.role is Role.VIEWER
    assert principal.name in f"key {key}"


def test_a_key_is_made_listed_and_ends(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    row, key = add(database, north, grafana(Scope.METRICS_READ))
    assert keys.principal(database.stores, key, NOW).scopes == {Scope.METRICS_READ}
    with tenant_session(database.stores, north.principal) as session:
        (listed,) = keys.page(session, north.id, None, 9)
        assert (listed.id, listed.name, listed.last_used_at) == (row.id, "grafana", NOW)
        assert (listed.created_by, listed.created_at, listed.expires_at) == (AUTHOR.by, NOW, NOW + SOON)
        assert keys.named(session, north.id, row.prefix) == keys.one(session, north.id, row.id) == listed
        Keys(session, AUTHOR, north.id, frozenset(Scope)).revoke(listed)
        assert keys.page(session, north.id, None, 9) == []
    with pytest.raises(Unauthenticated):
        keys.principal(database.stores, key, NOW)
    told = stored(database, "SELECT kind, detail ->> 'name', by FROM operations ORDER BY kind")
    assert told == [("key.created", "grafana", AUTHOR.by), ("key.revoked", "grafana", AUTHOR.by)]
    assert key not in str(stored(database, "SELECT operations::text FROM operations"))


def test_a_key_ends_by_time(database: Database, two_tenants: Tenants) -> None:
    _, key = add(database, two_tenants[0], grafana())
    keys.principal(database.stores, key, NOW)
    with pytest.raises(Unauthenticated):
        keys.principal(database.stores, key, NOW + SOON)


def test_another_tenants_key_is_not_there(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    row, _ = add(database, north, grafana())
    for tenant_id in (north.id, south.id):
        with tenant_session(database.stores, south.principal) as session:
            assert keys.page(session, tenant_id, None, 9) == []
            with pytest.raises(NotFound):
                keys.one(session, tenant_id, row.id)
            with pytest.raises(NotFound):
                keys.named(session, tenant_id, "grafana")
    with platform_session(database.stores, "test") as session, pytest.raises(NotFound):
        keys.one(session, south.id, row.id)


def test_nobody_gives_or_takes_more_than_the_own_role_has(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with pytest.raises(Forbidden, match="audit:read"):
        add(database, north, grafana(Scope.METRICS_READ, Scope.AUDIT_READ), Role.OPERATOR)
    row, _ = add(database, north, grafana(Scope.AUDIT_READ))
    with tenant_session(database.stores, north.principal) as session:
        with pytest.raises(Forbidden):
            Keys(session, AUTHOR, north.id, PERMISSIONS[Role.OPERATOR]).revoke(row)
        assert [one.id for one in keys.page(session, north.id, None, 9)] == [row.id]
    assert add(database, north, NewKey("own", frozenset({Scope.DEVICES_WRITE}), None), Role.OPERATOR)


def test_the_last_use_of_a_key_is_written_once_a_minute(database: Database, two_tenants: Tenants) -> None:
    key = keys.make(database.stores, two_tenants[0].id, "grafana", tuple(Scope), None)
    noted = []
    for seconds in (0, 1, 59, 60, 61):
        keys.principal(database.stores, key, NOW + timedelta(seconds=seconds))
        (row,) = stored(database, "SELECT last_used_at FROM api_keys")
        noted.append(row[0])
    minute = NOW + timedelta(minutes=1)
    assert noted == [NOW, NOW, NOW, minute, minute]


def test_a_key_in_use_elsewhere_does_not_wait(database: Database, two_tenants: Tenants) -> None:
    key = keys.make(database.stores, two_tenants[0].id, "grafana", tuple(Scope), None)
    with create_engine(driver(database.admin_url)).begin() as connection:
        connection.execute(text("SELECT * FROM api_keys FOR UPDATE"))
        assert keys.principal(database.stores, key, NOW).tenant_id == two_tenants[0].id


def test_two_keys_of_a_tenant_have_two_names(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    keys.make(database.stores, north.id, "grafana", tuple(Scope), None)
    keys.make(database.stores, south.id, "grafana", tuple(Scope), None)
    for name, scopes in (("grafana", tuple(Scope)), ("other", ())):
        with pytest.raises(Conflict):
            keys.make(database.stores, north.id, name, scopes, None)


def test_an_unknown_key_lets_nobody_in_and_none_is_stored(database: Database, two_tenants: Tenants) -> None:
    for key in ("", "flt_x", "\udcff"):
        with pytest.raises(Unauthenticated):
            keys.principal(database.stores, key, NOW)
    made = keys.make(database.stores, two_tenants[0].id, "grafana", tuple(Scope), None)
    rows = str(stored(database, "SELECT api_keys::text FROM api_keys"))
    for secret in (made, made[13:]):
        assert secret not in rows
        assert secret.encode().hex() not in rows
