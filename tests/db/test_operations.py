"""What was done, page by page, for the tenant whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from db import operations
from db.operations import Narrow
from db.tenancy import tenant_session
from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.operations import Operation, Outcome
from tests.fixtures.database import CREATED, Database, Tenant

Tenants = tuple[Tenant, Tenant]
SECOND = timedelta(seconds=1)


def operation(tenant: Tenant, number: int, **facts: object) -> Operation:
    """Make an operation; three of a kind happen at the same instant."""
    one = Operation(
        tenant_id=tenant.id,
        device_id=tenant.devices[number % 2].id,
        kind=("device.created", "device.updated")[number % 2],
        by="ada@north.example",
        at=CREATED + (number // 3) * SECOND,
        ended_at=CREATED + (number // 3) * SECOND,
        id=UUID(int=number),
    )
    return replace(one, **facts)  # type: ignore[arg-type]


@pytest.fixture
def recorded(database: Database, two_tenants: Tenants) -> list[Operation]:
    """Ten operations of north, from the newest on, and one of south."""
    north, south = two_tenants
    done = [operation(north, number) for number in range(10)]
    with tenant_session(database.stores, north.principal) as session:
        operations.record(session, *done)
        operations.record(session)
    with tenant_session(database.stores, south.principal) as session:
        operations.record(session, operation(south, 99))
    return done[::-1]


def pages(database: Database, tenant: Tenant, limit: int, narrow: Narrow | None = None) -> list[list[Operation]]:
    found: list[list[Operation]] = []
    with tenant_session(database.stores, tenant.principal) as session:
        while page := operations.page(session, found[-1][-1].id if found else None, limit, narrow):
            found.append(page)
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_the_newest_come_first_and_none_twice(
    database: Database, two_tenants: Tenants, recorded: list[Operation], limit: int
) -> None:
    found = pages(database, two_tenants[0], limit)
    assert [one for page in found for one in page] == recorded
    assert all(len(page) == limit for page in found[:-1])


def test_they_are_narrowed_to_a_device_and_a_kind(
    database: Database, two_tenants: Tenants, recorded: list[Operation]
) -> None:
    north, _ = two_tenants
    device = north.devices[1].id
    (found,) = pages(database, north, 100, Narrow(device_id=device))
    assert found == [one for one in recorded if one.device_id == device]
    (found,) = pages(database, north, 100, Narrow(kind="device.created"))
    assert found == [one for one in recorded if one.kind == "device.created"]
    assert pages(database, north, 100, Narrow(device, "device.created")) == []
    assert pages(database, north, 100, Narrow(DeviceId(uuid4()))) == []


def test_a_tenant_sees_its_own_alone(database: Database, two_tenants: Tenants, recorded: list[Operation]) -> None:
    _, south = two_tenants
    assert [one.tenant_id for page in pages(database, south, 100) for one in page] == [south.id]
    assert pages(database, south, 100, Narrow(two_tenants[0].devices[0].id)) == []
    with tenant_session(database.stores, south.principal) as session, pytest.raises(BadInput) as refused:
        operations.page(session, recorded[0].id, 10)
    assert refused.value.next_step


def test_all_that_is_recorded_is_read(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    failed = operation(
        north,
        1,
        device_id=None,
        outcome=Outcome.FAILED,
        error="It went wrong.",
        request_id="request-1",
        detail={"fields": ["name"], "deep": {"n": 1}},
    )
    pending = operation(north, 2, outcome=Outcome.PENDING, ended_at=None)
    with tenant_session(database.stores, north.principal) as session:
        operations.record(session, failed, pending)
        assert operations.page(session, None, 2) == [pending, failed]
