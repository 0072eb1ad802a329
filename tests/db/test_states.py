"""States of devices over time: a row for each change, whatever comes twice, late or within one batch."""

from __future__ import annotations

from datetime import timedelta

from db import states
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.device import Device, State
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW, received, status, stored, write

TwoTenants = tuple[Tenant, Tenant]
ROWS = "SELECT state, at, error_code FROM device_states WHERE device_id = %s ORDER BY at"


def at(minute: float) -> timedelta:
    return timedelta(minutes=minute)


def spells(database: Database, tenant: Tenant, spanned: Range, most: int = 100) -> list[tuple[str, object, object]]:
    with tenant_session(database.stores, tenant.principal) as session:
        found = states.spells(session, tenant.devices[0].id, spanned, most)
    return [(one.state.value, one.at, one.until) for one in found]


def fallen(device: Device, minute: float) -> object:
    return status(device, NOW + at(minute), State.DOWN, error_code="unreachable", error="It does not answer.")


def test_a_change_leaves_a_row_and_the_same_again_none(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    batches = [
        received([status(device, NOW)], 1),
        received([status(device, NOW + at(1))], 2),
        received([fallen(device, 2)], 3),
        received([fallen(device, 3)], 4),
        received([status(device, NOW + at(4))], 5),
    ]
    write(database, *batches)
    told = [("up", NOW, None), ("down", NOW + at(2), "unreachable"), ("up", NOW + at(4), None)]
    assert stored(database, ROWS, device.id) == told
    write(database, batches[2], batches[0])
    assert stored(database, ROWS, device.id) == told


def test_all_states_within_one_batch_are_told(database: Database, two_tenants: TwoTenants) -> None:
    device, other = two_tenants[0].devices[:2]
    write(database, received([status(device, NOW), status(other, NOW)], 1))
    events = [fallen(device, 1), fallen(device, 2), status(device, NOW + at(3)), status(other, NOW + at(1))]
    for _ in range(2):
        write(database, received(events, 3))
    told = [("up", NOW, None), ("down", NOW + at(1), "unreachable"), ("up", NOW + at(3), None)]
    assert stored(database, ROWS, device.id) == told
    assert stored(database, ROWS, other.id) == [("up", NOW, None)]


def test_a_range_holds_the_state_in_which_it_begins(database: Database, two_tenants: TwoTenants) -> None:
    north, south = two_tenants
    device = north.devices[0]
    write(database, received([status(device, NOW), fallen(device, 10), status(device, NOW + at(20))]))
    within = Range(NOW + at(5), NOW + at(15))
    up, down = ("up", NOW, NOW + at(10)), ("down", NOW + at(10), NOW + at(20))
    assert spells(database, north, within) == [up, down]
    assert spells(database, north, within, most=1) == [down]
    assert spells(database, north, Range(NOW + at(30), NOW + at(40))) == [("up", NOW + at(20), None)]
    assert spells(database, north, Range(NOW - at(2), NOW - at(1))) == []
    with tenant_session(database.stores, south.principal) as session:
        assert states.spells(session, device.id, within, 10) == []
