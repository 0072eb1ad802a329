"""Links by which a person chooses a password, once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from db import enrolments, verifiers
from db.enrolments import Elsewhere
from db.signintables import Purpose
from fleet.errors import NotFound, Unauthenticated
from fleet.identity import Role
from tests.fixtures.database import Database, Tenant
from tests.fixtures.people import HOUR, VERIFIER, member, offered

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
EMAIL = "noc@north.example"
OWN = (Purpose.INVITATION, Purpose.RECOVERY)


def link(database: Database, tenant: Tenant, purpose: Purpose = Purpose.SETUP, email: str = EMAIL) -> str:
    return offered(database.stores, tenant, email, NOW, purpose)


def test_a_link_tells_whom_it_is_for(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    member(database.stores, north, EMAIL)
    found = enrolments.look(database.stores, link(database, north, Purpose.INVITATION, f" {EMAIL.upper()} "), NOW)
    assert (found.email, found.tenant_name, found.purpose) == (EMAIL, "North", Purpose.INVITATION)
    assert found.expires_at == NOW + HOUR


def test_a_link_is_used_once_by_one_of_many(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    member(database.stores, north, EMAIL)
    token = link(database, north)
    done: list[bool] = []

    def use() -> None:
        try:
            enrolments.redeem(database.stores, token, VERIFIER, NOW)
            done.append(True)
        except Unauthenticated:
            done.append(False)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 5 + [True]
    known = verifiers.find(database.stores, EMAIL).known
    assert known is not None
    assert known.verifier == VERIFIER


def test_a_link_grows_old(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    member(database.stores, north, EMAIL)
    token = link(database, north)
    assert enrolments.look(database.stores, token, NOW + HOUR - timedelta(seconds=1))
    for use in (enrolments.look, lambda s, t, n: enrolments.redeem(s, t, VERIFIER, n)):
        with pytest.raises(Unauthenticated):
            use(database.stores, token, NOW + HOUR)
    assert verifiers.find(database.stores, EMAIL).known is None


@pytest.mark.parametrize("purpose", Purpose)
def test_nobody_outside_the_tenant_is_given_a_link(
    database: Database, two_tenants: tuple[Tenant, Tenant], purpose: Purpose
) -> None:
    north, south = two_tenants
    member(database.stores, south, EMAIL)
    for email in (EMAIL, "stranger@north.example"):
        with pytest.raises(NotFound):
            link(database, north, purpose, email)


@pytest.mark.parametrize("purpose", OWN)
def test_a_tenants_own_link_never_opens_another_tenant(
    database: Database, two_tenants: tuple[Tenant, Tenant], purpose: Purpose
) -> None:
    north, south = two_tenants
    member(database.stores, north, EMAIL)
    token = link(database, north, purpose)
    member(database.stores, south, EMAIL)
    with pytest.raises(Elsewhere):
        link(database, north, purpose)
    with pytest.raises(Elsewhere):
        enrolments.redeem(database.stores, token, VERIFIER, NOW)
    assert verifiers.find(database.stores, EMAIL).known is None
    enrolments.redeem(database.stores, link(database, north, Purpose.SETUP), VERIFIER, NOW)


@pytest.mark.parametrize("purpose", OWN)
def test_a_tenants_own_link_never_makes_a_super_admin(
    database: Database, two_tenants: tuple[Tenant, Tenant], purpose: Purpose
) -> None:
    north, _ = two_tenants
    member(database.stores, north, EMAIL, Role.SUPER_ADMIN)
    with pytest.raises(Elsewhere):
        link(database, north, purpose)


def test_no_token_is_stored(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    member(database.stores, north, EMAIL)
    token = link(database, north)
    with psycopg.connect(database.admin_url) as admin:
        row = admin.execute("SELECT enrolments::text FROM enrolments").fetchone()
    assert token not in str(row)


def test_a_link_without_a_tenant_leads_home(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    member(database.stores, north, EMAIL)
    member(database.stores, south, EMAIL)
    assert enrolments.home(database.stores, EMAIL) == north.id
    with pytest.raises(NotFound):
        enrolments.home(database.stores, "stranger@north.example")
