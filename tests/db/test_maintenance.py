"""Maintenance windows on a real database: planned, listed, taken back, and what they mean for each device."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege

from bus import subjects
from db import maintenance, operations, planned
from db.access import APP
from db.maintenance import Maintenance, Narrow, Scope
from db.operations import Author
from db.ranges import Range
from db.registry import Registry
from db.sites import Sites
from db.tenancy import tenant_session
from fleet import recurrence
from fleet.amendment import Amendment
from fleet.belonging import Words
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, SiteId
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW, stored

Tenants = tuple[Tenant, Tenant]
ADA = Author("ada@north.example", NOW, "request-1")
HOUR = timedelta(hours=1)


def at(hours: float) -> datetime:
    return NOW + hours * HOUR


def plan(database: Database, tenant: Tenant, scope: Scope, start: float, end: float) -> UUID:
    with tenant_session(database.stores, tenant.principal) as session:
        return Maintenance(session, ADA, tenant.id).plan(scope, (at(start), at(end)), "power work")


def place(database: Database, tenant: Tenant, number: int, site: str, *tags: str) -> None:
    with tenant_session(database.stores, tenant.principal) as session:
        wish = Amendment(site=site, tags=Words.exactly(tags))
        Registry(session, ADA, subjects.of).change(tenant.id, tenant.devices[number].id, wish)


def make(database: Database, tenant: Tenant, name: str) -> SiteId:
    with tenant_session(database.stores, tenant.principal) as session:
        return Sites(session, ADA, tenant.id).add(name)


def test_a_window_is_planned_listed_and_taken_back(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    oslo, one = make(database, north, "Oslo"), north.devices[0]
    late = plan(database, north, Scope(site_id=oslo), 5, 6)
    early = plan(database, north, Scope(device_id=one.id), 1, 2)
    gone = plan(database, north, Scope(tag="core"), -3, -2)
    every = plan(database, north, Scope(), -1, 8)
    with tenant_session(database.stores, north.principal) as session:
        coming = maintenance.page(session, None, 10, Narrow(since=NOW))
        assert [(w.id, w.whom) for w in coming] == [
            (every, "all devices"), (early, "device router-000"), (late, "site Oslo"),
        ]  # fmt: skip
        assert maintenance.page(session, every, 1, Narrow(since=NOW)) == coming[1:2]
        assert [w.id for w in maintenance.page(session, None, 10, Narrow(until=at(0)))] == [gone, every]
        assert maintenance.one(session, gone).whom == "tag core"
        with pytest.raises(BadInput, match="page"):
            maintenance.page(session, uuid4(), 1, Narrow())
        assert maintenance.find(session, str(late)[:8].upper()).id == late
        with pytest.raises(NotFound):
            maintenance.find(session, "_")
        planner = Maintenance(session, ADA, north.id)
        assert planner.cancel(early).id == early
        with pytest.raises(NotFound):
            planner.cancel(early)
        done = operations.page(session, None, 20, operations.Narrow(kind="maintenance.deleted"))
    assert [(d.device_id, d.detail["name"], d.detail["window_id"]) for d in done] == [
        (one.id, "device router-000", str(early))
    ]


def test_a_device_is_in_the_windows_of_its_site_its_tags_its_own_and_all(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    oslo = make(database, north, "Oslo")
    place(database, north, 0, "Oslo", "core", "edge")
    first, second, third = (one.id for one in north.devices)
    scopes = {"own": Scope(device_id=first), "site": Scope(site_id=oslo), "tag": Scope(tag="core"), "all": Scope(),
              "other": Scope(device_id=second), "nobody": Scope(tag="nothing")}  # fmt: skip
    made = {plan(database, north, scope, 1, 2): name for name, scope in scopes.items()}

    def windows(device: DeviceId) -> set[str]:
        with tenant_session(database.stores, north.principal) as session:
            return {made[w.id] for w in maintenance.page(session, None, 10, Narrow(device_id=device))}

    assert windows(first) == {"own", "site", "tag", "all"}
    assert windows(second) == {"other", "all"}
    assert windows(third) == {"all"}


def test_windows_that_overlap_count_once(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    oslo = make(database, north, "Oslo")
    place(database, north, 0, "Oslo", "core", "edge")
    place(database, north, 1, "", "edge")
    first, second, third = (one.id for one in north.devices)
    own, at_oslo, core, edge = Scope(device_id=first), Scope(site_id=oslo), Scope(tag="core"), Scope(tag="edge")
    windows = ((at_oslo, -5, 2), (core, 1, 3), (edge, 2.5, 4), (own, 6, 7), (own, 6, 7), (own, 11, 99))
    for scope, start, end in windows:
        plan(database, north, scope, start, end)
    plan(database, south, Scope(), 0, 10)
    with tenant_session(database.stores, north.principal) as session:
        sites = {first: oslo, second: None, third: None}
        found = planned.times(session, Range(at(0), at(12)), sites)
        assert found == {first: ((at(0), at(4)), (at(6), at(7)), (at(11), at(12))), second: ((at(2.5), at(4)),)}
        assert planned.times(session, Range(at(200), at(201)), sites) == {}


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), (0, 24 * 367)])
def test_a_window_has_an_end_within_a_year(
    database: Database, two_tenants: Tenants, start: float, end: float
) -> None:
    with pytest.raises(BadInput) as refused:
        plan(database, two_tenants[0], Scope(), start, end)
    assert refused.value.next_step


def recur(database: Database, tenant: Tenant, scope: Scope, rule: str, lasts: timedelta = 2 * HOUR) -> UUID:
    series = recurrence.series(rule, time(2), "Europe/Oslo", NOW, lasts)
    with tenant_session(database.stores, tenant.principal) as session:
        return Maintenance(session, ADA, tenant.id).recur(scope, series, "patching")


def test_what_recurs_is_laid_out_wherever_one_looks(database: Database, two_tenants: Tenants) -> None:
    """NOW is the noon of a Monday; in Oslo it is two o'clock at 01:00 UTC."""
    north, south = two_tenants
    oslo, (first, second, _) = make(database, north, "Oslo"), (one.id for one in north.devices)
    place(database, north, 0, "Oslo", "core")
    weekly = recur(database, north, Scope(site_id=oslo), "FREQ=WEEKLY;BYDAY=TU,SU")
    thrice = recur(database, north, Scope(device_id=second), "FREQ=DAILY;COUNT=3")
    plan(database, north, Scope(tag="core"), 14, 16)
    recur(database, south, Scope(), "FREQ=HOURLY")
    with tenant_session(database.stores, north.principal) as session:
        places = {first: oslo, second: None}
        found = planned.times(session, Range(at(0), at(48)), places)
        assert found == {first: ((at(13), at(16)),), second: ((at(13), at(15)), (at(37), at(39)))}
        year = 52 * 7 * 24
        assert planned.times(session, Range(at(13 + year), at(14 + year)), places) == {
            first: ((at(13 + year), at(14 + year)),)
        }
        drawn = planned.windows(session, first, Range(at(0), at(24 * 7)), 10)
        assert [(one.start, one.end, one.reason) for one in drawn] == [
            (at(13), at(15), "patching"), (at(14), at(16), "power work"), (at(133), at(135), "patching"),
        ]  # fmt: skip
        assert planned.windows(session, first, Range(at(0), at(24 * 7)), 1) == drawn[2:]
        kept = {one.id: one for one in maintenance.page(session, None, 10, Narrow(since=at(1000)))}
        assert (kept.keys(), kept[weekly].start, kept[weekly].end) == ({weekly}, at(13), None)
        assert maintenance.one(session, thrice).end == at(63)
        assert Maintenance(session, ADA, north.id).cancel(weekly).series == kept[weekly].series
        assert planned.times(session, Range(at(13), at(14)), {first: oslo}) == {}


