"""The past of a simulated fleet: made once, where nothing is stored yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

from db import accounts, census, inventory
from db.platform import platform_session
from fleet import settings
from fleet.device import Device, Endpoint, TlsMode
from fleet.identity import DeviceId
from fleet.settings import Settings
from jobs import backfill
from routeros import collectors
from tests.fixtures.database import Database

NOW = datetime.now(UTC)
HOUR, STEP = timedelta(hours=1), timedelta(minutes=5)


def prepared(database: Database, *addresses: str) -> Settings:
    """Make a tenant with a device at each address."""
    with platform_session(database.stores, "a test") as session:
        tenant_id = accounts.create_tenant(session, "north", "North")
        for address in addresses:
            device = Device(
                id=DeviceId(uuid4()),
                tenant_id=tenant_id,
                name=address,
                endpoint=Endpoint(address, tls=TlsMode.PLAIN),
                username="flotilla",
                secret="vault:v1:test",
            )
            inventory.put(session, device, at=NOW)
    urls = {role: database.stores.url(role) for role in ("flotilla_ingest", "flotilla_platform", "flotilla_poller")}
    return settings.load(announced=False, postgres_roles=urls)


def rows(database: Database) -> dict[str, int]:
    return dict(census.totals(database.stores, collectors.families(), NOW - 9 * HOUR).rows)


def test_the_past_is_made_once_and_a_longer_one_only_adds_what_lies_before(database: Database) -> None:
    asked = prepared(database, "127.64.0.1", "127.64.0.2")
    made = backfill.run(asked, backfill.Plan(1, NOW - HOUR, NOW, STEP))
    assert rows(database)["resource"] == 2 * 12
    assert made == sum(rows(database).values())

    later = NOW + timedelta(minutes=17)
    assert backfill.run(asked, backfill.Plan(1, later - HOUR, later, STEP)) == 0
    backfill.run(asked, backfill.Plan(1, NOW - 2 * HOUR, NOW, STEP))
    assert rows(database)["resource"] == 2 * 24


def test_real_devices_get_no_past(database: Database) -> None:
    asked = prepared(database, "192.0.2.1", "router.example.net")
    assert backfill.run(asked, backfill.Plan(1, NOW - HOUR, NOW, STEP)) == 0


def test_days_come_newest_first_and_meet_without_overlap() -> None:
    days = list(backfill.Plan(1, NOW - timedelta(days=3), NOW, STEP).slices())
    assert [len(day) for day in days] == [288, 288, 288]
    assert all(older[-1] + STEP.total_seconds() == newer[0] for newer, older in pairwise(days))
