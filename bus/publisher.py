"""Publish events without waiting: a window of them is under way, and none is lost while NATS is away."""

from __future__ import annotations

import asyncio
import time
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
from fleet import logs
from fleet.events import DeviceMetricsEvent, Event, encode

ACK_PATIENCE = 5.0
"""Seconds after which an acknowledgement counts as lost and the window is sent again, with the same ids."""

TICK = 1.0
PAUSES = (0.1, 0.25, 0.5, 1.0, 2.0)
MOST_REFUSALS = 5

log = logs.get(__name__)


class Outlet(Protocol):
    """Where events go out."""

    def publish(self, event: Event) -> None:
        """Accept an event; never waits and never raises."""
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


class _Ack(msgspec.Struct):
    """What the server answers to a publish: a place in the stream, or an error."""

    seq: int = 0
    duplicate: bool = False
    error: dict[str, object] | None = None


_ack = msgspec.json.Decoder(_Ack)


class Publisher:
    """The one way out to NATS. ``publish`` only puts an event into the buffer; ``run`` sends and hears the answers.

    An event keeps its id through every repetition, so that the server takes it once.
    """

    def __init__(self, bus: Bus, limits: Limits | None = None) -> None:
        self._bus = bus
        self._buffer = Buffer(limits or Limits())
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._inbox = ""
        self._subscribed: Client | None = None
        self._trouble = ""
        self.published = Published()
        bus.watch(self._wake.set)

    def publish(self, event: Event) -> None:
        expendable = isinstance(event, DeviceMetricsEvent)
        self._buffer.add(subjects.of(event), encode(event), str(event.event_id), expendable=expendable)
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        failures = 0
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

    async def drain(self, patience: timedelta) -> int:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                while len(self._buffer):
                    self._idle.clear()
                    await self._idle.wait()
        return len(self._buffer)

    def report(self) -> dict[str, object]:
        return {
            "events_published": self.published.stored,
            "events_refused": self.published.refused,
            "events_waiting": self._buffer.waiting,
            "events_under_way": self._buffer.outstanding,
            "metrics_dropped": self._buffer.dropped.metrics,
            "others_dropped": self._buffer.dropped.others,
            "bus_problem": self._bus.problem or self._trouble,
        }

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
            self._settled()

    def _refused(self, number: int, reason: str) -> None:
        """Try a refused event again a few times with all that came after it, then give it up."""
        entry = self._buffer.find(number)
        if entry is None:
            return
        entry.refusals += 1
        if entry.refusals >= MOST_REFUSALS:
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
        if self._buffer.waiting:
            self._wake.set()
        elif not len(self._buffer):
            self._idle.set()
