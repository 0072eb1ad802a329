"""Batches into real tables: each row once, whatever happens in between."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta
from uuid import uuid4

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import ledger, partitions, retention
from db.ingest import REMEMBERED, Written
from db.platform import platform_session
from fleet.breaker import Position
from fleet.device import State
from fleet.events import DeviceMetricsEvent, FamilyRows, Outcome
from fleet.families import Cycle
from fleet.resolutions import Resolution
from fleet.retention import Mode
from tests.fixtures import rollups as fixture
from tests.fixtures.database import Database, Tenant, seed
from tests.fixtures.metrics import (
    FAMILIES,
    NOW,
    STREAM,
    cpu,
    ingest,
    measured,
    received,
    seconds,
    status,
    stored,
    traffic,
    write,
)

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]
STATE = "SELECT state, since, heard_at, identity, version, error_code, breaker FROM device_state WHERE device_id = %s"


def test_a_batch_is_stored_with_its_labels_and_values(database: Database, two_tenants: TwoTenants) -> None:
    one, two, _ = two_tenants[0].devices
    batch = received([cpu(one, NOW, 0.25), traffic(two, seconds(1), ether1=8.0, ether2=None), status(one, NOW)])
    assert write(database, batch) == [Written(events=3, rows=3)]
    assert stored(database, "SELECT time, tenant_id, device_id, cpu_load_ratio FROM resource_metrics") == [
        (NOW, one.tenant_id, one.id, 0.25)
    ]
    rows = stored(database, "SELECT time, interface, rx_bytes_rate, link FROM interfaces_metrics ORDER BY interface")
    assert rows == [(seconds(1), "ether1", 8.0, None), (seconds(1), "ether2", None, None)]


def test_all_columns_arrive_in_their_types(database: Database, two_tenants: TwoTenants) -> None:
    names = tuple(column.name for column in FAMILIES["interfaces"].columns)
    values = tuple({"bigint": 2**63 - 1, "smallint": 1}.get(c.storage, 0.5) for c in FAMILIES["interfaces"].columns)
    rows = FamilyRows("interfaces", names, (("näme ☃",),), (values,))
    write(database, received([measured(two_tenants[0].devices[0], NOW, rows)]))
    found = stored(database, f"SELECT interface, {', '.join(names)} FROM interfaces_metrics")
    assert found == [("näme ☃", *values)]


def test_a_second_delivery_makes_no_second_row(database: Database, two_tenants: TwoTenants) -> None:
    devices = two_tenants[0].devices
    first = received([cpu(d, NOW, 0.1) for d in devices])
    more = received([cpu(d, seconds(10), 0.2) for d in devices], first=4)
    again = write(database, first, [*first, *more], first, more)
    assert [(w.rows, w.duplicates) for w in again] == [(3, 0), (3, 3), (0, 3), (0, 3)]
    assert stored(database, "SELECT count(*) FROM resource_metrics") == [(6,)]
    assert ledger.counts(database.stores) == {STREAM: 6}


def test_an_event_twice_in_one_batch_makes_one_row(database: Database, two_tenants: TwoTenants) -> None:
    event = traffic(two_tenants[0].devices[0], NOW, ether1=1, ether2=2)
    assert write(database, received([event, event])) == [Written(events=2, rows=2, duplicates=2)]


def test_numbers_that_are_none_become_null(database: Database, two_tenants: TwoTenants) -> None:
    one, two, three = two_tenants[0].devices
    write(database, received([cpu(one, NOW, math.nan), cpu(two, NOW, math.inf), cpu(three, NOW, 0.5)]))
    found = stored(database, "SELECT device_id, cpu_load_ratio FROM resource_metrics ORDER BY device_id")
    assert found == [(one.id, None), (two.id, None), (three.id, 0.5)]


def test_counts_that_no_column_holds_become_null_and_others_stay_exact(
    database: Database, two_tenants: TwoTenants
) -> None:
    columns = ("rx_bytes_total", "rx_bytes_increase", "rx_bytes_rate", "link")
    labels = tuple((f"ether{n}",) for n in range(4))
    values = (
        (2**64 - 1, -5, -1.0, 99),
        (2**62 + 1, 7, 1.5, 2),
        (-1, 2**62 + 3, math.inf, -1),
        (3.0, None, None, None),
    )
    write(
        database,
        received([measured(two_tenants[0].devices[0], NOW, FamilyRows("interfaces", columns, labels, values))]),
    )
    found = stored(database, f"SELECT {', '.join(columns)} FROM interfaces_metrics ORDER BY interface")
    assert found == [
        (None, None, None, None),
        (2**62 + 1, 7, 1.5, 2),
        (None, 2**62 + 3, None, None),
        (3, None, None, None),
    ]


def test_rows_that_cannot_be_stored_cost_themselves_alone(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    labels = (("good",), ("good",), ("nul\0",), ("x" * 300,), ("two", "words"), ("short",))
    odd = FamilyRows("interfaces", ("rx_bytes_rate",), labels, ((1.0,),) * 5 + ((),))
    strange = FamilyRows("weather", ("rain",), ((),), ((1.0,),))
    newer = FamilyRows("resource", ("cpu_load_ratio", "mood"), ((),), ((0.5, 3),))
    (written,) = write(database, received([measured(device, NOW, odd, strange, newer)]))
    assert (written.rows, written.duplicates) == (2, 1)
    assert written.reasons == {"malformed_row": 4, "unknown_family": 1, "unknown_field": 1}
    assert written.refused == 6
    assert stored(database, "SELECT interface FROM interfaces_metrics") == [("good",)]
    assert stored(database, "SELECT cpu_load_ratio FROM resource_metrics") == [(0.5,)]


def test_devices_that_are_not_the_tenants_are_refused_and_settled(
    database: Database, two_tenants: TwoTenants
) -> None:
    mine, foreign = two_tenants[0].devices[0], two_tenants[1].devices[0]
    stolen = msgspec.structs.replace(cpu(mine, NOW, 1), tenant_id=foreign.tenant_id)
    nobody = DeviceMetricsEvent(tenant_id=mine.tenant_id, device_id=uuid4(), at=NOW, cycle=Cycle.FAST, families=())
    (written,) = write(database, received([stolen, nobody, cpu(mine, NOW, 0.5)]))
    assert written == Written(events=3, rows=1, reasons={"unknown_device": 2})
    assert ledger.counts(database.stores) == {STREAM: 3}


def test_a_new_device_is_known_once_it_is_added(database: Database, two_tenants: TwoTenants) -> None:
    async def run() -> list[int]:
        async with ingest(database) as into:
            before = await into.write(received([cpu(two_tenants[0].devices[0], NOW, 0.5)]))
            west = seed(database.stores, "west", 1)
            after = await into.write(received([cpu(west.devices[0], NOW, 0.5)], first=2))
            return [before.rows, after.rows]

    assert REMEMBERED > 1
    assert asyncio.run(run()) == [1, 1]


def test_times_far_off_are_refused(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    far = [NOW - timedelta(days=8, seconds=1), NOW + timedelta(days=2, seconds=1)]
    near = [NOW - timedelta(days=8), NOW + timedelta(days=2)]
    (written,) = write(database, received([cpu(device, at, 0.5) for at in far + near]))
    assert written == Written(events=4, rows=2, reasons={"far_off_time": 2})


def test_what_is_not_kept_any_more_is_refused(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    with platform_session(database.stores, "test") as session:
        retention.raise_floor(session, Resolution.RAW, NOW - timedelta(days=3))
    old = cpu(device, NOW - timedelta(days=3, seconds=1), 0.5)
    (written,) = write(database, received([old, cpu(device, NOW - timedelta(days=3), 0.5)]))
    assert written == Written(events=2, rows=1, reasons={"far_off_time": 1})


def test_a_day_that_is_dropped_under_a_writer_costs_its_rows_alone(
    database: Database, two_tenants: TwoTenants
) -> None:
    device, day = two_tenants[0].devices[0], NOW - timedelta(days=5)

    async def run() -> list[Written]:
        async with ingest(database) as into:
            first = await into.write(received([cpu(device, day, 0.5)]))
            dropped = fixture.held(database, "resource", Resolution.RAW, day)
            with platform_session(database.stores, "test") as session:
                retention.raise_floor(session, Resolution.RAW, day + timedelta(days=1))
                assert partitions.drop(session, dropped, unfinished=True)
            late, fresh = cpu(device, day + timedelta(seconds=1), 0.5), cpu(device, NOW, 0.5)
            return [first, await into.write(received([late, fresh], first=2))]

    first, second = asyncio.run(run())
    assert (first.rows, second) == (1, Written(events=2, rows=1, reasons={"far_off_time": 1}))
    assert stored(database, "SELECT time FROM resource_metrics") == [(NOW,)]


def test_every_bucket_that_has_rows_is_marked(database: Database, two_tenants: TwoTenants) -> None:
    one, two, _ = two_tenants[0].devices
    events = [cpu(one, NOW, 0.5), cpu(two, seconds(299), 0.5), traffic(one, seconds(300), ether1=8.0, ether2=9.0)]
    write(database, received([*events, status(one, NOW)]))
    found = stored(database, "SELECT family, resolution, bucket, until - bucket FROM dirty ORDER BY bucket, family")
    span = timedelta(minutes=5)
    assert found == [("resource", "5m", NOW, span), ("interfaces", "5m", seconds(300), span)]


@pytest.mark.modes(Mode.NATIVE)
def test_midnight_finds_its_partition(database: Database, two_tenants: TwoTenants) -> None:
    write(database, received([cpu(two_tenants[0].devices[0], NOW, 0.5)]))
    made = stored(
        database, "SELECT relname FROM pg_class WHERE relname LIKE 'resource_metrics_2%' AND relkind = 'r' ORDER BY 1"
    )
    assert made == [("resource_metrics_20260105",), ("resource_metrics_20260106",), ("resource_metrics_20260107",)]


def test_the_state_follows_the_newest_status(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    up = status(device, NOW, identity="edge-1", version="7.18", uptime_seconds=5.0)
    batches = [
        received([up], 1),
        received([status(device, seconds(10), identity="edge-1"), status(device, seconds(5), State.DOWN)], 2),
        received([status(device, seconds(30), State.DOWN, error_code="unreachable", breaker=Position.OPEN)], 4),
        received([status(device, seconds(20))], 5),
    ]
    write(database, batches[0])
    assert stored(database, STATE, device.id) == [("up", NOW, NOW, "edge-1", "7.18", None, "closed")]
    write(database, batches[1])
    assert stored(database, STATE, device.id) == [("up", NOW, seconds(10), "edge-1", "7.18", None, "closed")]
    down = ("down", seconds(30), seconds(30), "edge-1", "7.18", "unreachable", "open")
    write(database, batches[2])
    assert stored(database, STATE, device.id) == [down]
    write(database, batches[3], batches[0])
    assert stored(database, STATE, device.id) == [down]


def test_a_poll_without_news_moves_the_state_on_and_leaves_what_the_device_said_of_itself(
    database: Database, two_tenants: TwoTenants
) -> None:
    device = two_tenants[0].devices[0]
    outcome = Outcome(State.UP, 1, None, None, Position.CLOSED, seconds(120), 65.0, 0.1)
    later = msgspec.structs.replace(cpu(device, seconds(60), 0.5), outcome=outcome)
    write(database, received([status(device, NOW, identity="edge-1", version="7.18")], 1), received([later], 2))
    assert stored(database, STATE, device.id) == [("up", NOW, seconds(60), "edge-1", "7.18", None, "closed")]
    assert stored(database, "SELECT uptime_seconds FROM device_state WHERE device_id = %s", device.id) == [(65.0,)]


def test_a_late_batch_tells_when_the_state_began(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    states = [State.UP, State.DOWN, State.DOWN, State.DOWN]
    write(database, received([status(device, seconds(n * 10), state) for n, state in enumerate(states)]))
    assert stored(database, STATE, device.id)[0][:3] == ("down", seconds(10), seconds(30))


def test_what_a_device_says_cannot_fail_the_batch(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    odd = status(
        device, NOW, identity="a\0b", error="\ud800", uptime_seconds=math.nan, duration_seconds=-1.0, attempt=0
    )
    assert write(database, received([odd]))[0].refused == 0
    assert stored(database, STATE, device.id)[0][3] == "ab"


def test_a_batch_that_is_cut_leaves_nothing_and_comes_again(database: Database, two_tenants: TwoTenants) -> None:
    """The connection is killed behind the COPY, while the batch waits for the ledger."""
    batch = received([cpu(d, NOW, 0.5) for d in two_tenants[0].devices] + [status(two_tenants[0].devices[0], NOW)])

    async def run() -> Written:
        async with ingest(database) as into, await psycopg.AsyncConnection.connect(database.admin_url) as admin:
            await admin.execute("LOCK TABLE ingest_ledger IN ACCESS EXCLUSIVE MODE")
            writing = asyncio.create_task(into.write(batch))
            await _kill_when_waiting(database)
            with pytest.raises(psycopg.OperationalError):
                await writing
            await admin.rollback()
            assert stored(database, "SELECT count(*) FROM resource_metrics") == [(0,)]
            assert stored(database, STATE, batch[0].event.device_id)[0][0] is None
            return await into.write(batch)

    assert asyncio.run(run()) == Written(events=4, rows=3)
    assert ledger.counts(database.stores) == {STREAM: 4}


def test_a_write_that_is_cancelled_leaves_nothing(database: Database, two_tenants: TwoTenants) -> None:
    batch = received([cpu(d, NOW, 0.5) for d in two_tenants[0].devices])

    async def run() -> Written:
        async with ingest(database) as into, await psycopg.AsyncConnection.connect(database.admin_url) as admin:
            await admin.execute("LOCK TABLE ingest_ledger IN ACCESS EXCLUSIVE MODE")
            writing = asyncio.create_task(into.write(batch))
            await _waiting(database)
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing
            await admin.rollback()
            return await into.write(batch)

    assert asyncio.run(run()) == Written(events=3, rows=3)


def test_writers_with_the_same_events_make_one_row(database: Database, two_tenants: TwoTenants) -> None:
    devices = two_tenants[0].devices + two_tenants[1].devices
    events = [e for n in range(20) for d in devices for e in (cpu(d, seconds(n), n / 20), status(d, seconds(n)))]
    batch = received(events)

    async def run() -> list[Written]:
        async with ingest(database, "a") as one, ingest(database, "b") as two:
            return list(await asyncio.gather(one.write(batch), two.write(list(reversed(batch)))))

    written = asyncio.run(run())
    assert (sum(w.rows for w in written), sum(w.duplicates for w in written)) == (100, 100)
    assert ledger.counts(database.stores) == {STREAM: len(batch)}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=12), min_size=1, max_size=6))
def test_any_deliveries_store_each_event_once(
    shared_database: Database, tenant: Tenant, deliveries: list[list[int]]
) -> None:
    written = write(
        shared_database, *([received([_event(tenant, n)], n + 1)[0] for n in batch] for batch in deliveries)
    )
    assert sum(w.rows + w.duplicates for w in written) == 2 * sum(map(len, deliveries))
    table = "SELECT count(*), count(DISTINCT (device_id, time, interface)) FROM interfaces_metrics"
    rows, distinct = stored(shared_database, table)[0]
    assert rows == distinct == 2 * ledger.counts(shared_database.stores)[STREAM]


@pytest.fixture(scope="module")
def tenant(shared_database: Database) -> Tenant:
    return seed(shared_database.stores, "north", 2)


def _event(tenant: Tenant, number: int) -> DeviceMetricsEvent:
    return traffic(tenant.devices[number % 2], seconds(number), ether1=float(number), ether2=None)


async def _waiting(database: Database) -> int:
    """Wait until the writer's backend waits for a lock; returns its process id."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'flotilla writer-0' AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(60):
        while not (found := await asyncio.to_thread(stored, database, query)):
            pass
    return int(found[0][0])


async def _kill_when_waiting(database: Database) -> None:
    stored(database, "SELECT pg_terminate_backend(%s)", await _waiting(database))
