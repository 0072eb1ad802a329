"""Where the books are read from: the simulator's answers, the stream itself, and the store by SQL."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from sqlalchemy import select, text

from bus import streams
from bus.connection import Bus, connect
from cluster.simulation import Simulation
from db import metric_tables
from db.engine import Stores
from db.platform import platform_session
from db.tables import devices
from fleet import partition
from fleet.errors import Unavailable
from fleet.events import DeviceEvent, DeviceMetricsEvent, DeviceStatusEvent, PartitionFenceEvent, decode
from fleet.identity import DeviceId
from fleet.settings import Settings
from routeros import collectors
from tests.chaos.books import Answer, Fenced, Key, Said

FAMILY = "resource"
"""Every answered poll is one row of this family."""

WHY = "count what arrived"
PATIENCE = timedelta(seconds=10)
BATCH = 500
WORD = re.compile(rb"[0-9a-f]{16}")
"""What a simulated device's password looks like."""


@dataclass(slots=True)
class Answers:
    """The simulator's numbered answers, read on from the last one."""

    simulation: Simulation
    devices: Mapping[int, DeviceId]
    found: list[Answer] = field(default_factory=list)
    _last: int = 0

    def read(self) -> list[Answer]:
        """Read what is new; returns all. Raises Unavailable where the simulator is too busy to tell."""
        while True:
            page = self.simulation.ask({"command": "answers", "after": self._last}, PATIENCE)
            if "answers" not in page:
                raise Unavailable("The simulator does not tell what it answered.")
            answers = page["answers"]
            self.found += [Answer(self.devices[n], datetime.fromtimestamp(at, UTC)) for n, at in answers]
            self._last = page["last"]
            if not answers:
                return self.found


@dataclass(slots=True)
class Stream:
    """DEVICE_EVENTS as it is, read on from the last message; ``plain`` are known secrets that stood in it."""

    settings: Settings
    secrets: Collection[bytes] = ()
    said: list[Said] = field(default_factory=list)
    fences: list[Fenced] = field(default_factory=list)
    plain: set[bytes] = field(default_factory=set)
    last: int = 0

    def read(self) -> None:
        """Read what is new; raises Unavailable while NATS is away."""
        asyncio.run(self._read())

    async def _read(self) -> None:
        asked = self.settings
        async with await connect(asked.nats_url, name="books", token=asked.nats_token, patience=PATIENCE) as bus:
            end = (await streams.tally(bus, streams.DEVICE_EVENTS)).published
            if self.last < end:
                await self._until(bus, end)

    async def _until(self, bus: Bus, end: int) -> None:
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.last + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=30.0,
        )
        js = await bus.jetstream()
        pulled = await js.pull_subscribe("", stream=streams.DEVICE_EVENTS.name, config=config)
        while self.last < end:
            for message in await pulled.fetch(min(BATCH, end - self.last), timeout=PATIENCE.total_seconds()):
                self.last = message.metadata.sequence.stream
                self._take(self.last, message.data)
        await pulled.unsubscribe()

    def _take(self, sequence: int, data: bytes) -> None:
        if self.secrets:
            self.plain.update(self.secrets & set(WORD.findall(data)))  # type: ignore[operator]
        match decode(data):
            case PartitionFenceEvent() as event:
                self.fences.append(Fenced(sequence, event.epoch, frozenset(event.partitions)))
            case DeviceMetricsEvent() as event:
                good = event.outcome is not None and event.outcome.error is None
                self._note(sequence, event, any(rows.family == FAMILY for rows in event.families), good)
            case DeviceStatusEvent() as event:
                self._note(sequence, event, row=False, good=event.error is None)

    def _note(self, sequence: int, event: DeviceEvent, row: bool, good: bool = False) -> None:
        place = partition.of(DeviceId(event.device_id))
        self.said.append(Said(sequence, event.device_id, place, event.epoch, event.at, row, good))


def rows(stores: Stores, since: datetime) -> list[Key]:
    """Read device and time of every stored poll from an instant on; raises Unavailable."""
    table = metric_tables.stored(collectors.families()[FAMILY])
    found = select(table.c.device_id, table.c.time).where(table.c.time >= since)
    with platform_session(stores, WHY) as session:
        return [(device, at) for device, at in session.execute(found)]


def fleet(stores: Stores) -> dict[str, DeviceId]:
    """Read the devices by their address; raises Unavailable."""
    with platform_session(stores, WHY) as session:
        return {address: DeviceId(id) for address, id in session.execute(select(devices.c.address, devices.c.id))}


def tenant(stores: Stores, device: UUID) -> UUID:
    """Read whose a device is; raises Unavailable."""
    with platform_session(stores, WHY) as session:
        return UUID(str(session.execute(select(devices.c.tenant_id).where(devices.c.id == device)).scalar_one()))


def states(stores: Stores, of: Iterable[UUID]) -> list[tuple[str, str, str]]:
    """Read state, breaker and error of devices; raises Unavailable."""
    query = text(
        "SELECT coalesce(state, ''), coalesce(breaker, ''), coalesce(error, '') FROM device_state"
        " WHERE device_id = ANY (:of)"
    )
    with platform_session(stores, WHY) as session:
        return [(state, breaker, error) for state, breaker, error in session.execute(query, {"of": list(of)})]


def owners(stores: Stores) -> dict[int, tuple[str | None, int]]:
    """Read poller and epoch of every partition that anybody was given; raises Unavailable."""
    query = text("SELECT partition, poller, epoch FROM partitions WHERE epoch > 0")
    with platform_session(stores, WHY) as session:
        return {number: (poller, epoch) for number, poller, epoch in session.execute(query)}


def moving(stores: Stores) -> int:
    """Count the partitions that are wanted by another than their owner; raises Unavailable."""
    query = text("SELECT count(*) FROM partitions WHERE wanted IS NOT NULL AND released_at IS NULL")
    with platform_session(stores, WHY) as session:
        return int(session.execute(query).scalar_one())
