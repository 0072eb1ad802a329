"""What is stored for all tenants together."""

from __future__ import annotations

from datetime import UTC, datetime

from db import census
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW, cpu, received, traffic, write

TwoTenants = tuple[Tenant, Tenant]
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_totals_count_all_tenants(database: Database, two_tenants: TwoTenants) -> None:
    north, south = two_tenants
    batch = received(
        [cpu(d, NOW, 0.5) for d in (*north.devices, *south.devices)] + [traffic(south.devices[0], NOW, a=1)]
    )
    write(database, batch, batch)
    totals = census.totals(database.stores, FAMILIES, LONG_AGO)
    assert totals.duplicates == 0
    assert {name: count for name, count in totals.rows.items() if count} == {"resource": 5, "interfaces": 1}
