"""The writer tells the store's own troubles, which it waits out, from an event that cannot be stored."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from actors.writer import Writer
from bus.memory import MemoryBus, received
from db.ingest import Written
from fleet.device import State
from fleet.errors import Unavailable
from fleet.events import DeviceStatusEvent, Received

AT = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Store:
    """A store that keeps sequences, raises what is due, and finds some events impossible."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.raises: list[Exception] = []
        self.poison: dict[int, Exception] = {}
        self.gate: asyncio.Event | None = None

    async def write(self, received: Sequence[Received]) -> Written:
        if self.gate is not None:
            await self.gate.wait()
        if self.raises:
            raise self.raises.pop(0)
        for event in received:
            if event.sequence in self.poison:
                raise self.poison[event.sequence]
        self.kept += [event.sequence for event in received]
        return Written(len(received), rows=2 * len(received), reasons={"unknown device": 1})


def event() -> DeviceStatusEvent:
    return DeviceStatusEvent(tenant_id=uuid4(), device_id=uuid4(), at=AT, state=State.UP)


def bus(events: int) -> MemoryBus:
    made = MemoryBus()
    for _ in range(events):
        made.publish(event())
    return made


def writing(source: MemoryBus, store: Store, test: Callable[[Writer], Coroutine[Any, Any, None]]) -> Writer:
    """Run a writer beside the test and drain it in the end."""
    writer = Writer(source, store)

    async def run() -> None:
        task = asyncio.create_task(writer.run())
        async with asyncio.timeout(60):
            await test(writer)
            assert await writer.drain(MINUTE) == 0
            await task

    asyncio.run(run())
    return writer


async def nothing(writer: Writer) -> None:
    return None


def test_a_drained_writer_has_stored_all_that_was_in_the_stream() -> None:
    store = Store()
    writer = writing(bus(1200), store, nothing)
    assert sorted(store.kept) == list(range(1, 1201))
    report = writer.report()
    assert (report["rows"], report["events"], report["batches"]) == (2400, 1200, 3)
    assert report["refused"] == {"unknown device": 3}


def test_every_batch_is_in_both_histograms() -> None:
    store = Store()
    store.raises = [psycopg.OperationalError("connection refused")]
    report = writing(bus(1200), store, nothing).report()
    sizes, durations = report["batch_events"], report["batch_seconds"]
    assert isinstance(sizes, dict)
    assert isinstance(durations, dict)
    assert (sizes["sum"], sum(sizes["counts"])) == (1200, 3)
    assert dict(zip(sizes["bounds"], sizes["counts"], strict=False))[500] == 2
    assert sum(durations["counts"]) == 3
    assert durations["sum"] >= 0


def test_the_rows_of_the_last_seconds_are_a_rate() -> None:
    writer = Writer(bus(0), Store(), now=lambda: 100.0)
    asyncio.run(writer.write(received(*[event() for _ in range(10)])))
    assert writer.report()["rows_per_second"] == 2.0


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("connection refused"),
        psycopg.errors.AdminShutdown("terminating connection"),
        psycopg.errors.DiskFull("no space left"),
        psycopg.errors.UndefinedTable("there is no table"),
        psycopg.InterfaceError("the connection is closed"),
        ConnectionRefusedError("nobody there"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_while_the_store_is_in_trouble_the_batch_is_held_and_then_stored_once(error: Exception) -> None:
    source, store = bus(10), Store()
    store.raises = [error] * 3
    writer = writing(source, store, nothing)
    assert sorted(store.kept) == list(range(1, 11))
    assert not source.dead
    assert writer.progress.failures == 0


@pytest.mark.parametrize(
    "error",
    [psycopg.DataError("NUL in text"), psycopg.errors.CheckViolation("bad state"), ValueError("out of range")],
    ids=lambda error: type(error).__name__,
)
def test_an_event_that_cannot_be_stored_dies_alone(error: Exception) -> None:
    source, store = bus(20), Store()
    store.poison = {7: error}
    writing(source, store, nothing)
    assert sorted(store.kept) == [n for n in range(1, 21) if n != 7]
    [(letter, reason)] = source.dead
    assert letter.sequence == 7
    assert str(error) in reason


def test_a_hung_store_counts_as_away() -> None:
    store = Store()
    store.gate = asyncio.Event()
    with pytest.raises(Unavailable, match="did not take"):
        asyncio.run(Writer(bus(1), store, patience=0.02).write([]))


def test_the_reason_for_waiting_is_in_the_report_until_it_is_over() -> None:
    source, store = bus(1), Store()
    store.raises = [psycopg.OperationalError("connection refused")] * 2
    seen: list[object] = []

    async def look(writer: Writer) -> None:
        while not store.kept:
            seen.append(writer.report()["store_problem"])
            await asyncio.sleep(0)

    writer = writing(source, store, look)
    assert any("connection refused" in str(said) for said in seen)
    assert writer.report()["store_problem"] == ""


def test_a_writer_that_is_drained_while_the_store_is_away_leaves_the_rest_to_the_next() -> None:
    source, store = bus(5), Store()
    store.raises = [psycopg.OperationalError("connection refused")] * 1000
    writer = Writer(source, store)

    async def run() -> int:
        task = asyncio.create_task(writer.run())
        left = await writer.drain(timedelta(seconds=0.3))
        await asyncio.wait_for(task, 60)
        return left

    assert asyncio.run(run()) == 5
    assert not source.acked
    assert [letter.sequence for letter in source.waiting] == [1, 2, 3, 4, 5]
