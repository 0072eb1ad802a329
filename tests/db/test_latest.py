"""The newest readings, whole and as sparklines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db import latest
from db.latest import Spark
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.retention import Mode
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW, cpu, received, seconds, traffic, write

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]
RESOURCE = FAMILIES["resource"]


def test_the_latest_is_the_newest_reading_of_each_device(database: Database, two_tenants: TwoTenants) -> None:
    one, two, _ = two_tenants[0].devices
    write(
        database,
        received(
            [
                traffic(one, NOW, ether1=1.0, gone=5.0),
                traffic(one, seconds(10), ether1=2.0, ether2=None),
                traffic(two, seconds(5), ether1=3.0),
                traffic(two_tenants[1].devices[0], NOW, ether1=9.0),
            ]
        ),
    )
    family, spanned = FAMILIES["interfaces"], Range(NOW, seconds(60))
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        found = latest.latest(session, family, ["rx_bytes_rate"], spanned)
        some = latest.latest(session, family, ["rx_bytes_rate"], spanned, [two.id])
    assert [(f.device_id, f.labels["interface"], f.time, f.values["rx_bytes_rate"]) for f in found] == [
        (one.id, "ether1", seconds(10), 2.0),
        (one.id, "ether2", seconds(10), None),
        (two.id, "ether1", seconds(5), 3.0),
    ]
    assert some == found[2:]


def test_sparks_tell_the_newest_value_and_the_hour(database: Database, two_tenants: TwoTenants) -> None:
    one, two, _ = two_tenants[0].devices
    minutes = {0: 0.1, 2: 0.3, 5: 0.5, 59: 0.9}
    foreign = cpu(two_tenants[1].devices[0], NOW, 0.5)
    write(database, received([cpu(one, seconds(60 * m), load) for m, load in minutes.items()] + [foreign]))
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        spanned = Range(NOW, NOW + timedelta(hours=1))
        found = latest.sparks(session, RESOURCE, "cpu_load_ratio", spanned)
        assert latest.sparks(session, RESOURCE, "cpu_load_ratio", spanned, [two.id]) == {}
    assert list(found) == [one.id]
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        earlier = latest.sparks(session, RESOURCE, "cpu_load_ratio", Range(NOW, NOW + timedelta(minutes=50)))
    hour = (pytest.approx(0.2), 0.5, *[None] * 9, 0.9)
    assert found[one.id] == Spark(hour, seconds(59 * 60), 0.9)  # type: ignore[arg-type]
    assert (earlier[one.id].time, earlier[one.id].latest) == (None, None)
