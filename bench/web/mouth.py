"""What publishes events as pollers do, on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

from bench.web.ground import Bed
from bus import streams, subjects
from bus.connection import Bus
from fleet.device import State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, Event, FamilyRows, encode
from fleet.families import Cycle

TICK = 0.25
PORTS = 8
COLUMNS = ("rx_bytes_total", "rx_bytes_increase", "rx_bytes_rate", "tx_bytes_total", "tx_bytes_rate")


class Mouth:
    """Publishes for every tenant: ticks of metrics, or statuses with a word."""

    def __init__(self, place: Bed) -> None:
        self._place = place
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._bus.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Publish a tick of metrics for each tenant every 250 ms, spread over them, until left."""
        work = asyncio.run_coroutine_threadsafe(self._tick(), self._loop)
        yield
        work.cancel()

    def say(self, *words: str) -> float:
        """Publish a status with each word, those of a tenant one behind the other; tells when it began."""
        begun = time.monotonic()
        self._do(self._say(words))
        return begun

    def tell(self, event: Event) -> None:
        """Publish one event."""
        self._do(self._publish(event))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> None:
        self._bus = Bus(self._place.nats.url, name="mouth", token=self._place.nats.token)
        await streams.ensure(await self._bus.jetstream())

    async def _tick(self) -> None:
        due = self._loop.time()
        while True:
            for place in range(len(self._place.keys)):
                due += TICK / len(self._place.keys)
                await asyncio.sleep(due - self._loop.time())
                await self._publish(self._measured(place))

    async def _say(self, words: Sequence[str]) -> None:
        for place, tenant in enumerate(self._place.stores.tenants):
            told: dict[str, Any] = {"tenant_id": tenant, "device_id": self._place.device(place), "state": State.UP}
            for word in words:
                await self._publish(DeviceStatusEvent(**told, at=datetime.now(UTC), identity=word))

    async def _publish(self, event: Event) -> None:
        await (await self._bus.client()).publish(subjects.of(event), encode(event))

    def _measured(self, place: int) -> DeviceMetricsEvent:
        """Make what a poll of a small router says: its resources, and its ports."""
        now = time.time()
        resource = FamilyRows("resource", ("cpu_load_ratio", "memory_used_bytes"), ((),), ((0.17, 48_000_000.0),))
        rows = tuple((int(now * 1000) + n, 1000 * n, 16.5 * n, int(now * 900), 12.25) for n in range(PORTS))
        interfaces = FamilyRows("interfaces", COLUMNS, tuple((f"ether{n}",) for n in range(PORTS)), rows)
        return DeviceMetricsEvent(
            tenant_id=self._place.stores.tenants[place],
            device_id=self._place.device(place),
            at=datetime.now(UTC),
            cycle=Cycle.FAST,
            families=(resource, interfaces),
        )
