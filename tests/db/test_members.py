"""Who belongs to a tenant, on a real database: the last tenant_admin stays, also when two go at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from db import members
from db.members import LastAdmin, Members
from db.operations import Author
from db.platform import platform_session
from fleet.errors import BadInput, Conflict, Forbidden, NotFound
from fleet.identity import Role
from tests.fixtures.database import Database, Tenant
from tests.fixtures.signins import EMAIL, NOW, person, stored

Tenants = tuple[Tenant, Tenant]
AUTHOR = Author("admin@north.example", NOW)


def test_a_person_is_added_changed_and_removed_with_a_record(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with platform_session(database.stores, "test") as session:
        people = Members(session, AUTHOR, north.id, Role.TENANT_ADMIN)
        row, is_new = people.add(f" {EMAIL.upper()} ", Role.VIEWER)
        assert is_new
        assert members.page(session, north.id, None, 9) == [row]
        assert members.page(session, south.id, None, 9) == []
        changed = people.change(row, Role.OPERATOR)
        assert members.named(session, north.id, EMAIL) == changed == people.change(changed, Role.OPERATOR)
        people.remove(changed)
        with pytest.raises(NotFound):
            members.one(session, north.id, row.id)
        with pytest.raises(BadInput):
            people.add("nobody", Role.VIEWER)
    told = stored(database, "SELECT kind, detail ->> 'role', detail ->> 'before' FROM operations ORDER BY kind")
    expected = [
        ("user.added", "viewer", None),
        ("user.removed", "operator", None),
        ("user.role", "operator", "viewer"),
    ]
    assert told == expected


def test_a_person_of_another_tenant_is_for_a_super_admin_to_take_in(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    person(database, south)
    with platform_session(database.stores, "test") as session:
        with pytest.raises(Conflict):
            Members(session, AUTHOR, north.id, Role.TENANT_ADMIN).add(EMAIL, Role.VIEWER)
        row, is_new = Members(session, AUTHOR, north.id, Role.SUPER_ADMIN).add(EMAIL, Role.VIEWER)
        assert not is_new
        assert members.one(session, north.id, row.id) == row
        with pytest.raises(Conflict):
            Members(session, AUTHOR, north.id, Role.SUPER_ADMIN).add(EMAIL, Role.VIEWER)


def test_a_tenant_admin_makes_and_unmakes_no_super_admin(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    person(database, north, role=Role.SUPER_ADMIN)
    with platform_session(database.stores, "test") as session:
        people, chief = Members(session, AUTHOR, north.id, Role.TENANT_ADMIN), members.named(session, north.id, EMAIL)
        for attempt in (
            lambda: people.add("x@north.example", Role.SUPER_ADMIN),
            lambda: people.change(chief, Role.VIEWER),
            lambda: people.remove(chief),
        ):
            with pytest.raises(Forbidden):
                attempt()


def test_of_two_admins_who_remove_each_other_at_once_one_stays(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    emails = ("a@north.example", "b@north.example")
    for email in emails:
        person(database, north, role=Role.TENANT_ADMIN, email=email)

    def remove(email: str) -> bool:
        try:
            with platform_session(database.stores, "test") as session:
                people = Members(session, AUTHOR, north.id, Role.TENANT_ADMIN)
                people.remove(members.named(session, north.id, email))
        except LastAdmin:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(remove, emails)) == [False, True]
    assert len(stored(database, "SELECT user_id FROM memberships")) == 1
