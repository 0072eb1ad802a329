"""Keys of requests that may come twice, claimed and kept with the work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from db import repeats
from db.platform import platform_session
from db.repeats import KEPT, Kept, KeyReused, Repeat, ShownOnce, Underway
from db.tenancy import tenant_session
from fleet.errors import NotFound
from tests.fixtures.database import Database, Tenant

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANSWER = Kept(201, b'{"id": 1}', {"Location": "/x"})
Tenants = tuple[Tenant, Tenant]


def asking(tenant: Tenant, what: bytes = b"a") -> Repeat:
    return Repeat(tenant.id, tenant.principal.name, "key-1", sha256(what).digest(), AT)


def work(database: Database, tenant: Tenant, repeat: Repeat, answer: Kept = ANSWER) -> Kept | None:
    """Claim, work, and keep the answer."""
    with tenant_session(database.stores, tenant.principal) as session:
        kept = repeats.claim(session, repeat)
        if kept is None:
            repeats.keep(session, repeat, answer)
    return kept


def crash(database: Database, tenant: Tenant, repeat: Repeat) -> None:
    with tenant_session(database.stores, tenant.principal) as session:
        assert repeats.claim(session, repeat) is None
        raise NotFound("The work failed.")


def test_what_was_answered_is_kept(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    assert [work(database, north, asking(north)) for _ in range(3)] == [None, ANSWER, ANSWER]
    with pytest.raises(KeyReused):
        work(database, north, asking(north, b"b"))


def test_work_that_fails_leaves_its_key_free(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with pytest.raises(NotFound):
        crash(database, north, asking(north))
    assert work(database, north, asking(north, b"b")) is None


def test_another_tenant_and_another_principal_have_keys_of_their_own(
    database: Database, two_tenants: Tenants
) -> None:
    north, south = two_tenants
    work(database, north, asking(north))
    assert work(database, south, asking(south)) is None
    assert work(database, north, replace(asking(north), who="another")) is None


def test_the_second_of_two_at_once_is_told_to_come_again(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with tenant_session(database.stores, north.principal) as first:
        assert repeats.claim(first, asking(north)) is None
        with pytest.raises(Underway), tenant_session(database.stores, north.principal) as second:
            repeats.claim(second, asking(north), timedelta(milliseconds=20))
        repeats.keep(first, asking(north), ANSWER)
    assert work(database, north, asking(north)) == ANSWER


def test_a_secret_is_not_kept(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    work(database, north, asking(north), replace(ANSWER, body=None))
    with pytest.raises(ShownOnce):
        work(database, north, asking(north))


def test_old_answers_are_no_answers_and_go(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    work(database, north, asking(north))
    later = replace(asking(north, b"b"), at=AT + KEPT)
    assert work(database, north, later) is None
    work(database, south, asking(south))
    with platform_session(database.stores, "a test tidies") as session:
        assert repeats.tidy(session, AT + timedelta(hours=1), 10) == 1
    assert work(database, north, later) == ANSWER
