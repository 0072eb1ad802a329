"""The audit log in the database: added to by all, touched by none, and whoever owns the database is found out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from db import audit
from db.access import APP, INGEST, PLATFORM, POLLER
from db.audit import Narrow
from db.platform import platform_session
from db.tenancy import TenantViolation, tenant_session
from fleet.audit import PLATFORM as NO_TENANT
from fleet.audit import Act, Ending, Head, Misfit
from fleet.errors import NotFound
from fleet.identity import TenantId
from tests.fixtures.database import Database, Tenant

AT = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
ACT = Act(who="zoë@north.example", role="operator", at=AT, action="sites.create", address="192.0.2.7", detail="ß, 1:")
Tenants = tuple[Tenant, Tenant]


def write(database: Database, tenant: Tenant, *acts: Act) -> None:
    for act in acts:
        with tenant_session(database.stores, tenant.principal) as session:
            audit.note(session, tenant.id, act)


def abandon(database: Database, tenant: Tenant) -> None:
    """Note an act in a transaction that fails."""
    with tenant_session(database.stores, tenant.principal) as session:
        audit.note(session, tenant.id, ACT)
        raise NotFound("It is not there.")


def verified(database: Database, tenant_id: TenantId, known: Head | None = None) -> tuple[Head, Misfit | None]:
    with platform_session(database.stores, "a test verifies") as session:
        return audit.verify(session, tenant_id, known)


def numbers(database: Database, tenant: Tenant, narrow: Narrow | None = None) -> list[int]:
    with tenant_session(database.stores, tenant.principal) as session:
        return [entry.number for entry in audit.page(session, None, 100, narrow or Narrow())]


def tamper(database: Database, *statements: str) -> None:
    """Do as the owner of the database can, who takes the triggers away first."""
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
        for statement in statements:
            admin.execute(statement.encode())
        admin.execute("ALTER TABLE audit ENABLE TRIGGER ALL")


def test_what_python_and_the_database_hash_is_the_same(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    every = replace(ACT, object_type="site", object_id="1", request_id="r", outcome=Ending.REFUSED)
    write(database, north, ACT, every, replace(ACT, address=None, detail=None))
    head, misfit = verified(database, north.id)
    assert (head.number, misfit) == (3, None)


def test_an_entry_is_there_with_its_transaction_or_not_at_all(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with pytest.raises(NotFound):
        abandon(database, north)
    write(database, north, ACT)
    assert numbers(database, north) == [1]
    assert verified(database, north.id)[1] is None


def test_each_tenant_has_a_chain_of_its_own(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with platform_session(database.stores, "a test") as session:
        for tenant_id in (south.id, north.id, NO_TENANT, south.id):
            audit.note(session, tenant_id, ACT)
    assert (numbers(database, north), numbers(database, south)) == ([1], [2, 1])
    with platform_session(database.stores, "a test") as session:
        assert audit.chains(session) == sorted([NO_TENANT, north.id, south.id])
        assert [audit.verify(session, one)[1] for one in audit.chains(session)] == [None] * 3


def test_many_who_write_at_once_follow_one_another(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write(database, north, ACT, ACT), range(12)))
    assert numbers(database, north) == list(range(24, 0, -1))
    assert verified(database, north.id) == (verified(database, north.id)[0], None)


def test_a_tenant_writes_into_its_own_chain_alone(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with pytest.raises(TenantViolation), tenant_session(database.stores, north.principal) as session:
        audit.note(session, south.id, ACT)
    assert numbers(database, south) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT INTO audit (tenant_id, number, at, who, role, action, outcome, hash) "
        "SELECT tenant_id, 9, at, who, role, action, outcome, hash FROM audit",
        "UPDATE audit_heads SET number = 0",
        "DELETE FROM audit_heads",
        "SELECT audit_link()",
    ],
)
@pytest.mark.parametrize("role", [APP, PLATFORM, INGEST, POLLER])
def test_no_role_at_run_time_touches_what_is_written(shared_database: Database, role: str, statement: str) -> None:
    with psycopg.connect(shared_database.url(role)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement.encode())


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_owner_too_must_first_take_the_trigger_away(
    database: Database, two_tenants: Tenants, statement: str
) -> None:
    write(database, two_tenants[0], ACT)
    refused = pytest.raises(InsufficientPrivilege, match="only added to")
    with psycopg.connect(database.admin_url) as admin, refused:
        admin.execute(statement.encode())


@pytest.mark.parametrize(
    ("statements", "number"),
    [
        (("UPDATE audit SET who = 'somebody else' WHERE number = 3",), 3),
        (("UPDATE audit SET at = at + interval '1 microsecond' WHERE number = 1",), 1),
        (("UPDATE audit SET detail = NULL WHERE number = 5",), 5),
        (("UPDATE audit SET hash = sha256('') WHERE number = 2",), 2),
        (("DELETE FROM audit WHERE number = 2",), 2),
        (("DELETE FROM audit WHERE number = 2", "UPDATE audit SET number = number - 1 WHERE number > 2"), 2),
        (
            (
                "UPDATE audit SET number = 99 WHERE number = 2",
                "UPDATE audit SET number = 2 WHERE number = 4",
                "UPDATE audit SET number = 4 WHERE number = 99",
            ),
            2,
        ),
        (("DELETE FROM audit WHERE number > 3",), 4),
        (("DELETE FROM audit",), 1),
        (("DELETE FROM audit_heads",), 5),
        (("UPDATE audit_heads SET number = 3, hash = (SELECT hash FROM audit WHERE number = 3)",), 4),
    ],
    ids=["who", "when", "detail", "hash", "removed", "closed up", "reordered", "cut off", "all", "head", "head back"],
)
def test_what_the_owner_changes_is_found(
    database: Database, two_tenants: Tenants, statements: tuple[str, ...], number: int
) -> None:
    north, _ = two_tenants
    write(database, north, *(replace(ACT, object_id=str(n)) for n in range(5)))
    tamper(database, *statements)
    misfit = verified(database, north.id)[1]
    assert misfit is not None
    assert misfit.number == number


def test_an_end_that_was_cut_off_with_its_head_is_found_by_a_head_that_was_noted(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    write(database, north, *[ACT] * 5)
    noted, _none = verified(database, north.id)
    tamper(
        database,
        "DELETE FROM audit WHERE number > 3",
        "UPDATE audit_heads SET number = 3, hash = (SELECT hash FROM audit WHERE number = 3)",
    )
    assert verified(database, north.id)[1] is None
    misfit = verified(database, north.id, noted)[1]
    assert misfit is not None
    assert misfit.number == 4


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        (Narrow(who="b"), [3]),
        (Narrow(action="sites."), [2, 1]),
        (Narrow(action="sites_"), []),
        (Narrow(object_type="site", object_id="1"), [2]),
        (Narrow(start=AT + timedelta(hours=2)), [3]),
        (Narrow(end=AT + timedelta(hours=1)), [1]),
    ],
    ids=str,
)
def test_entries_are_found_by_who_what_and_when(
    database: Database, two_tenants: Tenants, narrow: Narrow, expected: list[int]
) -> None:
    north, _ = two_tenants
    act: Callable[..., Act] = replace
    write(
        database,
        north,
        act(ACT, who="a"),
        act(ACT, who="a", object_type="site", object_id="1", at=AT + timedelta(hours=1)),
        act(ACT, who="b", action="devices.create", at=AT + timedelta(hours=2)),
    )
    assert numbers(database, north, narrow) == expected
