"""Availability and the 95th percentile, against what they are by definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest

from db import availability
from db.availability import Availability
from db.partials import Source
from db.ranges import Range
from db.series import Loader, Past
from db.tenancy import tenant_session
from fleet.errors import BadInput
from fleet.resolutions import Resolution
from fleet.retention import Mode
from tests.fixtures import rolled
from tests.fixtures.database import CREATED, Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]
HOUR = timedelta(hours=1)
INTERFACES = FAMILIES["interfaces"]


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
