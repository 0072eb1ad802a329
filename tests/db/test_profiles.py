"""Credential profiles in the database: who reads a secret, and what two at once may do to one."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.orm import Session

from bus import subjects
from db import inventory
from db.access import APP, PLATFORM, POLLER
from db.operations import Author
from db.profiles import Credentials, Profiles
from db.registry import Registry
from db.tenancy import tenant_session
from fleet.amendment import Amendment
from fleet.errors import BadInput, Conflict
from fleet.identity import ProfileId
from tests.fixtures.database import CREATED, Database, Tenant

Tenants = tuple[Tenant, Tenant]
ADA = Author("ada@north.example", CREATED + timedelta(hours=1))
SEALED = "vault:v1:c2hhcmVk"
GIVEN = Credentials(name="edge", username="watcher", secret=SEALED)


def profiles(session: Session, tenant: Tenant) -> Profiles:
    return Profiles(session, ADA, tenant.id, subjects.of)


def registry(session: Session) -> Registry:
    return Registry(session, ADA, subjects.of)


def made(database: Database, tenant: Tenant, *numbers: int) -> ProfileId:
    """Make a profile that these devices use."""
    with tenant_session(database.stores, tenant.principal) as session:
        profile_id = profiles(session, tenant).add(GIVEN)
        for number in numbers:
            registry(session).change(tenant.id, tenant.devices[number].id, Amendment(profile="edge"))
    return profile_id


@pytest.mark.parametrize("role", [APP, PLATFORM])
@pytest.mark.parametrize("what", ["secret", "*", "length(secret)"])
def test_nobody_but_the_poller_reads_a_secret(database: Database, two_tenants: Tenants, role: str, what: str) -> None:
    made(database, two_tenants[0])
    with psycopg.connect(database.url(role)) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(two_tenants[0].id),))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT {what} FROM credential_profiles".encode())
    with psycopg.connect(database.url(POLLER)) as connection:
        assert connection.execute("SELECT secret FROM credential_profiles").fetchall() == [(SEALED,)]


def test_a_device_is_polled_with_the_login_of_its_profile(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    made(database, north, 0)
    found = {one.id: (one.username, one.secret) for one in inventory.polled(database.stores)}
    assert found.pop(north.devices[0].id) == ("watcher", SEALED)
    others = [*north.devices[1:], *south.devices]
    assert found == {one.id: (one.username, one.secret) for one in others}


def test_the_rows_of_a_tenant_tell_the_profile(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    profile_id = made(database, north, 0)
    with tenant_session(database.stores, north.principal) as session:
        first, second, _ = inventory.page(session, None, 10)
    assert (first.profile_id, first.profile, first.username) == (profile_id, "edge", "watcher")
    assert (second.profile_id, second.profile, second.username) == (None, None, "flotilla")


def test_a_device_cannot_take_the_profile_of_another_tenant(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    theirs = made(database, south)
    with psycopg.connect(database.url(APP)) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(north.id),))
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(
                "UPDATE devices SET username = NULL, secret = NULL, profile_id = %s WHERE id = %s",
                (theirs, north.devices[0].id),
            )


@pytest.mark.parametrize(
    "columns", ["username = NULL", "secret = NULL", "profile_id = %(profile)s", "username = NULL, secret = NULL"]
)
def test_a_device_has_one_whole_login(database: Database, two_tenants: Tenants, columns: str) -> None:
    north, _ = two_tenants
    facts = {"profile": made(database, north), "device": north.devices[0].id}
    with psycopg.connect(database.admin_url) as admin, pytest.raises(psycopg.errors.CheckViolation):
        admin.execute(f"UPDATE devices SET {columns} WHERE id = %(device)s".encode(), facts)


def test_a_profile_that_is_being_given_to_a_device_is_not_removed(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    profile_id = made(database, north)
    with tenant_session(database.stores, north.principal) as removing:
        with tenant_session(database.stores, north.principal) as giving:
            registry(giving).change(north.id, north.devices[0].id, Amendment(profile="edge"))
            removing.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"), removing.begin_nested():
                profiles(removing, north).remove(profile_id)
        with pytest.raises(Conflict, match="1 device logs in"):
            profiles(removing, north).remove(profile_id)


def test_a_login_is_either_of_both(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    made(database, north, 0)
    wishes = (Amendment(username="x"), Amendment(secret=SEALED), Amendment(profile="edge", secret=SEALED))
    for wish in wishes:
        with pytest.raises(BadInput), tenant_session(database.stores, north.principal) as session:
            registry(session).change(north.id, north.devices[0].id, wish)
    with tenant_session(database.stores, north.principal) as session:
        assert registry(session).change(north.id, north.devices[0].id, Amendment(profile="edge")) == ()


def test_a_tenant_that_goes_takes_its_profiles_along(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    made(database, north, 0, 1)
    made(database, south, 0)
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("DELETE FROM tenants WHERE id = %s", (north.id,))
        assert admin.execute("SELECT tenant_id FROM credential_profiles").fetchall() == [(south.id,)]
