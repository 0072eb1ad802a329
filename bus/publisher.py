"""Publish events without waiting: a window of them is under way, and none is lost while NATS is away.

An event keeps its message id through every repetition, so the server takes it once, within the stream's window for
duplicates. What was under way when NATS went away, 1,024 events at most, may be in the stream without our knowing it:
after an outage that is longer than the window such an event stands in the stream twice, under two sequences. The
store makes one row of the two, and the ledger counts both, as the stream does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api

from bus import streams, subjects
from bus.buffer import Buffer, Entry, Limits
from bus.connection import Bus
from bus.spool import Spool
from bus.spooling import Spooling, Unspooled
from fleet import logs
from fleet.events import DeviceMetricsEvent, Event, PartitionFenceEvent, encode
from fleet.ownership import Fence

ACK_PATIENCE = 5.0
"""Seconds after which an acknowledgement counts as lost and the window is sent again, with the same ids."""

TICK = 1.0
PAUSES = (0.1, 0.25, 0.5, 1.0, 2.0)
MOST_REFUSALS = 5

log = logs.get(__name__)


class Outlet(Protocol):
    """Where events go out."""

    @property
    def connected(self) -> bool:
        """Whether NATS is there."""
        ...

    def publish(self, event: Event) -> None:
        """Accept an event; never waits and never raises."""
        ...

    async def flush(self, patience: timedelta) -> bool:
        """Wait until all that was accepted before this call is in the stream; False when it takes too long."""
        ...

    async def mark(self, event: PartitionFenceEvent) -> Fence:
        """Publish a fence behind all that was accepted before, and tell its place; waits as long as it takes."""
        ...

    async def drain(self, patience: timedelta) -> int:
        """Wait until all that was accepted is in the stream; tells how many are not."""
        ...

    def report(self) -> dict[str, object]:
        """Tell the counts and what is wrong."""
        ...


@dataclass(slots=True)
class Published:
    """How many events are in the stream, were there already, and were refused by the server for good."""

    stored: int = 0
    duplicates: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """The sequence under which the stream took an event, and the generation of the connection that said so."""

    sequence: int
    generation: int


class _Ack(msgspec.Struct):
    """What the server answers to a publish: a place in the stream, or an error."""

    seq: int = 0
    duplicate: bool = False
    error: dict[str, object] | None = None


_ack = msgspec.json.Decoder(_Ack)


class Publisher:
    """The one way out to NATS. ``publish`` only puts an event into the buffer; ``run`` sends and hears the answers.

    With a ``spool`` what NATS does not take within a tenth of a second is on disk, for whoever comes next under this
    name; without one it is in memory alone. Who cancels ``run`` awaits it: what is left then goes to disk.
    """

    def __init__(self, bus: Bus, limits: Limits | None = None, spool: Spool | None = None) -> None:
        self._bus = bus
        self._buffer = Buffer(limits or Limits())
        self._spooling = (
            Unspooled() if spool is None else Spooling(spool, self._buffer, lambda: bus.connected, self._recalled)
        )
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._marks: dict[int, asyncio.Future[Place]] = {}
        self._inbox = ""
        self._subscribed: Client | None = None
        self._trouble = ""
        self.published = Published()
        bus.watch(self._wake.set)

    def publish(self, event: Event) -> None:
        expendable = isinstance(event, DeviceMetricsEvent)
        self._buffer.add(subjects.of(event), encode(event), str(event.event_id), expendable=expendable)
        self._wake.set()

    @property
    def connected(self) -> bool:
        return self._bus.connected

    async def run(self) -> None:
        """Send until cancelled; what an earlier process of this name left on disk goes first."""
        failures = 0
        async with self._spooling.running():
            while True:
                client = await self._bus.client()
                before = self.published.stored
                try:
                    await self._open(client)
                    await self._pump(client)
                except (nats.errors.Error, OSError, TimeoutError) as error:
                    self._trouble = str(error) or type(error).__name__
                self._buffer.requeue()
                failures = 0 if self.published.stored > before else min(failures + 1, len(PAUSES) - 1)
                await asyncio.sleep(PAUSES[failures])

    async def flush(self, patience: timedelta) -> bool:
        upto = self._buffer.accepted
        return await self._until(lambda: not self._buffer.pending(upto), patience)

    async def drain(self, patience: timedelta) -> int:
        await self._until(lambda: not len(self._buffer), patience)
        return len(self._buffer)

    async def mark(self, event: PartitionFenceEvent) -> Fence:
        """Publish a fence, again where the connection changes before it is known which stream its place is in.

        It is in memory alone: when this process dies the fence is for its successor to publish.
        """
        while True:
            place = await self._placed(event)
            with suppress(nats.errors.Error, OSError, TimeoutError):
                created = await streams.incarnation(await self._bus.jetstream(), streams.DEVICE_EVENTS)
                if self._bus.generation == place.generation:
                    return Fence(place.sequence, created)

    def report(self) -> dict[str, object]:
        return {
            "events_published": self.published.stored,
            "events_refused": self.published.refused,
            "events_waiting": self._buffer.waiting,
            "events_under_way": self._buffer.outstanding,
            "metrics_dropped": self._buffer.dropped.metrics,
            "others_dropped": self._buffer.dropped.others,
            "bus_problem": self._bus.problem or self._trouble,
            **self._spooling.report(),
        }

    async def _placed(self, event: PartitionFenceEvent) -> Place:
        number = self._buffer.add(
            subjects.of(event), encode(event), str(event.event_id), expendable=False, pinned=True
        )
        self._marks[number] = asyncio.get_running_loop().create_future()
        self._wake.set()
        try:
            return await self._marks[number]
        finally:
            del self._marks[number]

    async def _until(self, done: Callable[[], bool], patience: timedelta) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                while not done():
                    self._moved.clear()
                    await self._moved.wait()
        return done()

    async def _open(self, client: Client) -> None:
        """Make sure of the streams, and listen for answers: once for each client, for it resubscribes by itself."""
        await streams.ensure(client.jetstream())
        if client is not self._subscribed:
            self._inbox = client.new_inbox()
            await client.subscribe(f"{self._inbox}.*", cb=self._answered)
            self._subscribed = client
        self._trouble = ""

    async def _pump(self, client: Client) -> None:
        """Send as the window allows until the connection changes or an answer is missing."""
        generation = self._bus.generation
        while client.is_connected and self._bus.generation == generation and not self._trouble:
            self._wake.clear()
            while (entry := self._buffer.take(time.monotonic())) is not None:
                await self._send(client, entry)
            if self._buffer.hungry:
                self._spooling.wake()
            if self._buffer.overdue(time.monotonic() - ACK_PATIENCE):
                self._trouble = "NATS does not acknowledge."
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._wake.wait()

    async def _send(self, client: Client, entry: Entry) -> None:
        try:
            await client.publish(
                entry.subject,
                entry.data,
                reply=f"{self._inbox}.{entry.number}",
                headers={api.Header.MSG_ID.value: entry.message_id},
            )
        except nats.errors.MaxPayloadError as error:
            self._refuse(entry, str(error))

    async def _answered(self, message: Msg) -> None:
        number = int(message.subject.rpartition(".")[2])
        if message.headers and message.headers.get(api.Header.STATUS):
            self._retry("No stream takes the events.")
            return
        ack = _ack.decode(message.data)
        if ack.error is not None:
            self._refused(number, str(ack.error.get("description", ack.error)))
        elif self._buffer.settle(number) is not None:
            self.published.stored += 1
            self.published.duplicates += ack.duplicate
            if (mark := self._marks.get(number)) is not None and not mark.done():
                mark.set_result(Place(ack.seq, self._bus.generation))
            self._settled()

    def _refused(self, number: int, reason: str) -> None:
        """Try a refused event again a few times with all that came after it, then give it up; a fence never."""
        entry = self._buffer.find(number)
        if entry is None:
            return
        entry.refusals += 1
        if entry.refusals >= MOST_REFUSALS and not entry.pinned:
            self._refuse(entry, reason)
        self._retry(reason)

    def _refuse(self, entry: Entry, reason: str) -> None:
        self._buffer.settle(entry.number)
        self.published.refused += 1
        log.error("an event was refused", subject=entry.subject, bytes=len(entry.data), reason=reason)
        self._settled()

    def _retry(self, reason: str) -> None:
        self._trouble = reason
        self._wake.set()

    def _settled(self) -> None:
        self._moved.set()
        if self._buffer.waiting:
            self._wake.set()

    def _recalled(self) -> None:
        self._moved.set()
        self._wake.set()
