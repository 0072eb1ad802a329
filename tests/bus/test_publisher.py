"""The publisher with its spool on a real server: what it accepted is in the stream once, whoever dies meanwhile."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from bus import streams
from bus.connection import Bus
from bus.publisher import Publisher
from bus.spool import Spool
from bus.streams import DEVICE_EVENTS
from fleet.events import DeviceMetricsEvent, Event, FamilyRows, PartitionFenceEvent, decode
from fleet.families import Cycle
from tests.bus.brokers import Broker
from tests.bus.children import MIB, NOBODY, status, until

ROOT = Path(__file__).parents[2]
PATIENCE = timedelta(seconds=60)
AT_ONCE = 200
AT = datetime(2026, 1, 5, tzinfo=UTC)


def metrics(number: int, size: int = 1500) -> DeviceMetricsEvent:
    rows = FamilyRows("interface", ("mtu",), (("x" * size,),), ((1500,),))
    return DeviceMetricsEvent(
        tenant_id=UUID(int=1),
        device_id=UUID(int=number % 50),
        at=AT,
        cycle=Cycle.FAST,
        families=(rows,),
        event_id=UUID(int=number),
    )


def fence() -> PartitionFenceEvent:
    return PartitionFenceEvent(at=AT, epoch=7, partitions=(1, 2, 3))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@asynccontextmanager
async def publishing(broker: Broker, place: Path, size: int = 8 * MIB) -> AsyncIterator[tuple[Bus, Publisher]]:
    async with Bus(broker.url, name="test", token=broker.token) as bus:
        publisher = Publisher(bus, spool=Spool(place, size))
        task = asyncio.create_task(publisher.run())
        yield bus, publisher
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def stored(bus: Bus) -> list[Event]:
    """Read all events of the stream, in their order."""
    js = await bus.jetstream()
    last = (await js.stream_info(DEVICE_EVENTS.name)).state.last_seq
    found: list[Event] = []
    for first in range(1, last + 1, AT_ONCE):
        asked = (js.get_msg(DEVICE_EVENTS.name, one, direct=True) for one in range(first, last + 1)[:AT_ONCE])
        found += [decode(message.data or b"") for message in await asyncio.gather(*asked)]
    return found


def numbers(events: Sequence[Event]) -> list[int]:
    return [event.event_id.int for event in events]


def child(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bus.children", *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_server_that_is_away_under_load_loses_and_doubles_nothing(broker: Broker, place: Path) -> None:
    async def run() -> tuple[int, list[Event], dict[str, object], dict[str, object]]:
        async with publishing(broker, place) as (bus, publisher):
            count, ending = 0, asyncio.Event()

            async def load() -> None:
                nonlocal count
                while not ending.is_set():
                    for _ in range(10):
                        publisher.publish(status(count))
                        count += 1
                    await asyncio.sleep(0.01)

            loading = asyncio.create_task(load())
            await until(publisher, lambda _: count > 200)
            broker.kill()
            away = await until(publisher, lambda report: int(str(report["spool_events"])) > 500)
            await asyncio.to_thread(broker.restart)
            await until(publisher, lambda report: report["spool_events"] == 0)
            ending.set()
            await loading
            assert await publisher.drain(PATIENCE) == 0
            here = await until(publisher, lambda report: report["spool_events"] == 0)
            return count, await stored(bus), away, here

    count, events, away, here = asyncio.run(run())
    assert sorted(numbers(events)) == list(range(count))
    assert away["metrics_dropped"] == away["others_dropped"] == 0
    assert (here["spool_bytes"], here["others_dropped"], here["spool_problem"]) == (0, 0, "")


def test_what_is_accepted_while_nats_is_away_arrives_in_order(broker: Broker, place: Path) -> None:
    async def run() -> list[Event]:
        async with publishing(broker, place) as (bus, publisher):
            publisher.publish(status(0))
            assert await publisher.drain(PATIENCE) == 0
            broker.kill()
            for number in range(1, 4000):
                publisher.publish(status(number))
            await until(publisher, lambda report: report["spool_events"] == 3999)
            await asyncio.to_thread(broker.restart)
            for number in range(4000, 4500):
                publisher.publish(status(number))
                await asyncio.sleep(0)
            assert await publisher.drain(PATIENCE) == 0
            return await stored(bus)

    assert numbers(asyncio.run(run())) == list(range(4500))


def test_events_whose_acknowledgement_does_not_come_are_on_disk_too(broker: Broker, place: Path) -> None:
    async def run() -> list[Event]:
        async with publishing(broker, place) as (bus, publisher):
            publisher.publish(status(0))
            assert await publisher.drain(PATIENCE) == 0
            broker.freeze()
            for number in range(1, 100):
                publisher.publish(status(number))
            await until(publisher, lambda report: report["spool_events"] == 99)
            broker.thaw()
            assert await publisher.drain(PATIENCE) == 0
            await until(publisher, lambda report: report["spool_events"] == 0)
            return await stored(bus)

    assert numbers(asyncio.run(run())) == list(range(100))


def test_a_killed_process_leaves_what_it_accepted_to_its_successor(broker: Broker, place: Path) -> None:
    """Two die one after the other; the third sends what both left, in order, before its own."""

    async def run() -> list[Event]:
        async with publishing(broker, place) as (bus, publisher):
            for number in range(700, 1000):
                publisher.publish(status(number))
            assert await publisher.drain(PATIENCE) == 0
            await until(publisher, lambda report: report["spool_events"] == 0)
            return await stored(bus)

    broker.kill()
    for first, end in ((0, 400), (400, 700)):
        with child("away", broker.url, broker.token, str(place), str(first), str(end)) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["spool_events"] == end
            process.kill()
    broker.restart()
    events = asyncio.run(run())
    assert numbers(events) == list(range(1000))


def test_a_full_spool_drops_the_oldest_metrics_counts_them_and_keeps_every_status(
    broker: Broker, place: Path
) -> None:
    count = 2000

    async def run() -> tuple[list[Event], dict[str, object]]:
        async with publishing(broker, place, MIB) as (bus, publisher):
            publisher.publish(status(0))
            assert await publisher.drain(PATIENCE) == 0
            broker.kill()
            for number in range(1, count):
                publisher.publish(metrics(number) if number % 2 else status(number))
            await until(
                publisher, lambda r: int(str(r["spool_events"])) + int(str(r["metrics_dropped"])) == count - 1
            )
            assert sum(path.stat().st_size for path in place.iterdir()) <= MIB
            await asyncio.to_thread(broker.restart)
            assert await publisher.drain(PATIENCE) == 0
            return await stored(bus), publisher.report()

    events, report = asyncio.run(run())
    found = numbers(events)
    assert found == sorted(found)
    assert [n for n in found if n % 2 == 0] == list(range(0, count, 2))
    odd = [n for n in found if n % 2]
    assert odd == list(range(1, count, 2))[-len(odd) :]
    assert report["metrics_dropped"] == count - len(found)
    assert report["others_dropped"] == 0


def test_a_spool_full_of_statuses_says_so_and_the_newest_wait_in_memory(broker: Broker, place: Path) -> None:
    count = 4000

    async def run() -> tuple[list[Event], dict[str, object], dict[str, object]]:
        async with publishing(broker, place, MIB) as (bus, publisher):
            publisher.publish(status(0))
            assert await publisher.drain(PATIENCE) == 0
            broker.kill()
            for number in range(1, count):
                publisher.publish(status(number))
            full = await until(publisher, lambda report: bool(report["spool_problem"]))
            await asyncio.to_thread(broker.restart)
            assert await publisher.drain(PATIENCE) == 0
            mended = await until(publisher, lambda r: r["spool_events"] == 0 and not r["spool_problem"])
            return await stored(bus), full, mended

    events, full, mended = asyncio.run(run())
    assert numbers(events) == list(range(count))
    assert "full" in str(full["spool_problem"])
    assert 0 < int(str(full["spool_events"])) < count - 1
    assert mended["others_dropped"] == 0


def test_a_full_disk_is_stated_and_mends_by_itself(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bus.children", "full", str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    full, mended = map(json.loads, done.stdout.splitlines())
    assert str(place) in full["spool_problem"]
    assert full["events_waiting"] == mended["spool_events"] == 1000
    assert full["metrics_dropped"] == full["others_dropped"] == 0


def test_a_place_that_cannot_be_used_costs_nothing_but_the_disk(broker: Broker, place: Path) -> None:
    place.write_text("no directory")

    async def run() -> tuple[list[Event], dict[str, object]]:
        async with publishing(broker, place) as (bus, publisher):
            for number in range(100):
                publisher.publish(status(number))
            assert await publisher.drain(PATIENCE) == 0
            return await stored(bus), publisher.report()

    events, report = asyncio.run(run())
    assert numbers(events) == list(range(100))
    assert str(place) in str(report["spool_problem"])


def test_a_flush_waits_for_what_was_accepted_before_it(broker: Broker, place: Path) -> None:
    async def run() -> tuple[bool, bool, int]:
        async with publishing(broker, place) as (bus, publisher):
            publisher.publish(status(0))
            assert await publisher.flush(PATIENCE)
            assert publisher.connected
            broker.kill()
            for number in range(1, 600):
                publisher.publish(status(number))
            early = await publisher.flush(timedelta(seconds=0.3))
            await until(publisher, lambda _: not publisher.connected)
            flushing = asyncio.create_task(publisher.flush(PATIENCE))
            await asyncio.to_thread(broker.restart)
            return early, await flushing, (await streams.tally(bus, DEVICE_EVENTS)).published

    assert asyncio.run(run()) == (False, True, 600)


def test_a_mark_stands_behind_all_that_was_accepted_before_and_its_place_is_told(broker: Broker, place: Path) -> None:
    async def run() -> tuple[int, datetime, datetime | None, list[Event]]:
        async with publishing(broker, place) as (bus, publisher):
            publisher.publish(status(0))
            assert await publisher.drain(PATIENCE) == 0
            broker.kill()
            for number in range(1, 1000):
                publisher.publish(status(number))
            marking = asyncio.create_task(publisher.mark(fence()))
            await asyncio.sleep(0)
            for number in range(1000, 2000):
                publisher.publish(status(number))
            await until(publisher, lambda report: report["spool_events"] == 1999)
            await asyncio.to_thread(broker.restart)
            place_of = await marking
            assert await publisher.drain(PATIENCE) == 0
            js = await bus.jetstream()
            created = (await js.stream_info(DEVICE_EVENTS.name)).created
            return place_of.sequence, place_of.created, created, await stored(bus)

    sequence, made, created, events = asyncio.run(run())
    assert sequence == 1001
    assert made == created
    assert isinstance(events[1000], PartitionFenceEvent)
    assert numbers([*events[:1000], *events[1001:]]) == list(range(2000))


def test_a_mark_that_nobody_waits_for_any_more_dies_with_its_process(place: Path) -> None:
    async def run() -> tuple[dict[str, object], int]:
        async with Bus(NOBODY, name="test") as bus:
            publisher = Publisher(bus, spool=Spool(place, MIB))
            task = asyncio.create_task(publisher.run())
            marking = asyncio.create_task(publisher.mark(fence()))
            publisher.publish(status(1))
            report = await until(publisher, lambda report: report["spool_events"] == 1)
            for each in (marking, task):
                each.cancel()
            await asyncio.gather(marking, task, return_exceptions=True)
            return report, Spool(place, MIB).open()

    report, left = asyncio.run(run())
    assert report["events_waiting"] == 2
    assert left == 1


@pytest.mark.parametrize("awaited", [True, False])
def test_a_publisher_that_is_stopped_leaves_on_disk_what_it_could_not_send(place: Path, awaited: bool) -> None:
    async def run() -> None:
        async with Bus(NOBODY, name="test") as bus:
            publisher = Publisher(bus, spool=Spool(place, MIB))
            task = asyncio.create_task(publisher.run())
            await asyncio.sleep(0)
            for _ in range(5):
                publisher.publish(status(uuid4().int))
            if awaited:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert Spool(place, MIB).open() == 5
