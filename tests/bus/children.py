"""Publishers in a process of their own, which a test may kill or take the disk from.

``python -m tests.bus.children away URL TOKEN PLACE FIRST END`` publishes while nobody listens, tells when ``END``
events are on disk, those of its predecessors among them, and waits for its own end. ``full PLACE`` publishes on a
disk that is full for a while.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from bus.connection import Bus
from bus.publisher import Publisher
from bus.spool import Spool
from fleet import logs
from fleet.device import State
from fleet.events import DeviceStatusEvent

NOBODY = "nats://127.0.0.1:1"
MIB = 2**20
FILE_LIMIT = 96 * 2**10


def status(number: int) -> DeviceStatusEvent:
    """Make an event that is known by its number."""
    return DeviceStatusEvent(
        tenant_id=UUID(int=1),
        device_id=UUID(int=number % 50),
        at=datetime(2026, 1, 5, tzinfo=UTC),
        state=State.UP,
        event_id=UUID(int=number),
    )


async def until(publisher: Publisher, right: Callable[[dict[str, object]], bool]) -> dict[str, object]:
    """Look until a publisher's report is right."""
    async with asyncio.timeout(240):
        while not right(report := publisher.report()):
            await asyncio.sleep(0.01)
    return report


def say(report: dict[str, object]) -> None:
    print(json.dumps(report), flush=True)


async def away(url: str, token: str, place: str, first: str, end: str) -> None:
    async with Bus(url, name="child", token=token) as bus:
        publisher = Publisher(bus, spool=Spool(Path(place), 8 * MIB))
        task = asyncio.create_task(publisher.run())
        for number in range(int(first), int(end)):
            publisher.publish(status(number))
        say(await until(publisher, lambda report: report["spool_events"] == int(end)))
        await task


async def full(place: str) -> None:
    async with Bus(NOBODY, name="child") as bus:
        publisher = Publisher(bus, spool=Spool(Path(place), 8 * MIB))
        task = asyncio.create_task(publisher.run())
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, most))
        for number in range(1000):
            publisher.publish(status(number))
        say(await until(publisher, lambda report: bool(report["spool_problem"])))
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        say(await until(publisher, lambda report: report["spool_events"] == 1000 and not report["spool_problem"]))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


if __name__ == "__main__":
    logs.configure("child")
    asyncio.run({"away": away, "full": full}[sys.argv[1]](*sys.argv[2:]))
