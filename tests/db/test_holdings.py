"""What the store holds, asked of a store that was shortened, is young, or whose roll-ups are behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from db import holdings
from db.holdings import Subject
from db.plans import Held
from db.ranges import Range
from db.series import Loader, Past
from db.tenancy import tenant_session
from fleet.resolutions import Resolution
from fleet.retention import Mode
from tests.fixtures import rolled
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]
RAW, FIVE, HOUR = Resolution
RESOURCE = FAMILIES["resource"]
START = datetime(2026, 1, 4, 20, tzinfo=UTC)
END = datetime(2026, 1, 5, 4, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
NOW = END + timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Measured:
    labels: tuple[str, ...]
    values: Mapping[str, np.ndarray]


@pytest.fixture
def night(database: Database, two_tenants: TwoTenants) -> Database:
    """A night of one device of the first tenant, from eight to four."""
    north, _ = two_tenants
    polls = np.arange(0, (END - START).total_seconds(), 60)
    past = Past(north.id, north.devices[0].id, START.timestamp() + polls)
    with Loader(database.url("flotilla_ingest"), FAMILIES) as loader:
        loader.copy("resource", past, [Measured((), {"uptime_seconds": polls})])
    return database


def read(database: Database, tenant: Tenant, now: datetime = NOW) -> Held:
    with tenant_session(database.stores, tenant.principal) as session:
        return holdings.read(session, Subject(RESOURCE), Range(START - timedelta(days=3), now), now)


def test_what_was_never_there_was_not_dropped(night: Database, two_tenants: TwoTenants) -> None:
    rolled.roll(night, RESOURCE)
    held = read(night, two_tenants[0])
    assert all(kept.since <= START - timedelta(days=3) for kept in held.values())
    assert (held[FIVE].until, held[HOUR].until) == (END, END)


def test_what_was_dropped_is_missed(night: Database, two_tenants: TwoTenants) -> None:
    rolled.roll(night, RESOURCE)
    rolled.forget(night, RESOURCE, RAW, START)
    held = read(night, two_tenants[0])
    assert held[RAW].since == MIDNIGHT
    assert held[FIVE].since == START - timedelta(days=3)


def test_rollups_that_are_not_there_are_not_read(night: Database, two_tenants: TwoTenants) -> None:
    held = read(night, two_tenants[0])
    assert held[FIVE].since > START or held[FIVE].until <= START
    assert held[RAW].since == START - timedelta(days=3)


def test_a_job_that_is_behind_is_noticed(night: Database, two_tenants: TwoTenants) -> None:
    rolled.roll(night, RESOURCE)
    rolled.forget(night, RESOURCE, FIVE, MIDNIGHT)
    assert read(night, two_tenants[0])[FIVE].until == MIDNIGHT


def test_a_tenant_learns_nothing_of_another(night: Database, two_tenants: TwoTenants) -> None:
    rolled.roll(night, RESOURCE)
    rolled.forget(night, RESOURCE, RAW, START)
    assert read(night, two_tenants[1])[RAW].since == START - timedelta(days=3)
