"""Searches as the timekeeper does them: over simulated routers, cut, cancelled, and kept in bounds."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from actors.chore import Occasion
from actors.chores.scans import go_on
from db import inventory, scans
from db.operations import Author
from db.platform import platform_session
from db.registry import Registry
from db.scans import Finding, Scan, Scans, Wanted
from db.tenancy import tenant_session
from fleet import scanning
from fleet.amendment import Amendment
from fleet.egress import SIMULATED
from fleet.scanning import FASTEST, Progress, Service
from tests.fixtures.database import Database, Tenant
from tests.fixtures.simulator import Served

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
AUTHOR = Author("ada@north.example", NOW)

Tenants = tuple[Tenant, Tenant]


def granted(database: Database, tenant: Tenant, *networks: str) -> None:
    with platform_session(database.stores, "test") as session:
        inventory.allow(session, tenant.id, networks or [str(SIMULATED)])


def begin(database: Database, tenant: Tenant, network: str, **ports: int) -> UUID:
    wanted = Wanted(scanning.network(network), {Service(n.replace("_", "-")): p for n, p in ports.items()}, FASTEST)
    with tenant_session(database.stores, tenant.principal) as session:
        return Scans(session, AUTHOR, tenant.id).begin(wanted)


def read(database: Database, tenant: Tenant, scan_id: UUID) -> tuple[Scan, list[Finding]]:
    with tenant_session(database.stores, tenant.principal) as session:
        return scans.one(session, scan_id), scans.found(session, scan_id, None, 500)


def turn(database: Database, ending: Callable[[], bool] = lambda: False) -> None:
    go_on(Occasion(database.stores, NOW, ending=ending))


def ports(fleet: Served) -> dict[str, int]:
    entry = fleet.inventory[0]
    return {
        "api": entry.api_port,
        "api_ssl": entry.api_ssl_port,
        "winbox": entry.winbox_port,
        "ssh": entry.ssh_port,
    }


def around(fleet: Served) -> str:
    """Name a network in which all routers of a fleet are."""
    base = fleet.inventory[0].address.rpartition(".")[0]
    assert all(one.address.startswith(f"{base}.") for one in fleet.inventory)
    return f"{base}.0/28"


def test_routers_are_found(database: Database, two_tenants: Tenants, fleet_of_three: Served) -> None:
    north, _ = two_tenants
    granted(database, north)
    there = fleet_of_three.inventory[1]
    with tenant_session(database.stores, north.principal) as session:
        Registry(session, AUTHOR, str).change(north.id, north.devices[0].id, Amendment(address=there.address))
    made = begin(database, north, around(fleet_of_three), **ports(fleet_of_three))
    turn(database)
    ended, found = read(database, north, made)
    assert (ended.state, ended.tried, ended.total, ended.error) == (Progress.DONE, 14, 14, None)
    # The simulator takes every connection to its network, and hangs up where there is no router.
    mine = {one.found.address: one for one in found if one.found.speaks}
    assert set(mine) == {one.address for one in fleet_of_three.inventory}
    for entry in fleet_of_three.inventory:
        router = mine[entry.address].found
        assert (router.fingerprint, router.speaks, set(router.ports)) == (entry.fingerprint, True, set(Service))
    assert {a: one.device_id for a, one in mine.items() if one.device_id} == {there.address: north.devices[0].id}


def test_one_that_was_cut_goes_on_where_it_was(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    granted(database, north)
    made = begin(database, north, "127.64.9.0/25", api=1)
    looks = itertools.count()
    turn(database, lambda: next(looks) >= 1)
    now, _ = read(database, north, made)
    assert (now.state, 0 < now.tried < now.total) == (Progress.RUNNING, True)
    turn(database)
    ended, found = read(database, north, made)
    assert (ended.state, ended.tried, ended.epoch, found) == (Progress.DONE, ended.total, 2, [])


def test_two_tenants_search_at_the_same_time(database: Database, two_tenants: Tenants) -> None:
    for tenant in two_tenants:
        granted(database, tenant)
    made = [(tenant, begin(database, tenant, "127.64.9.0/29", api=1)) for tenant in two_tenants]
    turn(database)
    assert {read(database, tenant, scan_id)[0].state for tenant, scan_id in made} == {Progress.DONE}


def test_one_that_was_cancelled_is_left(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    granted(database, north)
    made = begin(database, north, "127.64.9.0/29", api=1)
    with tenant_session(database.stores, north.principal) as session:
        Scans(session, AUTHOR, north.id).cancel(made)
    turn(database)
    assert read(database, north, made)[0].state is Progress.CANCELLED
    assert read(database, north, made)[0].tried == 0


@pytest.mark.parametrize("network", ["127.0.0.0/29", "127.64.9.0/29", "169.254.169.254", "198.51.100.0/29"])
def test_what_is_out_of_bounds_is_not_reached(database: Database, two_tenants: Tenants, network: str) -> None:
    north, _ = two_tenants
    granted(database, north, "10.0.0.0/8")
    made = begin(database, north, network, api=1)
    turn(database)
    ended, found = read(database, north, made)
    assert (ended.state, ended.tried, found) == (Progress.FAILED, 0, [])
    assert ended.error


def test_a_network_that_is_taken_away_ends_it(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    granted(database, north)
    made = begin(database, north, "127.64.9.0/25", api=1)
    looks = itertools.count()
    turn(database, lambda: next(looks) >= 1)
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("UPDATE tenant_networks SET network = '10.0.0.0/8'")
    turn(database)
    ended, _ = read(database, north, made)
    assert ended.state is Progress.FAILED
    assert "outside the networks" in str(ended.error)
