"""The checks of the readiness on real servers: none raises, and only what the web cannot do without is vital."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert

from api.context import Check
from cluster import health
from cluster.gauges import Stream
from cluster.health import Pulse
from cluster.servers.nats import Nats
from cluster.servers.valkey import Valkey
from db.engine import Stores
from db.limits import Limits
from db.platform import platform_session
from db.worktables import outbox
from fleet.settings import Settings
from tests.fixtures import reports
from tests.fixtures.database import Database, Tenant

Checks = Mapping[str, Callable[[], Check]]
YEAR_2100 = 4_102_444_800.0
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOWHERE = Settings(openbao_url="http://127.0.0.1:1", state=Path("/nowhere"))


@pytest.fixture
def checks(tmp_path: Path, database: Database, valkey: Valkey) -> Checks:
    """The checks of a web server whose actors are well."""
    reports.write(tmp_path, reports.crew(), at=YEAR_2100)
    asked = NOWHERE.model_copy(update={"state": tmp_path})
    return health.checks(asked, database.stores, Limits(valkey.url, timedelta(minutes=1)), Pulse())


def test_partitions_and_spools_are_read_from_the_reports(checks: Checks, tmp_path: Path) -> None:
    assert checks["partitions"]() == Check("partitions", True, "4,096 partitions on 2 pollers", vital=False)
    assert checks["spool"]().ok
    assert (tmp_path / "run" / "actors.json").exists()


def test_an_event_that_waits_for_long_in_the_outbox_is_found(
    checks: Checks, database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    row = {"event_id": uuid4(), "tenant_id": north.id, "subject": "x", "event": b"", "created_at": LONG_AGO}
    with platform_session(database.stores, "a test") as session:
        session.execute(insert(outbox), [row])
    found = checks["outbox"]()
    assert (found.ok, found.vital) == (False, False)
    assert found.detail.startswith("1 events wait, the oldest for")


def test_an_empty_outbox_passes(checks: Checks) -> None:
    assert checks["outbox"]() == Check("outbox", True, "nothing waits", vital=False)


def test_without_anything_around_every_check_fails_and_none_raises() -> None:
    alone = health.checks(NOWHERE, Stores({}), Limits("redis://127.0.0.1:1"), Pulse())
    found = {name: ask() for name, ask in alone.items()}
    assert not any(check.ok for check in found.values())
    assert all(check.detail for check in found.values())
    assert {name for name, check in found.items() if check.vital} == {"postgres", "redis"}


def test_the_pulse_sees_the_stream_and_prometheus_reads_it(database: Database, nats: Nats) -> None:
    pulse = Pulse()
    assert [metric.name for metric in Stream(pulse, database.stores).collect()] == ["flotilla_events_stored"]
    asyncio.run(first_beat(pulse, Settings(nats_url=nats.url, nats_token=nats.token)))
    assert pulse.lags.keys() <= {"writer", "alerter"}
    read = {metric.name: metric.samples for metric in Stream(pulse, database.stores).collect()}
    assert read.keys() == {
        "flotilla_alerter_lag_events",
        "flotilla_consumer_lag_events",
        "flotilla_events_published",
        "flotilla_dead_letters",
        "flotilla_events_stored",
    }
    assert all(sample.value >= 0 for samples in read.values() for sample in samples)


async def first_beat(pulse: Pulse, asked: Settings) -> None:
    beating = asyncio.create_task(pulse.beat(asked))
    async with asyncio.timeout(60):
        while not pulse.fresh():
            await asyncio.sleep(0.01)
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
