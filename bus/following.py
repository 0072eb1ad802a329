"""Follow a stream as it grows: every message from now on, in order, none twice, through any loss of the connection.

A consumer in the server's memory pushes without acknowledgements; each message tells its place in the stream and its
number in the consumer. Where a number is missing, nothing is heard, or the connection was another, a new consumer
goes on behind the last message. Once nobody listens the server forgets it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import api

from bus import streams
from bus.connection import Bus
from bus.streams import Stream
from fleet import logs

HEARTBEAT = 5.0
"""Seconds between the server's signs of life; after two without one another consumer is made."""

FORGOTTEN = 60.0
"""Seconds after which the server drops a consumer that nobody listens to."""

PAUSE = 0.25
STALLED = "Nats-Consumer-Stalled"

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a stream: its place there, its subject, its bytes."""

    sequence: int
    subject: str
    data: bytes


class Follower(Protocol):
    """Who follows a stream."""

    def begin(self, made: datetime, sequence: int) -> None:
        """Learn that what follows comes behind ``sequence`` in the stream made at ``made``.

        It is called first, and again where messages were lost: the stream is another, or has dropped some.
        """
        ...

    def hear(self, heard: Heard) -> None:
        """Take the next message."""
        ...


async def follow(
    bus: Bus, stream: Stream, subjects: Sequence[str], follower: Follower, heartbeat: float = HEARTBEAT
) -> None:
    """Give all messages of these subjects to a follower until cancelled."""
    tail = _Tail(_Wish(bus, stream, list(subjects), heartbeat), follower)
    bus.watch(lambda: tail.broken.set())
    while True:
        try:
            await tail.attach(await bus.client())
            await tail.hold()
        except (nats.errors.Error, OSError, TimeoutError) as error:
            log.warning("a stream cannot be followed", stream=stream.name, error=str(error))
            await asyncio.sleep(PAUSE)
        finally:
            await tail.detach()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is followed, and how many seconds lie between the server's signs of life."""

    bus: Bus
    stream: Stream
    subjects: list[str]
    heartbeat: float


class _Tail:
    """The end of a stream as one consumer after the other shows it."""

    def __init__(self, wish: _Wish, follower: Follower) -> None:
        self.broken = asyncio.Event()
        self._wish = wish
        self._bus, self._stream = wish.bus, wish.stream
        self._follower = follower
        self._made: datetime | None = None
        self._sequence = 0
        self._line: _Line | None = None

    async def attach(self, client: Client) -> None:
        """Make a consumer that goes on behind the last message."""
        self.broken = asyncio.Event()
        generation = self._bus.generation
        js = client.jetstream()
        await streams.ensure(js, (self._stream,))
        await self._find(await js.stream_info(self._stream.name))
        self._line = line = _Line(client, self)
        await line.open(client.new_inbox())
        await js.add_consumer(self._stream.name, self._config(line.inbox))
        if generation != self._bus.generation:
            self.broken.set()

    async def hold(self) -> None:
        """Return when the line is broken, or silent for too long."""
        heartbeat = self._wish.heartbeat
        while self._line is not None and time.monotonic() - self._line.heard_at < 2 * heartbeat:
            with suppress(TimeoutError):
                async with asyncio.timeout(heartbeat):
                    await self.broken.wait()
                    return

    async def detach(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    def lose(self, line: _Line) -> None:
        """Give a line up that has missed something, unless a later one has gone on already."""
        if line is self._line:
            self.broken.set()

    def hear(self, line: _Line, heard: Heard) -> None:
        """Take a message, unless a later line has gone on already."""
        if line is self._line:
            self._sequence = heard.sequence
            self._follower.hear(heard)

    async def _find(self, info: api.StreamInfo) -> None:
        """See whether what was heard last still has its successors in the stream."""
        made = info.created or datetime.min.replace(tzinfo=UTC)
        if made != self._made or info.state.last_seq < self._sequence or info.state.first_seq > self._sequence + 1:
            self._made, self._sequence = made, info.state.last_seq
            self._follower.begin(made, self._sequence)

    def _config(self, inbox: str) -> api.ConsumerConfig:
        return api.ConsumerConfig(
            deliver_subject=inbox,
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._sequence + 1,
            ack_policy=api.AckPolicy.NONE,
            max_deliver=1,
            idle_heartbeat=self._wish.heartbeat,
            flow_control=True,
            inactive_threshold=FORGOTTEN,
            num_replicas=1,
            mem_storage=True,
            filter_subjects=self._wish.subjects,
        )


class _Line:
    """What one consumer pushes, checked for being whole."""

    def __init__(self, client: Client, tail: _Tail) -> None:
        self.inbox = ""
        self.heard_at = time.monotonic()
        self._client = client
        self._tail = tail
        self._count = 0
        self._subscription: Subscription | None = None

    async def open(self, inbox: str) -> None:
        self.inbox = inbox
        self._subscription = await self._client.subscribe(inbox, cb=self._receive)

    async def close(self) -> None:
        """Hear no more, also from the other side of a reconnect: the client would listen again to this consumer."""
        if self._subscription is not None:
            with suppress(nats.errors.Error, OSError):
                await self._subscription.unsubscribe()

    async def _receive(self, message: Msg) -> None:
        self.heard_at = time.monotonic()
        if message.headers and api.Header.STATUS in message.headers:
            await self._answer(message)
            return
        place = message.metadata.sequence
        if place.consumer != self._count + 1:
            self._tail.lose(self)
            return
        self._count = place.consumer
        self._tail.hear(self, Heard(place.stream, message.subject, message.data))

    async def _answer(self, message: Msg) -> None:
        """Answer the server's question whether we keep up, and see from its signs of life what did not arrive."""
        headers = message.headers or {}
        last = headers.get(api.Header.LAST_CONSUMER)
        if last is not None and int(last) != self._count:
            self._tail.lose(self)
        elif asked := message.reply or headers.get(STALLED):
            with suppress(nats.errors.Error, OSError):
                await self._client.publish(asked)
