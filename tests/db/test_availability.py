"""Availability and the 95th percentile, against what they are by definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import psycopg
import pytest

from bus import subjects
from db import availability
from db.availability import Availability
from db.maintenance import Maintenance, Scope
from db.operations import Author
from db.outages import MANY
from db.partials import Source
from db.ranges import Range
from db.registry import Registry
from db.series import Loader, Past
from db.sites import Sites
from db.tenancy import tenant_session
from fleet.amendment import Amendment
from fleet.belonging import NO_SITE
from fleet.errors import BadInput
from fleet.resolutions import Resolution
from fleet.retention import Mode
from tests.fixtures import rolled
from tests.fixtures.database import CREATED, Database, Tenant, seed
from tests.fixtures.metrics import FAMILIES, NOW

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]
HOUR = timedelta(hours=1)
INTERFACES = FAMILIES["interfaces"]
ADA = Author("ada@north.example", NOW)


@dataclass(frozen=True, slots=True)
class Measured:
    labels: tuple[str, ...]
    values: Mapping[str, np.ndarray]


def load(database: Database, tenant: Tenant, place: int, seconds: np.ndarray, family: str, *made: Measured) -> None:
    past = Past(tenant.id, tenant.devices[place].id, NOW.timestamp() + seconds)
    with Loader(database.url("flotilla_ingest"), FAMILIES) as loader:
        loader.copy(family, past, made)


def test_availability_is_what_was_answered_of_what_was_expected(database: Database, two_tenants: TwoTenants) -> None:
    north, _ = two_tenants
    minutes = 60.0 * np.arange(60)
    for place, polls in enumerate((minutes, minutes[:45])):
        load(database, north, place, polls, "resource", Measured((), {"uptime_seconds": polls + 1}))
    with tenant_session(database.stores, north.principal) as session:
        spanned = Range(NOW, NOW + HOUR)
        found = availability.availability(session, FAMILIES, spanned, NOW + HOUR)
        half = availability.availability(session, FAMILIES, spanned, NOW + HOUR / 2, [north.devices[1].id])
    assert [(a.answered, a.expected, a.ratio) for a in found] == [(60, 60, 1.0), (45, 60, 0.75), (0, 60, 0.0)]
    assert half == [Availability(north.devices[1].id, 30, 30)]


def test_what_is_only_rolled_up_counts_as_much(database: Database, two_tenants: TwoTenants) -> None:
    north, _ = two_tenants
    minutes = 60.0 * np.delete(np.arange(60), [3, 17, 18])
    load(database, north, 0, minutes, "resource", Measured((), {"uptime_seconds": minutes + 1}))
    rolled.roll(database, FAMILIES["resource"])
    rolled.forget(database, FAMILIES["resource"], Resolution.RAW, NOW)
    with tenant_session(database.stores, north.principal) as session:
        found = availability.availability(session, FAMILIES, Range(NOW, NOW + HOUR), NOW + timedelta(days=10))
    assert (found[0].answered, found[0].expected) == (57, 60)


def test_nothing_is_expected_before_a_device_was_there(database: Database, two_tenants: TwoTenants) -> None:
    day = timedelta(days=1)
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        around = availability.availability(session, FAMILIES, Range(CREATED - day, CREATED + HOUR), NOW + day)
        before = availability.availability(session, FAMILIES, Range(CREATED - day, CREATED), NOW + day)
    assert [a.expected for a in around] == [60, 60, 60]
    assert before == []
    assert Availability(two_tenants[0].devices[0].id, 0, 0).ratio is None


def plan(database: Database, tenant: Tenant, scope: Scope, *minutes: float) -> None:
    """Plan a window from one minute after NOW to another."""
    start, end = (NOW + timedelta(minutes=minute) for minute in minutes)
    with tenant_session(database.stores, tenant.principal) as session:
        Maintenance(session, ADA, tenant.id).plan(scope, (start, end), "power work")


def place(database: Database, tenant: Tenant, site: str, *places: int) -> None:
    with tenant_session(database.stores, tenant.principal) as session:
        Sites(session, ADA, tenant.id).add(site)
        for number in places:
            wish = Amendment(site=site, interval=timedelta(seconds=60 if number else 10))
            Registry(session, ADA, subjects.of).change(tenant.id, tenant.devices[number].id, wish)


def test_what_is_planned_is_neither_expected_nor_counted(database: Database, two_tenants: TwoTenants) -> None:
    north, south = two_tenants
    minutes = 60.0 * np.arange(60)
    away = minutes[(minutes < 600) | (minutes >= 1800)]
    for number, polls in enumerate((away, minutes)):
        load(database, north, number, polls, "resource", Measured((), {"uptime_seconds": polls + 1}))
    first, second, third = (one.id for one in north.devices)
    for start, end in ((10, 25), (15, 30), (20, 22), (50, 55)):
        plan(database, north, Scope(device_id=first), start, end)
    plan(database, north, Scope(), 50, 55)
    plan(database, north, Scope(device_id=third), -600, 600)
    plan(database, south, Scope(), 0, 60)
    with tenant_session(database.stores, north.principal) as session:
        found = availability.availability(session, FAMILIES, Range(NOW, NOW + HOUR), NOW + HOUR)
    assert found == [
        Availability(first, 35, 35, timedelta(minutes=25)),
        Availability(second, 55, 55, timedelta(minutes=5)),
        Availability(third, 0, 0, HOUR),
    ]
    assert [one.ratio for one in found] == [1.0, 1.0, None]


@pytest.mark.parametrize(
    ("kept", "left"), [(Resolution.RAW, 36), (Resolution.FIVE_MINUTES, 35), (Resolution.HOUR, 0)]
)
def test_where_only_buckets_are_kept_a_window_is_widened_to_them(
    database: Database, two_tenants: TwoTenants, kept: Resolution, left: int
) -> None:
    north, _ = two_tenants
    minutes = 60.0 * np.arange(120)
    polls = minutes[(minutes < 12 * 60) | (minutes >= 34 * 60)]
    load(database, north, 0, polls, "resource", Measured((), {"uptime_seconds": polls + 1}))
    rolled.roll(database, FAMILIES["resource"])
    for resolution in list(Resolution)[: list(Resolution).index(kept)]:
        rolled.forget(database, FAMILIES["resource"], resolution, NOW)
    plan(database, north, Scope(), 11, 20)
    plan(database, north, Scope(), 19, 35)
    with tenant_session(database.stores, north.principal) as session:
        spanned, later = Range(NOW, NOW + 2 * HOUR), NOW + timedelta(days=10)
        found = availability.availability(session, FAMILIES, spanned, later, [north.devices[0].id])
    assert [(one.answered, one.expected) for one in found] == [(60 + left, 60 + left)]


def test_a_site_is_as_available_as_its_devices_together(database: Database, two_tenants: TwoTenants) -> None:
    north, _ = two_tenants
    often, usual = 10.0 * np.arange(360), 60.0 * np.arange(60)
    for number, polls in enumerate((often[:180], usual)):
        load(database, north, number, polls, "resource", Measured((), {"uptime_seconds": polls + 1}))
    place(database, north, "Oslo", 0, 1)
    spanned = Range(NOW, NOW + HOUR)
    with tenant_session(database.stores, north.principal) as session:
        oslo, nowhere = availability.by_site(session, FAMILIES, spanned, NOW + HOUR)
        alone = availability.by_site(session, FAMILIES, spanned, NOW + HOUR, [north.devices[2].id])
    assert (oslo.name, oslo.devices, oslo.answered, oslo.expected) == ("Oslo", 2, 240, 420)
    assert oslo.ratio == 0.75, "a device that is polled six times as often weighs no more"
    assert (nowhere.site_id, nowhere.name, nowhere.devices, nowhere.ratio) == (None, NO_SITE, 1, 0.0)
    assert alone == [nowhere]
    plan(database, north, Scope(site_id=oslo.site_id), 30, 60)
    with tenant_session(database.stores, north.principal) as session:
        planned, _ = availability.by_site(session, FAMILIES, spanned, NOW + HOUR)
    assert (planned.answered, planned.expected, planned.planned, planned.ratio) == (210, 210, HOUR, 1.0)


def test_what_many_devices_share_is_counted_as_what_one_has(database: Database) -> None:
    large = seed(database.stores, "large", MANY + 1)
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("SELECT ensure_partitions(ARRAY[%s::date])", (NOW,))
        admin.execute(
            "INSERT INTO resource_metrics (time, tenant_id, device_id, uptime_seconds) SELECT t, tenant_id, id, 1 "
            "FROM devices, generate_series(%s::timestamptz, %s, '1 min') AS t",
            (NOW, NOW + timedelta(minutes=59)),
        )
    plan(database, large, Scope(), 10, 20)
    plan(database, large, Scope(), 40, 45)
    plan(database, large, Scope(device_id=large.devices[0].id), 15, 25)
    with tenant_session(database.stores, large.principal) as session:
        first, *others = availability.availability(session, FAMILIES, Range(NOW, NOW + HOUR), NOW + HOUR)
    assert (first.answered, first.expected) == (40, 40)
    assert {(one.answered, one.expected) for one in others} == {(45, 45)}


def test_the_dearest_twentieth_is_free(database: Database, two_tenants: TwoTenants) -> None:
    north, _ = two_tenants
    polls = 30.0 * np.arange(2880)
    random = np.random.default_rng(95)
    counts = {name: np.cumsum(random.integers(0, 10**9, len(polls))) for name in ("ether1", "ether2")}
    load(database, north, 0, polls, "interfaces",
         *(Measured((name,), {"rx_bytes_total": counted}) for name, counted in counts.items()))  # fmt: skip
    source = Source(INTERFACES, INTERFACES.column("rx_bytes_total"))
    with tenant_session(database.stores, north.principal) as session:
        spanned = Range(NOW, NOW + timedelta(days=1))
        found = availability.bursts(session, source, spanned, NOW + timedelta(days=1))
    rolled.roll(database, INTERFACES)
    rolled.forget(database, INTERFACES, Resolution.RAW, NOW)
    with tenant_session(database.stores, north.principal) as session:
        later = availability.bursts(session, source, Range(NOW, NOW + HOUR * 12), NOW + timedelta(days=9))
    for burst in found:
        growth = np.diff(counts[burst.labels["interface"]], prepend=counts[burst.labels["interface"]][0])
        rates = np.sort(growth.reshape(-1, 10).sum(axis=1) / 300)
        assert burst.buckets == 288
        assert burst.rate == pytest.approx(rates[int(np.ceil(0.95 * 288)) - 1])
    assert [burst.buckets for burst in later] == [144, 144]


def test_only_counters_have_bursts(database: Database, two_tenants: TwoTenants) -> None:
    source = Source(INTERFACES, INTERFACES.column("link"))
    with (
        tenant_session(database.stores, two_tenants[0].principal) as session,
        pytest.raises(BadInput, match="rx_bytes_total"),
    ):
        availability.bursts(session, source, Range(NOW, NOW + HOUR), NOW + HOUR)