def test_a_tenant_has_room_for_so_many_that_recur(
    database: Database, two_tenants: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "MOST_SERIES", 1)
    recur(database, two_tenants[0], Scope(), "FREQ=DAILY")
    with pytest.raises(BadInput, match="at most 1 windows"):
        recur(database, two_tenants[0], Scope(), "FREQ=DAILY")


def test_windows_go_with_what_they_are_for(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    oslo = make(database, north, "Oslo")
    plan(database, north, Scope(site_id=oslo), 1, 2)
    plan(database, north, Scope(device_id=north.devices[0].id), 1, 2)
    stays = plan(database, north, Scope(), 1, 2)
    with tenant_session(database.stores, north.principal) as session:
        Sites(session, ADA, north.id).remove(oslo)
        Registry(session, ADA, subjects.of).remove(north.id, north.devices[0].id)
    assert stored(database, "SELECT id FROM maintenance_windows") == [(stays,)]


def test_another_tenants_window_is_not_there(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    theirs = plan(database, south, Scope(), 1, 2)
    with tenant_session(database.stores, north.principal) as session:
        assert maintenance.page(session, None, 10, Narrow()) == []
        with pytest.raises(NotFound):
            maintenance.one(session, theirs)
        with pytest.raises(NotFound):
            Maintenance(session, ADA, north.id).cancel(theirs)
    foreign = make(database, south, "Oslo")
    for scope in (Scope(device_id=south.devices[0].id), Scope(site_id=foreign)):
        with pytest.raises(BadInput, match="any more"):
            plan(database, north, scope, 1, 2)
    assert stored(database, "SELECT id FROM maintenance_windows") == [(theirs,)]


WINDOW = (
    "INSERT INTO maintenance_windows (id, tenant_id, device_id, site_id, tag, starts_at, ends_at, reason, "
    "created_by, created_at) VALUES (gen_random_uuid(), {}, {}, {}, {}, '2026-01-05', {}, 'x', 'x', '2026-01-05')"
)
LATER = "'2026-01-06'"
FOREIGN = (
    (WINDOW.format("%(north)s", "%(device)s", "NULL", "NULL", LATER), ForeignKeyViolation),
    (WINDOW.format("%(north)s", "NULL", "%(site)s", "NULL", LATER), ForeignKeyViolation),
    (WINDOW.format("%(south)s", "%(device)s", "NULL", "NULL", LATER), InsufficientPrivilege),
    (WINDOW.format("%(south)s", "NULL", "NULL", "NULL", LATER), InsufficientPrivilege),
    (WINDOW.format("%(north)s", "%(mine)s", "NULL", "'core'", LATER), CheckViolation),
    (WINDOW.format("%(north)s", "NULL", "NULL", "'No Tag'", LATER), CheckViolation),
    (WINDOW.format("%(north)s", "NULL", "NULL", "NULL", "'2026-01-05'"), CheckViolation),
    ("UPDATE maintenance_windows SET ends_at = ends_at", InsufficientPrivilege),
)


@pytest.mark.parametrize(("statement", "kind"), FOREIGN, ids=lambda value: str(value)[150:250])
def test_the_database_itself_refuses_what_is_anothers(
    database: Database, two_tenants: Tenants, statement: str, kind: type[Exception]
) -> None:
    north, south = two_tenants
    known = {"site": make(database, south, "Oslo"), "device": south.devices[0].id, "mine": north.devices[0].id}
    with psycopg.connect(database.url(APP), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(north.id),))
        with pytest.raises(kind):
            connection.execute(statement.encode(), {**known, "north": north.id, "south": south.id})
