"""Sessions on a real database: their family of refresh tokens, their end, and what a role is at each request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text

from db import sessions
from db.engine import driver
from db.platform import platform_session
from db.sessions import GRACE, LONGEST, UNUSED
from fleet.errors import BadInput, NotFound, Unauthenticated
from fleet.identity import Principal, Role
from tests.fixtures.database import Database, Tenant
from tests.fixtures.signins import EMAIL, NOW, VISITOR, begun, person, stored

Tenants = tuple[Tenant, Tenant]


def is_over(database: Database, session_id: UUID) -> bool:
    try:
        sessions.signed_in(database.stores, session_id, NOW)
    except Unauthenticated:
        return True
    return False


def test_a_session_is_a_person_in_a_tenant(database: Database, two_tenants: Tenants) -> None:
    made = begun(database, *two_tenants)
    found = sessions.signed_in(database.stores, made, NOW)
    assert found.principal == Principal.person(two_tenants[0].id, EMAIL, Role.OPERATOR)
    assert (found.slug, found.email, found.tenant_name, found.session_id) == ("north", EMAIL, "North", made)
    assert stored(database, "SELECT count(*) FROM operations") == [(0,)]


def test_a_super_admin_enters_any_tenant_and_each_entry_is_recorded(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    user_id = person(database, north, role=Role.SUPER_ADMIN)
    for tenant in (south, south, north):
        with platform_session(database.stores, "test") as session:
            made = sessions.begin(session, user_id, tenant.id, VISITOR)
        principal = sessions.signed_in(database.stores, made, NOW).principal
        assert (principal.tenant_id, principal.role) == (tenant.id, Role.SUPER_ADMIN)
    query = "SELECT t.slug, o.by, o.request_id, o.detail ->> 'address', count(*) FROM operations o "
    query += "JOIN tenants t ON t.id = o.tenant_id WHERE kind = 'tenant.entered' GROUP BY 1, 2, 3, 4 ORDER BY 1"
    entry = (EMAIL, VISITOR.request_id, VISITOR.address)
    assert stored(database, query) == [("north", *entry, 1), ("south", *entry, 2)]


def test_a_stranger_begins_nothing(database: Database, two_tenants: Tenants) -> None:
    user_id = person(database, two_tenants[0])
    with platform_session(database.stores, "test") as session, pytest.raises(Unauthenticated):
        sessions.begin(session, user_id, two_tenants[1].id, VISITOR)


def test_a_session_ends_unused(database: Database, two_tenants: Tenants) -> None:
    made = begun(database, two_tenants[0])
    sessions.signed_in(database.stores, made, NOW + UNUSED - timedelta(seconds=1))
    for late in (UNUSED, LONGEST):
        with pytest.raises(Unauthenticated):
            sessions.signed_in(database.stores, made, NOW + late)
        with pytest.raises(Unauthenticated):
            sessions.admit(database.stores, made, 1, NOW + late)


def test_a_session_ends_however_busy_it_is(database: Database, two_tenants: Tenants) -> None:
    made, now, generation = begun(database, two_tenants[0]), NOW, 1
    while now + timedelta(days=6) < NOW + LONGEST:
        now += timedelta(days=6)
        sessions.admit(database.stores, made, generation, now)
        sessions.rotate(database.stores, made, generation, now)
        generation += 1
    assert stored(database, "SELECT expires_at, generation FROM sessions") == [(NOW + LONGEST, generation)]
    with pytest.raises(Unauthenticated):
        sessions.admit(database.stores, made, generation, NOW + LONGEST)


def test_a_session_ends_by_signing_out(database: Database, two_tenants: Tenants) -> None:
    made = begun(database, two_tenants[0])
    for _ in range(2):
        sessions.end(database.stores, made, NOW)
        assert is_over(database, made)


def test_a_role_counts_as_it_is_now(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    made = begun(database, north)
    person(database, north, role=Role.VIEWER)
    assert sessions.signed_in(database.stores, made, NOW).principal.role is Role.VIEWER
    with create_engine(driver(database.admin_url)).begin() as connection:
        connection.execute(text("DELETE FROM memberships"))
    assert is_over(database, made)


def test_the_newest_refresh_token_is_taken_and_the_one_before_for_a_moment(
    database: Database, two_tenants: Tenants
) -> None:
    made = begun(database, two_tenants[0])
    sessions.admit(database.stores, made, 1, NOW)
    sessions.rotate(database.stores, made, 1, NOW)
    for generation in (2, 1, 2):
        sessions.admit(database.stores, made, generation, NOW + GRACE)
    assert not is_over(database, made)


@pytest.mark.parametrize("generation", [1, 2, 9])
def test_a_replayed_refresh_token_ends_the_family_and_is_recorded(
    database: Database, two_tenants: Tenants, generation: int
) -> None:
    made, other = begun(database, two_tenants[0]), begun(database, two_tenants[0])
    for number in (1, 2):
        sessions.rotate(database.stores, made, number, NOW)
    with pytest.raises(Unauthenticated, match="somebody else"):
        sessions.admit(database.stores, made, generation, NOW + GRACE + timedelta(seconds=1))
    assert is_over(database, made)
    assert not is_over(database, other)
    with pytest.raises(Unauthenticated):
        sessions.admit(database.stores, made, 3, NOW)
    told = stored(database, "SELECT kind, detail ->> 'session' FROM operations")
    assert told == [("session.replayed", str(made))]


def test_of_many_who_rotate_at_once_all_stay_signed_in(database: Database, two_tenants: Tenants) -> None:
    made = begun(database, two_tenants[0])

    def tab(_: int) -> None:
        sessions.admit(database.stores, made, 1, NOW)
        sessions.rotate(database.stores, made, 1, NOW)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(tab, range(8)))
    assert stored(database, "SELECT generation, revoked_at FROM sessions") == [(2, None)]


def test_an_unknown_session_is_over(database: Database, two_tenants: Tenants) -> None:
    assert is_over(database, uuid4())
    with pytest.raises(Unauthenticated):
        sessions.admit(database.stores, uuid4(), 1, NOW)


def test_it_is_kept_to_the_minute_when_a_session_was_seen(database: Database, two_tenants: Tenants) -> None:
    made, seen = begun(database, two_tenants[0]), []
    for seconds in (0, 59, 60, 61):
        sessions.signed_in(database.stores, made, NOW + timedelta(seconds=seconds))
        seen += stored(database, "SELECT seen_at FROM sessions")
    minute = NOW + timedelta(minutes=1)
    assert seen == [(NOW,), (NOW,), (minute,), (minute,)]


def test_a_session_in_use_elsewhere_does_not_wait(database: Database, two_tenants: Tenants) -> None:
    made = begun(database, two_tenants[0])
    with create_engine(driver(database.admin_url)).begin() as connection:
        connection.execute(text("SELECT * FROM sessions FOR UPDATE"))
        assert sessions.signed_in(database.stores, made, NOW + timedelta(hours=1)).slug == "north"


def test_a_person_lists_and_ends_the_own_sessions_alone(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    mine = person(database, north, south)
    theirs = person(database, north, email="other@north.example")
    with platform_session(database.stores, "test") as session:
        made = [
            sessions.begin(session, mine, tenant.id, replace(VISITOR, at=NOW + timedelta(seconds=n), agent="x" * 300))
            for n, tenant in enumerate((north, south, north))
        ]
        other = sessions.begin(session, theirs, north.id, VISITOR)
        listed = sessions.page(session, mine, NOW, None, 9)
        assert [(row.id, row.slug) for row in listed] == list(zip(made, ("north", "south", "north"), strict=True))[
            ::-1
        ]
        assert {(row.address, len(row.agent)) for row in listed} == {(VISITOR.address, sessions.AGENT)}
        assert [row.id for row in sessions.page(session, mine, NOW, made[2], 1)] == [made[1]]
        for foreign in (other, uuid4()):
            with pytest.raises(NotFound):
                sessions.end_one(session, mine, foreign, NOW)
            with pytest.raises(BadInput):
                sessions.page(session, mine, NOW, foreign, 1)
        sessions.end_one(session, mine, made[1], NOW)
        with pytest.raises(NotFound):
            sessions.end_one(session, mine, made[1], NOW)
        assert sessions.end_others(session, mine, made[0], NOW) == 1
        assert [row.id for row in sessions.page(session, mine, NOW, None, 9)] == [made[0]]
        assert [row.id for row in sessions.page(session, theirs, NOW, None, 9)] == [other]
