"""Searches in the database: one at a time for a tenant, worked on under an epoch, and seen by their tenant alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.orm import Session

from db import scans
from db.access import APP
from db.operations import Author
from db.platform import platform_session
from db.scans import KEPT, Finding, Scan, Scans, Wanted
from db.tenancy import tenant_session
from fleet import scanning
from fleet.errors import Conflict, NotFound
from fleet.identity import Principal
from fleet.scanning import PORTS, Found, Progress, Service
from tests.fixtures.database import CREATED, Database, Tenant
from tests.fixtures.metrics import stored

Tenants = tuple[Tenant, Tenant]
NOON = CREATED + timedelta(hours=1)
WANTED = Wanted(scanning.network("192.0.2.0/28"), PORTS, 50.0)
ROUTER = Found("192.0.2.2", {Service.API: 8728, Service.API_SSL: 8729}, "ab" * 32, speaks=True)


def writer(session: Session, tenant: Tenant, minutes: int = 0) -> Scans:
    return Scans(session, Author(tenant.principal.name, NOON + timedelta(minutes=minutes)), tenant.id)


def begin(database: Database, tenant: Tenant, minutes: int = 0) -> UUID:
    with tenant_session(database.stores, tenant.principal) as session:
        return writer(session, tenant, minutes).begin(WANTED)


def cancel(database: Database, tenant: Tenant, scan_id: UUID) -> bool:
    with tenant_session(database.stores, tenant.principal) as session:
        return writer(session, tenant).cancel(scan_id)


def read(database: Database, who: Principal, scan_id: UUID) -> tuple[Scan, list[Finding]]:
    with tenant_session(database.stores, who) as session:
        return scans.one(session, scan_id), scans.found(session, scan_id, None, 100)


def claim(database: Database, scan_id: UUID) -> Scan | None:
    with platform_session(database.stores, "test") as session:
        return scans.claim(session, scan_id)


def store(database: Database, held: Scan, tried: int, *answered: Found) -> bool:
    with platform_session(database.stores, "test") as session:
        return scans.store(session, held, tried, answered)


def end(database: Database, held: Scan, state: Progress = Progress.DONE) -> bool:
    with platform_session(database.stores, "test") as session:
        return scans.end(session, held, state, NOON)


def test_a_search_goes_from_its_beginning_to_its_end(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    made = begin(database, north)
    begun, _ = read(database, north.principal, made)
    assert (begun.state, begun.total, begun.tried, begun.wanted) == (Progress.WAITING, 14, 0, WANTED)
    held = claim(database, made)
    assert held is not None
    assert (held.state, held.epoch, held.tenant_id) == (Progress.RUNNING, 1, north.id)
    assert store(database, held, 7, ROUTER)
    assert store(database, held, 14, Found("192.0.2.10", {Service.SSH: 22}))
    assert end(database, held)
    ended, found = read(database, north.principal, made)
    assert (ended.state, ended.tried, ended.found, ended.ended_at) == (Progress.DONE, 14, 2, NOON)
    assert found == [Finding(ROUTER, north.devices[1].id), Finding(Found("192.0.2.10", {Service.SSH: 22}), None)]
    assert claim(database, made) is None
    assert not store(database, held, 14)


def test_findings_page_by_address(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    held = claim(database, begin(database, north))
    assert held is not None
    store(database, held, 14, *(Found(f"192.0.2.{n}", {Service.SSH: 22}) for n in (10, 9, 2)))
    with tenant_session(database.stores, north.principal) as session:
        first = scans.found(session, held.id, None, 2)
        rest = scans.found(session, held.id, first[-1].found.address, 2)
    assert [one.found.address for one in first + rest] == ["192.0.2.2", "192.0.2.9", "192.0.2.10"]


def test_a_tenant_has_one_that_goes_on(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    made = begin(database, north)
    with pytest.raises(Conflict, match="goes on"):
        begin(database, north)
    begin(database, south)
    assert cancel(database, north, made)
    assert begin(database, north) != made


def test_a_newer_epoch_shuts_the_older_one_out(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    made = begin(database, north)
    first, second = claim(database, made), claim(database, made)
    assert first is not None
    assert second is not None
    assert store(database, second, 7, ROUTER)
    assert not store(database, first, 14, Found("192.0.2.3", {Service.SSH: 22}))
    assert not end(database, first)
    now, found = read(database, north.principal, made)
    assert (now.tried, now.state, [one.found for one in found]) == (7, Progress.RUNNING, [ROUTER])
    assert store(database, second, 14, ROUTER), "a piece may be stored twice"


def test_one_that_was_cancelled_takes_nothing_more(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    made = begin(database, north)
    held = claim(database, made)
    assert held is not None
    assert cancel(database, north, made)
    assert not cancel(database, north, made)
    assert not store(database, held, 7, ROUTER)
    assert read(database, north.principal, made)[0].state is Progress.CANCELLED
    kinds = stored(database, "SELECT kind FROM operations ORDER BY kind")
    assert kinds == [("scan.cancelled",), ("scan.started",)]


def test_so_many_are_kept(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    theirs = begin(database, south)
    for minutes in range(KEPT + 3):
        made = begin(database, north, minutes)
        if minutes < KEPT + 2:
            cancel(database, north, made)
    with tenant_session(database.stores, north.principal) as session:
        first = scans.page(session, None, 5)
        rest = scans.page(session, first[-1].id, 100)
    times = [one.created_at for one in first + rest]
    assert times == sorted(times, reverse=True)
    assert (len(times), first[0].id) == (KEPT, made)
    assert read(database, south.principal, theirs)[0].state is Progress.WAITING


def test_another_tenants_search_is_not_there(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    theirs = begin(database, south)
    held = claim(database, theirs)
    assert held is not None
    store(database, held, 7, ROUTER)
    for scan_id in (theirs, uuid4()):
        with pytest.raises(NotFound):
            read(database, north.principal, scan_id)
        with pytest.raises(NotFound):
            cancel(database, north, scan_id)
    with tenant_session(database.stores, north.principal) as session:
        assert scans.found(session, theirs, None, 10) == []
        assert scans.page(session, None, 10) == []
    with psycopg.connect(database.url(APP)) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(north.id),))
        assert connection.execute("SELECT 1 FROM scan_findings").fetchall() == []
        assert connection.execute("DELETE FROM scans").rowcount == 0
    assert read(database, south.principal, theirs)[0].state is Progress.RUNNING
