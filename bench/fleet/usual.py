"""The chain as it is usually built: librouteros, JSON, an awaited publish for each message, one narrow row a value.

``python -m bench.fleet.usual poll FILE`` polls all devices that the file lists at each line of its input; ``… store
FILE`` stores what comes. What they make of a poll is what the product keeps of it, each subject in its own message.
With ``raw`` behind it the poller leaves out increase and rate of counters.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import librouteros
import nats
import nats.js.errors
import psycopg
import uvloop
from librouteros.exceptions import TrapError
from nats.aio.client import Client
from nats.js.api import StorageType, StreamConfig
from nats.js.client import JetStreamContext

from bench.fleet import readings
from bench.fleet.orphans import end_with_parent

STREAM: Final = "USUAL"
AT_ONCE: Final = 50
FETCHED: Final = 100
WAIT: Final = 0.5

SCHEMA: Final = """
    CREATE TABLE IF NOT EXISTS samples (
        time timestamptz NOT NULL, device_id uuid NOT NULL, metric text NOT NULL, instance text NOT NULL,
        value double precision NOT NULL, PRIMARY KEY (device_id, metric, instance, time)
    );
    CREATE TABLE IF NOT EXISTS statuses (
        device_id uuid PRIMARY KEY, state text NOT NULL, version text, heard_at timestamptz NOT NULL
    )
"""
INSERT: Final = """
    INSERT INTO samples (time, device_id, metric, instance, value) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
STATUS: Final = """
    INSERT INTO statuses (device_id, state, version, heard_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (device_id) DO UPDATE
    SET state = excluded.state, version = excluded.version, heard_at = excluded.heard_at
"""

Target: TypeAlias = Mapping[str, Any]


class Poller:
    """Polls devices on a new connection each, and waits for each message until it is in the stream."""

    def __init__(self, targets: Sequence[Target], js: JetStreamContext, raw: bool) -> None:
        self._targets = targets
        self._counters = {} if raw else {target["id"]: readings.Counters() for target in targets}
        self._js = js
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._absent: set[tuple[str, str]] = set()
        self.events = self.values = 0

    async def sweep(self) -> None:
        """Poll every device once."""
        await asyncio.gather(*map(self._poll, self._targets))

    async def _poll(self, target: Target) -> None:
        async with self._gate:
            api = await librouteros.async_connect(
                target["address"], target["username"], target["password"], port=target["api_port"], encoding="utf-8"
            )
            replies = {menu: await self._ask(api, target, menu) for menu in readings.MENUS}
            await api.close()
            await self._publish(target, "status", {"state": "up", "version": readings.version(replies)})
            found = readings.read(replies)
            if counters := self._counters.get(target["id"]):
                found["interfaces"] = counters.derived(found["interfaces"], time.time())
            for subject, metrics in found.items():
                if metrics:
                    await self._publish(target, subject, {"metrics": metrics})

    async def _publish(self, target: Target, subject: str, said: Mapping[str, Any]) -> None:
        event = {"device": target["id"], "time": datetime.now(UTC).isoformat(), **said}
        await self._js.publish(f"usual.{subject}.{target['id']}", json.dumps(event).encode())
        self.events += 1
        self.values += len(said.get("metrics", ()))

    async def _ask(self, api: Any, target: Target, menu: str) -> list[dict[str, Any]]:
        """Ask a menu that the device is not known to lack."""
        if (target["id"], menu) in self._absent:
            return []
        try:
            return [row async for row in api.rawCmd(f"{menu}/print")]
        except TrapError:
            self._absent.add((target["id"], menu))
            return []


async def poll(asked: Mapping[str, Any]) -> None:
    """Poll at each line of the input, and answer it with the events and values published so far."""
    lines = await _input()
    async with await nats.connect(asked["nats"], token=asked["token"]) as bus:
        js = bus.jetstream()
        await js.add_stream(StreamConfig(name=STREAM, subjects=["usual.>"], storage=StorageType.FILE))
        poller = Poller(asked["targets"], js, "raw" in sys.argv)
        print(json.dumps({"pid": os.getpid()}), flush=True)
        while await lines.readline():
            await poller.sweep()
            print(json.dumps({"events": poller.events, "values": poller.values}), flush=True)


async def store(asked: Mapping[str, Any]) -> None:
    """Store what comes, and answer each line of the input with the events stored so far."""
    lines, stored = await _input(), 0
    async with (
        await nats.connect(asked["nats"], token=asked["token"]) as bus,
        await psycopg.AsyncConnection.connect(asked["postgres"]) as connection,
    ):
        await connection.execute(SCHEMA)
        await connection.commit()
        print(json.dumps({"pid": os.getpid()}), flush=True)
        subscription = await _subscribed(bus)
        asking = asyncio.create_task(lines.readline())
        while True:
            if asking.done():
                if not asking.result():
                    return
                print(json.dumps({"events": stored}), flush=True)
                asking = asyncio.create_task(lines.readline())
            stored += await _batch(connection, subscription)


async def _subscribed(bus: Client) -> JetStreamContext.PullSubscription:
    """Subscribe once the stream is there, which the poller makes."""
    while True:
        with suppress(nats.js.errors.NotFoundError):
            return await bus.jetstream().pull_subscribe("usual.>", durable="usual", stream=STREAM)
        await asyncio.sleep(WAIT)


async def _batch(connection: psycopg.AsyncConnection[Any], subscription: JetStreamContext.PullSubscription) -> int:
    try:
        messages = await subscription.fetch(FETCHED, timeout=WAIT)
    except TimeoutError:
        return 0
    await _write(connection, [json.loads(message.data) for message in messages])
    for message in messages:
        await message.ack()
    return len(messages)


async def _write(connection: psycopg.AsyncConnection[Any], events: Sequence[Mapping[str, Any]]) -> None:
    statuses = [
        (event["device"], event["state"], event["version"], event["time"]) for event in events if "state" in event
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(INSERT, list(_rows(events)))
        if statuses:
            await cursor.executemany(STATUS, statuses)
    await connection.commit()


def _rows(events: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for event in events:
        for metric, instance, value in event.get("metrics", ()):
            yield event["time"], event["device"], metric, instance, value


async def _input() -> asyncio.StreamReader:
    reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    end_with_parent()
    does = {"poll": poll, "store": store}[sys.argv[1]]
    uvloop.run(does(json.loads(Path(sys.argv[2]).read_text())))
