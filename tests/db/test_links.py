"""Sign-in links on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest

from db import links
from db.operations import Author
from db.platform import platform_session
from fleet.errors import BadInput, NotFound, Unauthenticated
from fleet.identity import Role, TenantId
from tests.fixtures.database import Database, Tenant
from tests.fixtures.signins import EMAIL, NOW, SOON, person, stored

Tenants = tuple[Tenant, Tenant]


def made(database: Database, email: str = EMAIL, slug: str | None = None) -> str:
    with platform_session(database.stores, "test") as session:
        return links.make(session, Author("test", NOW), email, NOW + SOON, slug)


def redeem(database: Database, token: str, at: datetime = NOW) -> tuple[UUID, TenantId]:
    with platform_session(database.stores, "test") as session:
        return links.redeem(session, token, at)


def test_a_link_leads_to_its_tenant_once(database: Database, two_tenants: Tenants) -> None:
    user_id = person(database, two_tenants[0])
    link = made(database, f" {EMAIL.upper()}")
    assert redeem(database, link) == (user_id, two_tenants[0].id)
    with pytest.raises(Unauthenticated, match="flotilla link"):
        redeem(database, link)


def test_of_many_who_redeem_a_link_at_once_one_gets_in(database: Database, two_tenants: Tenants) -> None:
    person(database, two_tenants[0])
    link = made(database)

    def one(_: int) -> bool:
        try:
            return bool(redeem(database, link))
        except Unauthenticated:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(one, range(8))) == 1


def test_a_link_ends(database: Database, two_tenants: Tenants) -> None:
    person(database, two_tenants[0])
    link = made(database)
    with pytest.raises(Unauthenticated):
        redeem(database, link, NOW + SOON)


def test_a_link_of_several_tenants_names_one(database: Database, two_tenants: Tenants) -> None:
    user_id = person(database, *two_tenants)
    with pytest.raises(BadInput, match="north, south"):
        made(database)
    assert redeem(database, made(database, EMAIL, "south")) == (user_id, two_tenants[1].id)


def test_nobody_gets_a_link_to_a_tenant_of_others(database: Database, two_tenants: Tenants) -> None:
    person(database, two_tenants[0])
    with pytest.raises(NotFound, match="north"):
        made(database, EMAIL, "south")
    with pytest.raises(NotFound, match="stranger"):
        made(database, "stranger@north.example")


def test_a_super_admin_gets_a_link_to_any(database: Database, two_tenants: Tenants) -> None:
    person(database, two_tenants[0], role=Role.SUPER_ADMIN)
    link = made(database, EMAIL, "south")
    assert redeem(database, link)[1] == two_tenants[1].id


def test_an_unknown_token_leads_nowhere_and_none_is_stored(database: Database, two_tenants: Tenants) -> None:
    for token in ("", "x", "\udcff"):
        with pytest.raises(Unauthenticated):
            redeem(database, token)
    person(database, two_tenants[0])
    link = made(database)
    rows = str(stored(database, "SELECT login_links::text FROM login_links"))
    assert link not in rows
    assert link.encode().hex() not in rows
