"""The inventory on a real database: pages, one device, counts, adding, and the pollers' list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from db import configpolicies, inventory, listing
from db.engine import driver
from db.filters import Filter
from db.listing import Order
from db.operations import Author
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet import partition
from fleet.backups import WATCHING, Policy
from fleet.device import Device, Endpoint, State, TlsMode, shown_state
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import DeviceId
from tests.fixtures.database import CREATED, Database, Tenant, device

Tenants = tuple[Tenant, Tenant]
NOON = CREATED + timedelta(hours=1)


def hear(database: Database, one: Device, state: State, ago: timedelta) -> None:
    """Note that a device was heard some time before noon."""
    with create_engine(driver(database.admin_url)).begin() as connection:
        connection.execute(
            text("UPDATE device_state SET state = :state, since = :at, heard_at = :at WHERE device_id = :id"),
            {"state": state.value, "at": NOON - ago, "id": one.id},
        )


def test_a_tenant_pages_through_its_devices_by_name(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    with tenant_session(database.stores, north.principal) as session:
        first = inventory.page(session, None, 2)
        rest = inventory.page(session, first[-1].name, 2)
    assert [row.name for row in first + rest] == ["router-000", "router-001", "router-002"]
    assert {row.tenant_id for row in first + rest} == {north.id}


def test_a_row_tells_the_device_as_it_was_added(database: Database, two_tenants: Tenants) -> None:
    added = two_tenants[0].devices[1]
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        row = inventory.one(session, added.id)
    assert (row.endpoint, row.username, row.interval) == (added.endpoint, added.username, added.interval)
    assert row.created_at == CREATED
    assert row.state is None
    assert row.shown(NOON) is State.STALE
    assert added.secret not in repr(row)


def test_another_tenants_device_is_not_found(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with tenant_session(database.stores, north.principal) as session, pytest.raises(NotFound):
        inventory.one(session, south.devices[0].id)


def test_the_state_counted_is_the_state_shown(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    interval = north.devices[0].interval
    cases = [(state, ago) for state in State for ago in (timedelta(), 3 * interval, 3.1 * interval)]
    for number, (state, ago) in enumerate(cases, 10):
        extra = device(north.id, number)
        with platform_session(database.stores, "test") as session:
            inventory.add(session, extra, at=CREATED)
        hear(database, extra, state, ago)
    with tenant_session(database.stores, north.principal) as session:
        counts = inventory.counts(session, NOON)
        for state in State:
            shown = listing.page(session, [Filter(now=NOON, states=[state])], Order(NOON), None, 100)
            assert counts.states[state] == len(shown)
            assert all(row.shown(NOON) is state for row in shown)
    expected = [shown_state(state, NOON - ago, interval, NOON) for state, ago in cases] + 3 * [State.STALE]
    assert counts.states == {state: expected.count(state) for state in State}
    assert (counts.devices, counts.heard_at) == (len(cases) + 3, NOON)


def test_counting_no_device_gives_zeros(database: Database) -> None:
    with platform_session(database.stores, "test") as session:
        counts = inventory.counts(session, NOON)
    assert (counts.devices, counts.heard_at) == (0, None)


@pytest.mark.parametrize(("part", "found"), [("ROUTER-001", 1), ("192.0.2.", 3), ("%", 0), ("_", 0), ("x", 0)])
def test_a_page_narrows_to_a_part_of_a_text(database: Database, two_tenants: Tenants, part: str, found: int) -> None:
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        assert len(listing.page(session, [Filter(now=NOON, text=part)], Order(NOON), None, 9)) == found


@pytest.mark.parametrize("same", ["id", "name", "endpoint"])
def test_a_second_device_of_the_same_kind_is_a_conflict(database: Database, two_tenants: Tenants, same: str) -> None:
    north, _ = two_tenants
    taken = replace(device(north.id, 50), **{same: getattr(north.devices[0], same)})
    with tenant_session(database.stores, north.principal) as session:
        with pytest.raises(Conflict, match="already a device"):
            inventory.add(session, device(north.id, 51), taken, at=CREATED)
        assert len(inventory.page(session, None, 10)) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "plain text"},
        {"name": ""},
        {"interval": timedelta()},
        {"username": ""},
        {"endpoint": Endpoint("192.0.2.99", 0)},
        {"endpoint": Endpoint("192.0.2.99", tls=TlsMode.PIN)},
        {"endpoint": Endpoint("192.0.2.99", fingerprint="XX")},
        {"endpoint": Endpoint("192.0.2.99", streams=0)},
    ],
    ids=str,
)
def test_a_device_that_breaks_a_rule_is_refused_without_its_secret(
    database: Database, two_tenants: Tenants, wrong: dict[str, object]
) -> None:
    north, _ = two_tenants
    bad = replace(device(north.id, 50), **wrong)  # type: ignore[arg-type]
    with tenant_session(database.stores, north.principal) as session, pytest.raises(BadInput) as refused:
        inventory.add(session, bad, at=CREATED)
    assert bad.secret not in str(refused.value)


def test_put_adds_and_changes(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    moved = replace(
        north.devices[0], endpoint=Endpoint("192.0.2.77", 8729, TlsMode.ANONYMOUS), secret="vault:v2:bmV3"
    )
    with platform_session(database.stores, "test") as session:
        inventory.put(session, moved, device(north.id, 60), at=NOON)
    with tenant_session(database.stores, north.principal) as session:
        row = inventory.one(session, moved.id)
        assert (row.endpoint, row.created_at) == (moved.endpoint, CREATED)
        assert len(inventory.page(session, None, 10)) == 4
    assert {d.id: d.secret for d in inventory.polled(database.stores)}[moved.id] == "vault:v2:bmV3"


def test_put_moves_no_device_to_another_tenant(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    stolen = replace(north.devices[0], tenant_id=south.id, name="stolen")
    with platform_session(database.stores, "test") as session:
        inventory.put(session, stolen, at=NOON)
    assert {d.id: d.tenant_id for d in inventory.polled(database.stores)}[stolen.id] == north.id


def unwatched(one: Device, **facts: object) -> Device:
    """Make of a device what pollers read where no policy has its history watched."""
    return replace(one, collectors_off=one.collectors_off | {WATCHING}, **facts)  # type: ignore[arg-type]


def test_the_history_is_watched_where_a_policy_asks_for_backups_after_a_change(
    database: Database, two_tenants: Tenants
) -> None:
    north, south = two_tenants
    author = Author("anna", CREATED)

    def watched() -> set[DeviceId]:
        return {one.id for one in inventory.polled(database.stores) if WATCHING not in one.collectors_off}

    with tenant_session(database.stores, north.principal) as session:
        configpolicies.put(session, author, north.id, None, Policy(every=timedelta(days=1)))
        configpolicies.put(session, author, north.id, north.devices[0].id, Policy(on_change=True))
        configpolicies.put(session, author, north.id, north.devices[1].id, Policy(keep_count=5))
    assert watched() == {north.devices[0].id}
    with tenant_session(database.stores, north.principal) as session:
        configpolicies.put(session, author, north.id, None, Policy(on_change=True))
        configpolicies.put(session, author, north.id, north.devices[2].id, Policy(on_change=False))
    assert watched() == {north.devices[0].id, north.devices[1].id}
    assert len(inventory.polled(database.stores)) == len(north.devices) + len(south.devices), "each one once"


def test_pollers_read_every_device_with_its_tenants_networks(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with platform_session(database.stores, "test") as session:
        for _ in range(2):
            inventory.allow(session, north.id, ["192.0.2.0/24", "2001:db8::/32"])
    expected = [unwatched(d, networks=("192.0.2.0/24", "2001:db8::/32")) for d in north.devices]
    assert sorted(inventory.polled(database.stores), key=lambda d: d.id) == sorted(
        [*expected, *map(unwatched, south.devices)], key=lambda d: d.id
    )


def test_pollers_read_the_devices_of_their_partitions(database: Database, two_tenants: Tenants) -> None:
    known = [*two_tenants[0].devices, *two_tenants[1].devices]
    mine = {partition.of(known[0].id), partition.of(known[4].id)}
    expected = {one.id for one in known if partition.of(one.id) in mine}
    assert {one.id for one in inventory.polled(database.stores, mine)} == expected
    assert {one.id for one in inventory.polled(database.stores, range(partition.PARTITIONS))} == {d.id for d in known}
    assert inventory.polled(database.stores, ()) == []


def test_some_devices_are_read_by_their_ids(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with platform_session(database.stores, "test") as session:
        inventory.allow(session, north.id, ["192.0.2.0/24"])
    asked = [north.devices[0].id, south.devices[1].id, DeviceId(uuid4())]
    found = {one.id: one for one in inventory.some(database.stores, asked)}
    assert found == {
        north.devices[0].id: unwatched(north.devices[0], networks=("192.0.2.0/24",)),
        south.devices[1].id: unwatched(south.devices[1]),
    }
    assert inventory.some(database.stores, []) == []


def test_a_device_is_found_by_its_name_within_its_tenant(database: Database, two_tenants: Tenants) -> None:
    _, south = two_tenants
    with tenant_session(database.stores, south.principal) as session:
        assert inventory.named(session, "router-001").id == south.devices[1].id
        with pytest.raises(NotFound):
            inventory.named(session, "router-002")


def test_what_is_no_network_is_refused(database: Database, two_tenants: Tenants) -> None:
    with platform_session(database.stores, "test") as session, pytest.raises(BadInput):
        inventory.allow(session, two_tenants[0].id, ["10.0.0.1/8"])


def test_a_device_goes_with_its_tenant_and_its_state_with_it(database: Database, two_tenants: Tenants) -> None:
    with Session(create_engine(driver(database.admin_url))) as session, session.begin():
        session.execute(text("DELETE FROM tenants WHERE id = :id"), {"id": two_tenants[0].id})
        assert session.execute(text("SELECT count(*) FROM device_state")).scalar() == 2


def test_an_unknown_device_is_not_found(database: Database, two_tenants: Tenants) -> None:
    with tenant_session(database.stores, two_tenants[0].principal) as session, pytest.raises(NotFound):
        inventory.one(session, DeviceId(uuid4()))
