"""The bus in memory, for tests: what is published can be consumed, with the same ids, tries and dead letters."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bus import subjects
from bus.delivery import Delivery
from bus.streams import DEVICE_EVENTS, WRITER, Durable
from fleet.events import Event, PartitionFenceEvent, Received, encode
from fleet.ownership import Fence

MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""When the stream in memory was made."""


@dataclass(slots=True)
class Letter:
    """A message of the bus in memory."""

    bus: MemoryBus
    sequence: int
    subject: str
    data: bytes
    deliveries: int = 0
    stream: str = DEVICE_EVENTS.name
    naks: list[timedelta] = field(default_factory=list)
    origin: int | None = None

    async def ack(self) -> None:
        self.bus.acked.append(self.sequence)

    async def nak(self, delay: timedelta) -> None:
        self.naks.append(delay)
        self.bus.waiting.append(self)

    async def working(self) -> None:
        return None


class MemoryBus:
    """An outlet and a source in one. A delay asked for is remembered and not waited for."""

    def __init__(self, durable: Durable = WRITER) -> None:
        self.durable = durable
        self.events: list[Event] = []
        self.waiting: deque[Letter] = deque()
        self.acked: list[int] = []
        self.dead: list[tuple[Delivery, str]] = []
        self.incarnations = {DEVICE_EVENTS.name: MADE}
        self._ids: dict[UUID, int] = {}
        self._sequence = 0

    @property
    def connected(self) -> bool:
        return True

    def publish(self, event: Event) -> None:
        if event.event_id not in self._ids:
            self.events.append(event)
            self._ids[event.event_id] = self.put(subjects.of(event), encode(event))

    def put(self, subject: str, data: bytes, origin: int | None = None) -> int:
        """Put a message into the stream as it is, and return its sequence; ``origin`` makes it a replayed one."""
        self._sequence += 1
        self.waiting.append(Letter(self, self._sequence, subject, data, origin=origin))
        return self._sequence

    async def flush(self, patience: timedelta) -> bool:
        return True

    async def mark(self, event: PartitionFenceEvent) -> Fence:
        self.publish(event)
        return Fence(self._ids[event.event_id], self.incarnations[DEVICE_EVENTS.name])

    async def drain(self, patience: timedelta) -> int:
        return 0

    def report(self) -> dict[str, object]:
        return {"events_published": len(self.events)}

    @property
    def problem(self) -> str:
        return ""

    async def lag(self) -> int:
        return self._sequence - len(self.acked)

    async def batch(self) -> Sequence[Delivery]:
        await asyncio.sleep(0)
        taken = [self.waiting.popleft() for _ in range(min(len(self.waiting), self.durable.batch))]
        for letter in taken:
            letter.deliveries += 1
        return taken

    async def bury(self, delivery: Delivery, reason: str) -> bool:
        self.dead.append((delivery, reason))
        return True

    async def keep(self) -> None:
        return None

    async def close(self) -> None:
        return None


def received(*events: Event) -> list[Received]:
    """Lay events out as a stream would deliver them, from sequence 1 on."""
    return [Received(DEVICE_EVENTS.name, n, subjects.of(e), e) for n, e in enumerate(events, 1)]
