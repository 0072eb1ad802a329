"""Which devices a question is about, and how often they are polled: a tenant's own alone."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from db import selection
from db.filters import Filter
from db.tenancy import tenant_session
from tests.fixtures.database import CREATED, Database, Tenant


def test_devices_are_looked_up_by_a_filter(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("UPDATE device_state SET model = 'RB4011' WHERE device_id = %s", (north.devices[1].id,))
    with tenant_session(database.stores, north.principal) as session:
        every = selection.matching(session, Filter(now=CREATED))
        some = selection.matching(session, Filter(now=CREATED, models=["RB*"]))
    assert every == sorted(device.id for device in north.devices)
    assert some == [north.devices[1].id]
    assert not set(every) & {device.id for device in south.devices}


def test_the_slowest_says_how_often_all_are_polled(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    first, second, *_ = (device.id for device in north.devices)
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("UPDATE devices SET interval_seconds = 30")
        admin.execute("UPDATE devices SET interval_seconds = 300 WHERE id = %s", (second,))
        admin.execute("UPDATE devices SET interval_seconds = 900 WHERE tenant_id = %s", (south.id,))
    with tenant_session(database.stores, north.principal) as session:
        assert selection.cadence(session, None) == (len(north.devices), timedelta(minutes=5))
        assert selection.cadence(session, [first, south.devices[0].id]) == (1, timedelta(seconds=30))
        assert selection.cadence(session, []) == (0, timedelta(minutes=1))
