"""What is old or too much in the inventory goes, and nothing that a device has."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from actors.chore import Occasion
from actors.chores import inventory
from actors.chores.inventory import GONE_KEPT, LOG_KEPT
from db import attic
from db.attic import GONE, LOG
from db.platform import platform_session
from fleet.device import Device
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW, stored

TwoTenants = tuple[Tenant, Tenant]
ITEM = """
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen, last_seen, gone_at)
    VALUES (%s, 'users', %s, %s, '{}', %s, %s, %s)
"""
CHANGE = """
    INSERT INTO inventory_changes (id, device_id, tenant_id, kind, key, at, what, before, after)
    VALUES (gen_random_uuid(), %s, %s, 'users', %s, %s, 'added', '{}', '{}')
"""
LONG_AGO = NOW - timedelta(days=1000)


def item(admin: psycopg.Connection, device: Device, key: str, gone_at: datetime | None) -> None:
    admin.execute(ITEM, (device.id, key, device.tenant_id, LONG_AGO, gone_at, gone_at))


def change(admin: psycopg.Connection, device: Device, key: str, at: datetime) -> None:
    admin.execute(CHANGE, (device.id, device.tenant_id, key, at))


def keys(database: Database, table: str) -> list[str]:
    return [key for (key,) in stored(database, f"SELECT key FROM {table} ORDER BY key")]


def test_what_is_too_old_goes_and_what_a_device_has_stays(database: Database, two_tenants: TwoTenants) -> None:
    device, second = two_tenants[0].devices[0], timedelta(seconds=1)
    with psycopg.connect(database.admin_url) as admin:
        item(admin, device, "has", None)
        item(admin, device, "gone", NOW - GONE_KEPT)
        item(admin, device, "long gone", NOW - GONE_KEPT - second)
        change(admin, device, "lately", NOW - LOG_KEPT)
        change(admin, device, "long ago", NOW - LOG_KEPT - second)
    for _ in range(2):
        inventory.chore.run(Occasion(database.stores, NOW))
        assert (keys(database, "inventory"), keys(database, "inventory_changes")) == (["gone", "has"], ["lately"])


def test_so_much_is_kept_of_a_device_the_newest_first(database: Database, two_tenants: TwoTenants) -> None:
    (one, *_), (two, *_) = (tenant.devices for tenant in two_tenants)
    with psycopg.connect(database.admin_url) as admin:
        for number in range(5):
            item(admin, one, f"one {number}", NOW - timedelta(days=number))
            change(admin, one, f"one {number}", NOW - timedelta(days=number))
        item(admin, one, "has", None)
        item(admin, two, "two", NOW - timedelta(days=9))
        change(admin, two, "two", NOW - timedelta(days=9))
    for shelf in (GONE, LOG):
        with platform_session(database.stores, "a test") as session:
            assert attic.surplus(session, shelf, [one.id, two.id], 2) == 3
    assert keys(database, "inventory") == ["has", "one 0", "one 1", "two"]
    assert keys(database, "inventory_changes") == ["one 0", "one 1", "two"]


def test_old_rows_go_some_at_a_time(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    with psycopg.connect(database.admin_url) as admin:
        for number in range(5):
            change(admin, device, str(number), LONG_AGO + timedelta(days=number))
    with platform_session(database.stores, "a test") as session:
        assert [attic.old(session, LOG, NOW, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_all_devices_are_gone_through(database: Database, two_tenants: TwoTenants) -> None:
    with platform_session(database.stores, "a test") as session:
        first = attic.some(session, None, 3)
        assert [*first, *attic.some(session, first[-1], 3)] == sorted(d.id for t in two_tenants for d in t.devices)
