"""The fence on a real PostgreSQL: a former owner's late events are refused, whatever else a batch holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from db import ledger
from db.access import INGEST
from db.assignment import Desk, Office
from db.ingest import FENCED, Ingest, Written
from fleet.clock import FakeClock
from fleet.device import Device
from fleet.events import PartitionFenceEvent, Received
from fleet.ownership import Fence, Lease, Take
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, MADE, NOW, STREAM, cpu, received, seconds, stocked, stored, write

OLD, NEW = Lease("poller-0", UUID(int=1)), Lease("poller-1", UUID(int=2))


def given(database: Database, device: Device, lease: Lease) -> int:
    """Give a device's partition to an owner; returns its epoch."""
    office = Office(database.stores)
    seen = office.read().holdings[device.partition].epoch
    office.perform([Take(lease, {device.partition: seen})], NOW, NOW)
    return office.version()


def written(database: Database, *batches: Callable[[], list[Received]], made: datetime = MADE) -> list[Written]:
    """Write batches with one Ingest; each is made when its turn comes."""

    async def run() -> list[Written]:
        async with Ingest(database.url(INGEST), FAMILIES, "writer-0", {STREAM: made}, FakeClock(NOW)) as into:
            return [await into.write(batch()) for batch in batches]

    return asyncio.run(run())


def late(device: Device, epoch: int, sequence: int, at: float = 0.0) -> Received:
    event = msgspec.structs.replace(cpu(device, seconds(at), 0.5), epoch=epoch)
    return Received(STREAM, sequence, "device.metrics", event)


@pytest.fixture
def fenced(database: Database, two_tenants: tuple[Tenant, Tenant]) -> tuple[Database, Device, int, int]:
    """A device whose partition went from an old owner to a new one, whose fence stands at 100."""
    device = two_tenants[0].devices[0]
    old, new = given(database, device, OLD), given(database, device, NEW)
    Desk(database.stores).fence(new, Fence(100, MADE))
    return database, device, old, new


def test_what_a_former_owner_sent_before_the_fence_is_stored_and_behind_it_refused(
    fenced: tuple[Database, Device, int, int],
) -> None:
    database, device, old, new = fenced
    batch = [late(device, old, 99, 1), late(device, old, 101, 2), late(device, new, 102, 3)]
    assert write(database, batch) == [Written(events=3, rows=2, reasons={FENCED: 1})]
    assert stored(database, "SELECT time FROM resource_metrics ORDER BY time") == [(seconds(1),), (seconds(3),)]
    assert ledger.counts(database.stores) == {STREAM: 3}


def test_a_fence_holds_when_its_partition_has_gone_back_to_the_one_who_slept(
    fenced: tuple[Database, Device, int, int],
) -> None:
    database, device, old, new = fenced

    def back() -> list[Received]:
        Desk(database.stores).fence(given(database, device, OLD), Fence(200, MADE))
        return [late(device, old, 150, 2), late(device, new, 151, 3), late(device, new, 201, 4)]

    before, after = written(database, lambda: [late(device, new, 101, 1)], back)
    assert (before.rows, after) == (1, Written(events=3, rows=1, reasons={FENCED: 2}))
    assert stored(database, "SELECT time FROM resource_metrics ORDER BY time") == [(seconds(1),), (seconds(3),)]


def test_what_a_device_has_is_fenced_like_what_it_measures(fenced: tuple[Database, Device, int, int]) -> None:
    database, device, old, new = fenced
    told = [(old, 99, "before"), (old, 101, "behind"), (new, 102, "new")]
    batch = [
        Received(STREAM, sequence, "", msgspec.structs.replace(stocked(device, seconds(n), {key: {}}), epoch=epoch))
        for n, (epoch, sequence, key) in enumerate(told)
    ]
    assert write(database, batch) == [Written(events=3, reasons={FENCED: 1})]
    assert stored(database, "SELECT key FROM inventory ORDER BY key") == [("before",), ("new",)]


def test_the_order_of_reading_does_not_matter(fenced: tuple[Database, Device, int, int]) -> None:
    database, device, old, new = fenced
    write(database, [late(device, new, 105, 3)], [late(device, old, 104, 2)], [late(device, old, 98, 1)])
    assert stored(database, "SELECT time FROM resource_metrics ORDER BY time") == [(seconds(1),), (seconds(3),)]


def test_another_partitions_events_are_none_of_its_business(
    fenced: tuple[Database, Device, int, int], two_tenants: tuple[Tenant, Tenant]
) -> None:
    database, device, old, _ = fenced
    other = two_tenants[0].devices[1]
    assert other.partition != device.partition
    given(database, other, OLD)
    assert write(database, [late(other, 9, 200)]) == [Written(events=1, rows=1)]
    assert write(database, [late(device, old, 201)]) == [Written(events=1, reasons={FENCED: 1})]


def test_before_the_fence_is_known_a_former_owners_event_waits_and_the_new_ones_does_not(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    device = two_tenants[0].devices[0]
    old, new = given(database, device, OLD), given(database, device, NEW)
    assert write(database, [late(device, new, 50, 1)]) == [Written(events=1, rows=1)]
    mixed = [late(device, old, 51, 2), late(device, new, 54, 4)]
    assert write(database, mixed) == [Written(events=1, rows=1, waiting=frozenset({51}))]
    assert ledger.counts(database.stores) == {STREAM: 2}
    Desk(database.stores).fence(new, Fence(52, MADE))
    assert write(database, [late(device, old, 51, 2)]) == [Written(events=1, rows=1)]
    assert write(database, [late(device, old, 53, 3)]) == [Written(events=1, reasons={FENCED: 1})]


def test_a_writer_that_knows_an_older_assignment_hears_of_the_new_one(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    device = two_tenants[0].devices[0]
    old = given(database, device, OLD)
    Desk(database.stores).fence(old, Fence(1, MADE))

    def passed_on() -> list[Received]:
        new = given(database, device, NEW)
        Desk(database.stores).fence(new, Fence(100, MADE))
        return [late(device, old, 101, 2)]

    assert written(database, lambda: [late(device, old, 2, 1)], passed_on) == [
        Written(events=1, rows=1),
        Written(events=1, reasons={FENCED: 1}),
    ]


def test_a_letter_taken_back_from_the_dead_is_judged_by_where_it_first_stood(
    fenced: tuple[Database, Device, int, int],
) -> None:
    database, device, old, _ = fenced
    replayed = late(device, old, 500)
    again = Received(STREAM, 500, "device.metrics", replayed.event, origin=99)
    assert write(database, [again]) == [Written(events=1, rows=1)]


def test_a_stream_that_was_made_anew_holds_nothing_from_before(fenced: tuple[Database, Device, int, int]) -> None:
    database, device, old, _ = fenced
    later = MADE + timedelta(days=1)
    assert written(database, lambda: [late(device, old, 5)], made=later) == [Written(events=1, reasons={FENCED: 1})]


def test_a_fence_itself_is_settled_and_makes_no_row(database: Database) -> None:
    fence = PartitionFenceEvent(at=NOW, epoch=1, partitions=(1, 2))
    assert write(database, received([fence])) == [Written(events=1)]
    assert ledger.counts(database.stores) == {STREAM: 1}
