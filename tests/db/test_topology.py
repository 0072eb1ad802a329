"""What devices are reached over, out of the inventory of a tenant."""

from __future__ import annotations

import json

import psycopg

from db import topology
from db.tenancy import tenant_session
from tests.fixtures.database import Database, Tenant

INSERT = """
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen) VALUES (%s, %s, %s, %s, %s, now())
"""


def test_routes_and_cables_of_the_inventory_tell_what_is_behind_what(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    gateway, switch, leaf = (one.id for one in north.devices)
    told = [
        (gateway, "addresses", {"address": "10.0.0.1/24"}),
        (switch, "routes", {"dst_address": "0.0.0.0/0", "gateway": "10.0.0.1"}),
        (gateway, "interfaces", {"mac_address": "AA:00:00:00:00:01"}),
        (switch, "interfaces", {"mac_address": "AA:00:00:00:00:02"}),
        (switch, "neighbours", {"mac_address": "aa:00:00:00:00:01", "discovered_by": "mndp,lldp"}),
        (leaf, "neighbours", {"mac_address": "AA:00:00:00:00:02", "discovered_by": "lldp"}),
    ]
    with psycopg.connect(database.admin_url) as admin:
        for number, (device_id, kind, facts) in enumerate(told):
            admin.execute(INSERT, (device_id, kind, str(number), north.id, json.dumps(facts)))
    with tenant_session(database.stores, north.principal) as session:
        assert topology.links(session) == {switch: {gateway}, leaf: {switch}}
