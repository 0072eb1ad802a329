"""Plans out of the database: redundant pairs of the inventory, and what the mirror lacks."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from db import rolloutpairs, rolloutplans
from db.rolloutplans import Word
from db.tenancy import tenant_session
from fleet.errors import BadInput
from fleet.firmware import File
from fleet.identity import DeviceId
from fleet.rollouts import Plan, Terms
from fleet.rollouts.candidate import DRIVER
from tests.cluster.test_rollout_commands import KNOWN
from tests.fixtures.database import CREATED, Database, Tenant

Tenants = tuple[Tenant, Tenant]
VRRP = "00:00:5E:00:01:0A"


def known(database: Database, tenant: Tenant) -> None:
    """Let all be known of the devices that a plan asks for."""
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(KNOWN)
        connection.execute("UPDATE device_state SET heard_at = %s", (CREATED,))
        connection.execute("UPDATE config_state SET whole_at = %s", (CREATED,))


def port(database: Database, device_id: DeviceId, address: str, kind: str = "vrrp", mac: str = VRRP) -> None:
    """Give a device a VRRP interface with an address."""
    fact = (
        "INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)"
        " SELECT id, %s, %s, tenant_id, %s::jsonb, now() FROM devices WHERE id = %s"
    )
    with psycopg.connect(database.admin_url) as connection:
        own = f'{{"name": "vrrp1", "type": "{kind}", "mac_address": "{mac}"}}'
        connection.execute(fact, ("interfaces", "vrrp1", own, device_id))
        given = f'{{"address": "{address}", "interface": "vrrp1"}}'
        connection.execute(fact, ("addresses", address, given, device_id))


def drawn(database: Database, tenant: Tenant, word: Word) -> Plan:
    chosen = [one.id for one in tenant.devices]
    terms = Terms("stable", "canary", CREATED + timedelta(hours=12))
    with tenant_session(database.stores, tenant.principal) as session:
        return rolloutplans.draft(session, chosen, terms, CREATED, word)


def test_devices_with_one_address_of_a_group_or_one_tag_are_a_pair(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    first, second, third = (one.id for one in north.devices[:3])
    port(database, first, "10.0.0.1/32")
    port(database, second, "10.0.0.1/32", mac=VRRP.lower())
    # The same network elsewhere, another group, and an interface that is none.
    port(database, south.devices[0].id, "10.0.0.1/32")
    port(database, third, "10.0.0.1/32", mac="00:00:5E:00:01:0B")
    port(database, south.devices[1].id, "10.0.0.1/32", kind="vlan")
    for tenant, count in ((north, 1), (south, 0)):
        with tenant_session(database.stores, tenant.principal) as session:
            assert rolloutpairs.read(session) == (frozenset({first, second}),) * count
    with psycopg.connect(database.admin_url) as connection:
        for device_id in (second, third):
            tag = "INSERT INTO device_tags (tenant_id, device_id, tag) VALUES (%s, %s, 'pair:core')"
            connection.execute(tag, (north.id, device_id))
    with tenant_session(database.stores, north.principal) as session:
        assert set(rolloutpairs.read(session)) == {frozenset({first, second}), frozenset({second, third})}
    known(database, north)
    plan = drawn(database, north, Word())
    wave = {one.device_id: one.wave for one in plan.members}
    assert wave[first] != wave[second] != wave[third]
    assert len(plan.pairs) == 2


def test_a_plan_says_what_the_mirror_lacks_for_an_architecture(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    known(database, north)
    asked: list[str] = []

    def holds(file: File) -> bool:
        asked.append(file.name)
        return False

    with pytest.raises(BadInput, match=r"The mirror does not hold RouterOS 7\.24\.4 for arm64") as refused:
        drawn(database, north, Word(holds=holds))
    assert "flotilla firmware mirror 7.24.4" in str(refused.value)
    assert asked == ["routeros-7.24.4-arm64.npk"]
    assert drawn(database, north, Word(holds=lambda _: True)).skipped == ()


def test_radios_of_old_need_their_package_where_it_left_the_main_one(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    known(database, north)
    first = north.devices[0].id
    port(database, first, "10.0.0.1/32", kind="wlan")
    with psycopg.connect(database.admin_url) as connection:
        connection.execute("UPDATE device_state SET version = '7.12.1' WHERE device_id = %s", (first,))
    (left,) = drawn(database, north, Word()).skipped
    assert left.device_id == first
    assert "RouterOS 7.24.4 has no package wireless for it" in left.why[0]
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "INSERT INTO firmware_files VALUES ('7.24.4', 'wireless-7.24.4-arm64.npk', 'wireless', 'arm64', 1,"
            " repeat('0', 64), now())"
        )
    plan = drawn(database, north, Word())
    assert {one.device_id: list(one.notes) for one in plan.members if one.notes} == {first: [DRIVER]}
    (left,) = drawn(database, north, Word(holds=lambda file: file.package != "wireless")).skipped
    assert "The mirror does not hold wireless of RouterOS 7.24.4" in left.why[0]
