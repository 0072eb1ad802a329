"""Tenants and people on a real database."""

from __future__ import annotations

import pytest

from db import accounts
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import Role, TenantId
from tests.fixtures.database import Database, Tenant

Tenants = tuple[Tenant, Tenant]
EMAIL = "noc@north.example"


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


def test_a_tenant_gets_another_name_at_its_own_door(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with tenant_session(database.stores, north.principal) as session:
        assert accounts.rename_tenant(session, north.id, "North & Co").name == "North & Co"
        with pytest.raises(BadInput):
            accounts.rename_tenant(session, north.id, "")
        with pytest.raises(NotFound):
            accounts.rename_tenant(session, south.id, "stolen")
    with platform_session(database.stores, "test") as session:
        assert [row.name for row in accounts.tenants(session)] == ["North & Co", "South"]


def test_who_may_enter_which_tenant(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with platform_session(database.stores, "test") as session:
        member, chief = accounts.create_user(session, EMAIL), accounts.create_user(session, "chief@north.example")
        accounts.grant(session, north.id, member, Role.OPERATOR)
        accounts.grant(session, north.id, chief, Role.SUPER_ADMIN)
        assert accounts.role_in(session, member, north.id) is Role.OPERATOR
        assert accounts.role_in(session, member, south.id) is None
        assert accounts.role_in(session, chief, south.id) is Role.SUPER_ADMIN
        assert [t.slug for t in accounts.page(session, member, None, 9)] == ["north"]
        assert [t.slug for t in accounts.page(session, chief, None, 9)] == ["north", "south"]
        assert [t.slug for t in accounts.page(session, chief, "north", 1)] == ["south"]
        assert not accounts.may_enter(session, member, south.id)
        assert not accounts.may_enter(session, chief, TenantId(member))
        assert accounts.may_enter(session, chief, south.id)
