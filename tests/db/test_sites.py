"""Sites and tags on a real database: made, given to devices, found by them, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, ForeignKeyViolation, InsufficientPrivilege
from sqlalchemy.orm import Session

from bus import subjects
from db import inventory, listing, operations, selection, sites
from db.access import APP
from db.filters import Filter
from db.listing import Order
from db.operations import Author
from db.platform import platform_session
from db.registry import New, Registry
from db.selection import Selection
from db.sites import Settler, Sites
from db.tenancy import tenant_session
from fleet.amendment import Amendment
from fleet.backups import WATCHING
from fleet.belonging import Words
from fleet.errors import BadInput, Conflict, FleetError, NotFound
from fleet.events import DeviceChangedEvent, decode
from fleet.identity import DeviceId, SiteId
from tests.fixtures.database import CREATED, Database, Tenant, device
from tests.fixtures.metrics import stored

Tenants = tuple[Tenant, Tenant]
NOON = CREATED + timedelta(hours=1)
ADA = Author("ada@north.example", NOON, "request-1")


def make(database: Database, tenant: Tenant, *names: str) -> list[SiteId]:
    with tenant_session(database.stores, tenant.principal) as session:
        return [Sites(session, ADA, tenant.id).add(name) for name in names]


def change(database: Database, tenant: Tenant, place: int, wish: Amendment) -> tuple[str, ...]:
    with tenant_session(database.stores, tenant.principal) as session:
        return Registry(session, ADA, subjects.of).change(tenant.id, tenant.devices[place].id, wish)


def names(session: Session, **wanted: Any) -> list[str]:
    only = Filter(now=NOON, **wanted)
    return [row.name for row in listing.page(session, [only], Order(NOON), None, 100)]


def test_sites_are_made_renamed_and_removed_with_the_record_of_it(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    oslo, bergen = make(database, north, "Oslo", "Bergen")
    with tenant_session(database.stores, north.principal) as session:
        writer = Sites(session, ADA, north.id)
        assert [row.name for row in sites.page(session, None, 10)] == ["Bergen", "Oslo"]
        assert [row.name for row in sites.page(session, "Bergen", 10)] == ["Oslo"]
        assert writer.rename(oslo, " Oslo 2 ")
        assert not writer.rename(oslo, "Oslo 2")
        assert sites.find(session, "Oslo 2").id == sites.find(session, str(oslo)).id == oslo
        writer.remove(bergen)
        with pytest.raises(NotFound):
            sites.one(session, bergen)
        done = operations.page(session, None, 10)
    assert sorted((one.kind, one.detail["name"], one.by, one.device_id) for one in done) == [
        ("site.created", "Bergen", ADA.by, None),
        ("site.created", "Oslo", ADA.by, None),
        ("site.deleted", "Bergen", ADA.by, None),
        ("site.updated", "Oslo 2", ADA.by, None),
    ]


def test_a_name_is_used_once_in_a_tenant(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    make(database, north, "Oslo")
    make(database, south, "Oslo")
    with tenant_session(database.stores, north.principal) as session:
        writer = Sites(session, ADA, north.id)
        with pytest.raises(Conflict, match="a site of that name"):
            writer.add("Oslo")
        other = writer.add("Bergen")
        with pytest.raises(Conflict):
            writer.rename(other, "Oslo")
        for wrong in ("", "(no site)", "x" * 121):
            with pytest.raises(BadInput):
                writer.add(wrong)


def test_an_unknown_site_is_answered_with_those_there_are(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    theirs = make(database, south, "Secret place")[0]
    with tenant_session(database.stores, north.principal) as session:
        with pytest.raises(BadInput, match="make it first"):
            sites.find(session, "Oslo")
        Sites(session, ADA, north.id).add("Oslo")
        for which in ("Olso", str(theirs), str(uuid4()), "Secret place"):
            with pytest.raises(BadInput) as refused:
                sites.find(session, which)
            assert "one of: Oslo." in refused.value.next_step


def test_a_device_is_put_at_a_site_and_given_tags(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (oslo,) = make(database, north, "Oslo")
    given = Amendment(site="Oslo", tags=Words.exactly({"core", "fibre"}))
    assert change(database, north, 0, given) == ("tags", "site")
    assert change(database, north, 0, given) == ()
    more = Words(frozenset({"core", "a:new"}), frozenset({"fibre"}))
    assert change(database, north, 0, Amendment(tags=more)) == ("tags",)
    with tenant_session(database.stores, north.principal) as session:
        row = inventory.one(session, north.devices[0].id)
        assert (row.site_id, row.site, row.tags) == (oslo, "Oslo", ("a:new", "core"))
        assert sites.one(session, oslo).devices == 1
        assert [(tag.tag, tag.devices) for tag in sites.tags(session)] == [("a:new", 1), ("core", 1)]
    assert change(database, north, 0, Amendment(site="", tags=Words.exactly(()))) == ("tags", "site")
    with tenant_session(database.stores, north.principal) as session:
        row = inventory.one(session, north.devices[0].id)
        assert (row.site_id, row.site, row.tags) == (None, None, ())
        fields = [one.detail["fields"] for one in operations.page(session, None, 10, None) if one.device_id]
    assert fields.count(["tags", "site"]) == 2
    events = [decode(event) for (event,) in stored(database, "SELECT event FROM outbox")]
    assert sorted(e.fields for e in events if isinstance(e, DeviceChangedEvent)) == [
        ("tags",), ("tags", "site"), ("tags", "site"),
    ]  # fmt: skip


def test_a_new_device_has_its_site_and_tags_at_once(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (oslo,) = make(database, north, "Oslo")
    with tenant_session(database.stores, north.principal) as session:
        Registry(session, ADA, subjects.of).add(New(device(north.id, 50), str(oslo), ("b", "a", "b")))
    with tenant_session(database.stores, north.principal) as session:
        row = inventory.named(session, device(north.id, 50).name)
        assert (row.site, row.tags) == ("Oslo", ("a", "b"))
        kinds = [one.kind for one in operations.page(session, None, 10)]
    assert sorted(kinds) == ["device.created", "site.created"]


@pytest.mark.parametrize(
    "wish",
    [
        Amendment(name="moved", site="Nowhere"),
        Amendment(name="moved", tags=Words.exactly({"No Tag"})),
        Amendment(name="moved", tags=Words.exactly({f"t{n}" for n in range(33)})),
    ],
    ids=["site", "tag", "tags"],
)
def test_what_is_refused_changes_nothing(database: Database, two_tenants: Tenants, wish: Amendment) -> None:
    north, _ = two_tenants
    with pytest.raises(BadInput) as refused:
        change(database, north, 0, wish)
    assert refused.value.next_step
    assert stored(database, "SELECT count(*) FROM devices WHERE name = 'moved'") == [(0,)]
    assert stored(database, "SELECT count(*) FROM operations") == [(0,)]


def test_devices_are_found_by_site_and_tag(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    (oslo,) = make(database, north, "Oslo")
    make(database, south, "Oslo")
    change(database, north, 0, Amendment(site="Oslo", tags=Words.exactly({"core"})))
    change(database, north, 1, Amendment(site="Oslo", tags=Words.exactly({"core", "edge"})))
    change(database, south, 0, Amendment(site="Oslo", tags=Words.exactly({"core"})))
    first, second, third = (one.id for one in north.devices)
    with tenant_session(database.stores, north.principal) as session:
        assert names(session, sites=[oslo]) == ["router-000", "router-001"]
        assert names(session, any_tag=["edge"]) == ["router-001"]
        assert names(session, sites=[oslo], any_tag=["nothing"]) == []

        chosen = partial(_chosen, session)

        assert chosen() is None
        assert chosen([third, south.devices[0].id]) == [third, south.devices[0].id]
        assert chosen(sites=["Oslo"]) == chosen(sites=[str(oslo)], tags=["core"]) == sorted([first, second])
        assert chosen(tags=["edge", "core"]) == sorted([first, second])
        assert chosen([second, third], sites=["Oslo"], tags=["core"]) == [second]
        with pytest.raises(BadInput, match="core, edge"):
            chosen(tags=["core", "cor"])
        with pytest.raises(BadInput, match="Oslo"):
            chosen(sites=["Olso"])


def _chosen(
    session: Session, ids: list[DeviceId] | None = None, sites: list[str] | None = None, tags: list[str] | None = None
) -> list[DeviceId] | None:
    return selection.devices(session, Selection(ids, sites, tags))


def test_many_are_settled_at_once_and_none_is_moved(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    make(database, north, "Bergen", "Oslo")
    change(database, north, 0, Amendment(site="Bergen"))
    settlers = [Settler(one.id, "Oslo", ("core",)) for one in north.devices]
    settlers[2] = Settler(north.devices[2].id, "Tromsø", ("core", "edge"))
    for _ in range(2):
        with platform_session(database.stores, "test") as session:
            sites.settle(session, north.id, settlers, NOON)
            sites.settle(session, south.id, settlers[:2], NOON)
    with tenant_session(database.stores, north.principal) as session:
        rows = inventory.page(session, None, 10)
    assert [(row.site, row.tags) for row in rows] == [
        ("Bergen", ()), ("Oslo", ("core",)), ("Tromsø", ("core", "edge")),
    ]  # fmt: skip
    assert stored(database, "SELECT count(*) FROM sites WHERE tenant_id = %s", south.id) == [(0,)]


def test_a_site_that_goes_leaves_its_devices(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (oslo,) = make(database, north, "Oslo")
    change(database, north, 0, Amendment(site="Oslo"))
    with tenant_session(database.stores, north.principal) as session:
        Sites(session, ADA, north.id).remove(oslo)
        row = inventory.one(session, north.devices[0].id)
    assert (row.site_id, row.tenant_id) == (None, north.id)


def test_the_tags_go_with_their_device(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    change(database, north, 0, Amendment(tags=Words.exactly({"core"})))
    with tenant_session(database.stores, north.principal) as session:
        Registry(session, ADA, subjects.of).remove(north.id, north.devices[0].id)
    assert stored(database, "SELECT count(*) FROM device_tags") == [(0,)]


def test_another_tenants_site_is_not_there(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    (theirs,) = make(database, south, "Oslo")
    with tenant_session(database.stores, north.principal) as session:
        writer = Sites(session, ADA, north.id)
        for deed in (lambda: sites.one(session, theirs), lambda: writer.remove(theirs),
                     lambda: writer.rename(theirs, "stolen")):  # fmt: skip
            with pytest.raises(NotFound):
                deed()
        assert sites.page(session, None, 10) == []
    with pytest.raises(FleetError) as refused, tenant_session(database.stores, north.principal) as session:
        Sites(session, ADA, south.id).add("planted")
    assert refused.value.code == "tenant_violation"
    assert stored(database, "SELECT name FROM sites") == [("Oslo",)]


FOREIGN = (
    ("UPDATE devices SET site_id = %(site)s WHERE id = %(mine)s", ForeignKeyViolation),
    ("INSERT INTO device_tags VALUES (%(theirs)s, 'x', %(north)s)", ForeignKeyViolation),
    ("INSERT INTO device_tags VALUES (%(theirs)s, 'x', %(south)s)", InsufficientPrivilege),
    ("INSERT INTO sites VALUES (gen_random_uuid(), %(south)s, 'x', '2026-01-05')", InsufficientPrivilege),
    ("UPDATE sites SET tenant_id = %(south)s", InsufficientPrivilege),
    ("UPDATE device_tags SET tag = 'x'", InsufficientPrivilege),
    ("TRUNCATE sites", InsufficientPrivilege),
    ("INSERT INTO device_tags VALUES (%(mine)s, 'No Tag', %(north)s)", CheckViolation),
    ("INSERT INTO sites VALUES (gen_random_uuid(), %(north)s, '(no site)', '2026-01-05')", CheckViolation),
    ("UPDATE devices SET collectors_off = ARRAY[NULL]", CheckViolation),
)


@pytest.mark.parametrize(("statement", "kind"), FOREIGN, ids=lambda value: str(value)[:60])
def test_the_database_itself_refuses_what_is_anothers(
    database: Database, two_tenants: Tenants, statement: str, kind: type[Exception]
) -> None:
    north, south = two_tenants
    (site,) = make(database, south, "Oslo")
    known = {"site": site, "mine": north.devices[0].id, "theirs": south.devices[0].id}
    with psycopg.connect(database.url(APP), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(north.id),))
        with pytest.raises(kind):
            connection.execute(statement.encode(), {**known, "north": north.id, "south": south.id})


def test_a_tenant_reads_its_own_sites_and_tags_alone(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    for tenant in two_tenants:
        make(database, tenant, "Oslo")
        change(database, tenant, 0, Amendment(tags=Words.exactly({"core"})))
    with psycopg.connect(database.url(APP), autocommit=True) as connection:
        for table in ("sites", "device_tags", "maintenance_windows"):
            assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(north.id),))
        for table in ("sites", "device_tags"):
            assert connection.execute(f"SELECT tenant_id FROM {table}".encode()).fetchall() == [(north.id,)]
            trap = f"SELECT count(*) FROM {table} WHERE 1 / (CASE WHEN tenant_id = %s THEN 0 ELSE 1 END) = 1"
            assert connection.execute(trap.encode(), (south.id,)).fetchone() == (1,)


def test_pollers_read_what_a_device_is_not_asked(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    one = north.devices[0]
    assert change(database, north, 0, Amendment(collectors_off=Words(frozenset({"queues", "ppp"})))) == (
        "collectors_off",
    )
    (polled,) = inventory.some(database.stores, [one.id])
    assert polled.collectors_off == {"queues", "ppp", WATCHING}
    assert change(database, north, 0, Amendment(collectors_off=Words(removed=frozenset({"ppp"})))) == (
        "collectors_off",
    )
    with tenant_session(database.stores, north.principal) as session:
        assert inventory.one(session, one.id).collectors_off == ("queues",)
