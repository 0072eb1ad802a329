"""Devices made, changed and removed by the tenants' door and the platform's: row, record and event, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.orm import Session

from bus import subjects
from db import inventory, operations
from db.access import APP
from db.operations import Author
from db.platform import platform_session
from db.registry import New, Registry
from db.tenancy import tenant_session
from fleet import partition
from fleet.amendment import Amendment
from fleet.backups import WATCHING
from fleet.device import Device, Endpoint, TlsMode
from fleet.endpoints import BadField
from fleet.errors import BadInput, Conflict, FleetError, NotFound
from fleet.events import Change, DeviceChangedEvent, decode
from fleet.identity import Principal
from fleet.operations import Operation, Outcome
from tests.fixtures.database import CREATED, Database, Tenant, device
from tests.fixtures.metrics import stored

Tenants = tuple[Tenant, Tenant]
Door = Callable[[Tenant], AbstractContextManager[Session]]
NOON = CREATED + timedelta(hours=1)
ADA = Author("ada@north.example", NOON, "request-1")
SECRET = "vault:v1:bmV3"
EVERYTHING = Amendment(
    name="core",
    address="192.0.2.200",
    port=1,
    tls=TlsMode.PIN,
    fingerprint="ab" * 32,
    streams=2,
    interval=timedelta(seconds=5),
    username="other",
    secret=SECRET,
)


@pytest.fixture(params=["tenants", "platform"])
def door(request: pytest.FixtureRequest, database: Database) -> Door:
    """Open a session of the tenants' door, or of the platform's."""
    if request.param == "tenants":
        return lambda tenant: tenant_session(database.stores, tenant.principal)
    return lambda _: platform_session(database.stores, "test")


def registry(session: Session) -> Registry:
    return Registry(session, ADA, subjects.of)


def record(database: Database, principal: Principal) -> list[Operation]:
    with tenant_session(database.stores, principal) as session:
        return operations.page(session, None, 100)


def letters(database: Database) -> list[tuple[str, DeviceChangedEvent]]:
    """Read what is to be published, in the order of its making."""
    with psycopg.connect(database.admin_url) as admin:
        rows = admin.execute(
            "SELECT event_id, tenant_id, subject, event, created_at, published_at FROM outbox ORDER BY event_id"
        ).fetchall()
    found = []
    for event_id, tenant_id, subject, data, created_at, published_at in rows:
        event = decode(data)
        assert isinstance(event, DeviceChangedEvent)
        assert (event.event_id, event.tenant_id, event.at, created_at) == (event_id, tenant_id, NOON, NOON)
        assert published_at is None
        found.append((subject, event))
    return found


def held(database: Database, device_id: object) -> tuple[Any, ...]:
    with psycopg.connect(database.admin_url) as admin:
        found = admin.execute("SELECT * FROM devices WHERE id = %s", (device_id,)).fetchone()
    assert found is not None
    return found


def polled(database: Database, one: Device) -> Device:
    """Read a device as pollers do, but for the collector that a policy has to ask for."""
    (found,) = inventory.some(database.stores, [one.id])
    return replace(found, collectors_off=found.collectors_off - {WATCHING})


def untouched(database: Database) -> bool:
    return letters(database) == []


def test_a_device_is_made_with_its_record_and_its_event(database: Database, two_tenants: Tenants, door: Door) -> None:
    north, _ = two_tenants
    made = device(north.id, 50)
    with door(north) as session:
        registry(session).add(New(made))
    assert polled(database, made) == made
    assert stored(database, "SELECT partition FROM devices WHERE id = %s", made.id) == [(partition.of(made.id),)]
    (done,) = record(database, north.principal)
    assert (done.tenant_id, done.device_id, done.kind) == (north.id, made.id, "device.created")
    assert (done.by, done.at, done.ended_at, done.request_id) == (ADA.by, NOON, NOON, "request-1")
    assert (done.outcome, done.error, done.detail) == (Outcome.DONE, None, {"name": made.name, "fields": []})
    ((subject, event),) = letters(database)
    assert subject == f"operation.device.{north.id}.{made.id}"
    assert (event.change, event.device_id, event.request_id) == (Change.CREATED, made.id, "request-1")


def test_a_device_is_changed_field_by_field(database: Database, two_tenants: Tenants, door: Door) -> None:
    north, _ = two_tenants
    one = north.devices[1]
    with door(north) as session:
        fields = registry(session).change(north.id, one.id, EVERYTHING)
    assert set(fields) == {
        *("name", "address", "port", "tls", "fingerprint", "streams", "interval_seconds", "username", "password")
    }
    place = Endpoint("192.0.2.200", 1, TlsMode.PIN, "ab" * 32, streams=2)
    changed = replace(
        one, name="core", endpoint=place, username="other", interval=timedelta(seconds=5), secret=SECRET
    )
    assert polled(database, one) == changed
    (done,) = record(database, north.principal)
    assert (done.kind, done.detail) == ("device.updated", {"name": "core", "fields": list(fields)})
    ((_, event),) = letters(database)
    assert (event.change, event.fields) == (Change.UPDATED, fields)
    assert "vault" not in repr(done) + repr(event)


def test_only_what_differs_is_told(database: Database, two_tenants: Tenants, door: Door) -> None:
    north, _ = two_tenants
    one = north.devices[0]
    same = Amendment(name=one.name, address=one.endpoint.address, port=8729, interval=one.interval)
    with door(north) as session:
        assert registry(session).change(north.id, one.id, same) == ("port",)
        assert registry(session).change(north.id, one.id, same) == ()
        assert registry(session).change(north.id, one.id, Amendment()) == ()
        assert registry(session).change(north.id, one.id, Amendment(secret=one.secret)) == ("password",)
    assert [event.fields for _, event in letters(database)].count(()) == 0
    assert len(record(database, north.principal)) == len(letters(database)) == 2


def test_a_device_is_removed_and_its_history_stays(database: Database, two_tenants: Tenants, door: Door) -> None:
    north, _ = two_tenants
    one = north.devices[2]
    with door(north) as session:
        registry(session).remove(north.id, one.id)
    assert inventory.some(database.stores, [one.id]) == []
    with psycopg.connect(database.admin_url) as admin:
        assert admin.execute("SELECT 1 FROM device_state WHERE device_id = %s", (one.id,)).fetchall() == []
    (done,) = record(database, north.principal)
    assert (done.device_id, done.kind, done.detail["name"]) == (one.id, "device.deleted", one.name)
    ((subject, event),) = letters(database)
    assert (subject, event.change) == (f"operation.device.{north.id}.{one.id}", Change.DELETED)


@pytest.mark.parametrize(
    ("wish", "kind"),
    [
        (Amendment(name="router-001"), Conflict),
        (Amendment(address="192.0.2.2"), Conflict),
        (Amendment(name="x" * 121), BadInput),
        (Amendment(name=""), BadInput),
        (Amendment(username=""), BadInput),
        (Amendment(interval=timedelta()), BadInput),
        (Amendment(port=70000), BadInput),
        (Amendment(interval=timedelta(days=2)), BadInput),
        (Amendment(secret="plain text"), BadInput),
        (Amendment(tls=TlsMode.PIN), BadField),
        (Amendment(fingerprint="ab" * 32), BadField),
    ],
    ids=str,
)
def test_a_change_that_is_refused_leaves_nothing(
    database: Database, two_tenants: Tenants, door: Door, wish: Amendment, kind: type[FleetError]
) -> None:
    north, _ = two_tenants
    before = held(database, north.devices[0].id)
    with pytest.raises(kind) as refused, door(north) as session:
        registry(session).change(north.id, north.devices[0].id, wish)
    assert refused.value.next_step
    assert "plain text" not in str(refused.value)
    assert held(database, north.devices[0].id) == before
    assert untouched(database)


def test_what_fails_later_undoes_all_three(database: Database, two_tenants: Tenants, door: Door) -> None:
    north, _ = two_tenants

    def fail() -> None:
        with door(north) as session:
            registry(session).add(New(device(north.id, 50)))
            registry(session).change(north.id, north.devices[0].id, Amendment(name="core"))
            registry(session).remove(north.id, north.devices[1].id)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert {row.name for row in inventory.polled(database.stores)} == {"router-000", "router-001", "router-002"}
    assert record(database, north.principal) == []
    assert untouched(database)


def test_another_tenants_device_is_not_there(database: Database, two_tenants: Tenants, door: Door) -> None:
    north, south = two_tenants
    theirs = south.devices[0]
    before = held(database, theirs.id)
    with door(north) as session:
        with pytest.raises(NotFound):
            registry(session).change(north.id, theirs.id, EVERYTHING)
        with pytest.raises(NotFound):
            registry(session).remove(north.id, theirs.id)
    assert held(database, theirs.id) == before
    assert untouched(database)


def test_the_tenants_door_writes_nothing_for_another(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with tenant_session(database.stores, north.principal) as session:
        for deed in (
            lambda: registry(session).change(south.id, south.devices[0].id, EVERYTHING),
            lambda: registry(session).remove(south.id, south.devices[0].id),
        ):
            with pytest.raises(NotFound):
                deed()
    with pytest.raises(FleetError) as refused, tenant_session(database.stores, north.principal) as session:
        registry(session).add(New(device(south.id, 50)))
    assert refused.value.code == "tenant_violation"
    assert record(database, south.principal) == []
    assert untouched(database)


DIRECT = (
    "UPDATE devices SET name = 'stolen' WHERE id = %(device)s",
    "UPDATE devices SET name = name || 'x', secret = 'vault:v1:x'",
    "DELETE FROM devices WHERE id = %(device)s",
    "DELETE FROM devices",
)
ADDED = (
    "INSERT INTO operations (id, tenant_id, kind, by, at, ended_at, outcome, detail) VALUES "
    "(gen_random_uuid(), %(tenant)s, 'x', 'x', '2026-01-05', '2026-01-05', 'done', '{}')",
    "INSERT INTO outbox (event_id, tenant_id, subject, event, created_at) VALUES "
    "(gen_random_uuid(), %(tenant)s, 'x', '', '2026-01-05')",
)


@pytest.mark.parametrize("statement", DIRECT)
def test_the_tenants_role_touches_no_row_of_another(database: Database, two_tenants: Tenants, statement: str) -> None:
    north, south = two_tenants
    theirs = [held(database, one.id) for one in south.devices]
    with psycopg.connect(database.url(APP)) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(north.id),))
        connection.execute(statement.encode(), {"device": south.devices[0].id})
    assert [held(database, one.id) for one in south.devices] == theirs


@pytest.mark.parametrize("statement", ADDED)
def test_the_tenants_role_adds_no_row_to_another(database: Database, two_tenants: Tenants, statement: str) -> None:
    north, south = two_tenants
    with psycopg.connect(database.url(APP), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(north.id),))
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(statement.encode(), {"tenant": south.id})
        connection.execute(statement.encode(), {"tenant": north.id})


def test_two_changes_at_once_follow_one_another(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    one = north.devices[0]
    with tenant_session(database.stores, north.principal) as second:
        with tenant_session(database.stores, north.principal) as first:
            registry(first).change(north.id, one.id, Amendment(port=1))
            second.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            with pytest.raises(Exception, match="lock timeout"), second.begin_nested():
                registry(second).change(north.id, one.id, Amendment(port=2))
        assert registry(second).change(north.id, one.id, Amendment(port=1, streams=3)) == ("streams",)
    assert len(letters(database)) == 2


def test_what_is_done_together_is_told_together(database: Database, two_tenants: Tenants, door: Door) -> None:
    north, _ = two_tenants
    first, second, _ = north.devices
    with door(north) as session, registry(session).together() as together:
        together.add(New(device(north.id, 50)), New(device(north.id, 51), tags=("core",)))
        together.change(north.id, first.id, Amendment(name="core"))
        together.remove(north.id, second.id)
        assert operations.page(session, None, 10) == []
    kinds = sorted(one.kind for one in record(database, north.principal))
    assert kinds == ["device.created", "device.created", "device.deleted", "device.updated"]
