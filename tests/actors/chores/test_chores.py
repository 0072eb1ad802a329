"""Every chore that is found, and what the first ones do."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.orm import Session

from actors.chore import Chore, Occasion
from actors.chores import letters, partitions, retention, rollups
from actors.keeping import CHORES
from bus import subjects
from db import outbox
from db.access import PLATFORM
from db.engine import Stores
from db.platform import platform_session
from db.tenancy import TenantViolation, tenant_session
from fleet import plugins
from fleet.errors import Unavailable
from fleet.events import Change, DeviceChangedEvent
from fleet.settings import Settings
from routeros import collectors
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import cpu, received, stored, write

NOW = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
EVERY = list(plugins.discover(CHORES, Chore))


@pytest.mark.parametrize("chore", EVERY, ids=lambda chore: chore.kind)
def test_a_chore_can_be_kept(database: Database, chore: Chore) -> None:
    assert re.fullmatch(r"[a-z][a-z_.]{0,62}", chore.kind)
    assert timedelta() < chore.every
    for _ in range(2):
        chore.run(Occasion(database.stores, NOW))


OFF = {"firmware.sync"}
"""Does nothing unless a setting says from where."""


@pytest.mark.parametrize("chore", [one for one in EVERY if one.kind not in OFF], ids=lambda chore: chore.kind)
def test_a_chore_says_that_the_database_is_away(chore: Chore) -> None:
    with Stores({PLATFORM: "postgresql://x:y@127.0.0.1:9/z"}) as stores, pytest.raises(Unavailable):
        chore.run(Occasion(stores, NOW))


def test_the_first_chores_are_found_and_no_kind_twice() -> None:
    assert Counter(chore.kind for chore in EVERY) >= Counter(
        ["outbox.tidy", "partitions.ahead", "store.rollups", "store.retention"]
    )
    assert max(Counter(chore.kind for chore in EVERY).values()) == 1


def published(session: Session, tenant: Tenant, count: int, at: datetime | None) -> list[UUID]:
    """Put letters into the outbox that were published at some time, or wait."""
    events = [
        DeviceChangedEvent(tenant_id=tenant.id, device_id=tenant.devices[0].id, at=NOW, change=Change.UPDATED)
        for _ in range(count)
    ]
    outbox.put(session, events, subjects.of, NOW)
    ids = [event.event_id for event in events]
    if at is not None:
        outbox.mark(session, ids, at)
    return ids


def test_letters_go_when_they_are_two_days_old(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    with platform_session(database.stores, "test") as session:
        published(session, two_tenants[0], letters.BATCH + 7, NOW - letters.KEPT - timedelta(seconds=1))
        kept = published(session, two_tenants[0], 2, NOW - letters.KEPT)
        kept += published(session, two_tenants[1], 3, None)
    letters.tidy(Occasion(database.stores, NOW))
    with psycopg.connect(database.admin_url) as admin:
        left = {event_id for (event_id,) in admin.execute("SELECT event_id FROM outbox")}
    assert left == set(kept)


def test_partitions_are_there_before_the_day_begins(database: Database) -> None:
    partitions.ahead(Occasion(database.stores, NOW))
    with psycopg.connect(database.admin_url) as admin:
        query = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
        made = {name for (name,) in admin.execute(query)}
    days = ("20260105", "20260106", "20260107")
    ends = [*(f"{table}_{day}" for table in ("metrics", "5m") for day in days), "1h_202601"]
    assert made == {f"{family}_{end}" for family in collectors.families() for end in ends}


def test_what_is_measured_is_rolled_up(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    at = NOW - timedelta(hours=2)
    write(database, received([cpu(device, at, 0.5) for device in two_tenants[0].devices]))
    rollups.chore.run(Occasion(database.stores, NOW))
    for table in ("resource_5m", "resource_1h"):
        found = stored(database, f"SELECT rows, cpu_load_ratio_sum, cpu_load_ratio_max FROM {table}")
        assert found == [(1, 0.5, 0.5)] * 3


def test_what_is_too_old_goes_and_what_there_is_no_room_for(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    """By a setting raw rows are kept for two days; then the store is told to be smaller than it is."""
    device = two_tenants[0].devices[0]
    for days in (3, 1, 0):
        write(database, received([cpu(device, NOW - timedelta(days=days), 0.5)], first=days + 1))
    count = "SELECT count(*) FROM resource_metrics"
    for asked, left in (({"keep_raw": "2d"}, 2), ({"keep_raw": "2d", "store_bytes": 1}, 1)):
        retention.chore.run(Occasion(database.stores, NOW, settings=Settings.model_validate(asked)))
        assert stored(database, count) == [(left,)]


def test_the_tenants_role_does_no_chore(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    with pytest.raises(TenantViolation), tenant_session(database.stores, two_tenants[0].principal) as session:
        outbox.tidy(session, NOW, 1)
