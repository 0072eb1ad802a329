"""Pull deliveries from a durable on NATS: one request under way at a time, renewed whenever it may have been lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import api

from bus import deadletters, streams
from bus.connection import Bus
from bus.delivery import Delivery
from bus.streams import DEAD_LETTERS, Durable
from fleet import logs

EXPIRES = 30.0
"""Seconds after which the server ends a request that it could not fill; another follows."""

HEARTBEAT = 5.0
"""Seconds between the server's signs of life while a request is under way; after two without one it is renewed."""

TICK = 1.0
PAUSE = 0.25
NANO = 1_000_000_000

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Pulled:
    """A message as nats-py delivered it. What cannot be sent while NATS is away is made good by a redelivery."""

    message: Msg
    stream: str
    sequence: int
    deliveries: int

    @classmethod
    def of(cls, message: Msg) -> Pulled:
        place = message.metadata
        return cls(message, place.stream, place.sequence.stream, place.num_delivered)

    @property
    def subject(self) -> str:
        return self.message.subject

    @property
    def data(self) -> bytes:
        return self.message.data

    @property
    def origin(self) -> int | None:
        return deadletters.origin(self.message.headers)

    async def ack(self) -> None:
        with suppress(nats.errors.Error, OSError):
            await self.message.ack()

    async def nak(self, delay: timedelta) -> None:
        with suppress(nats.errors.Error, OSError):
            await self.message.nak(delay.total_seconds())

    async def working(self) -> None:
        with suppress(nats.errors.Error, OSError):
            await self.message.in_progress()


class Pull:
    """Deliveries of one durable. Messages that arrive during a batch are the beginning of the next.

    Each request has its own reply subject, so that a late word about an old one is not taken for the present one's.
    ``incarnations`` tells when the stream was made: its sequences count from there.
    """

    def __init__(self, bus: Bus, durable: Durable) -> None:
        self.durable = durable
        self.incarnations: dict[str, datetime] = {}
        self._bus = bus
        self._arrived: deque[Msg] = deque()
        self._wake = asyncio.Event()
        self._subscription: Subscription | None = None
        self._subscribed: Client | None = None
        self._inbox = ""
        self._generation = -1
        self._request = 0
        self._wanted = 0
        self._heard = 0.0
        bus.watch(self._wake.set)

    @property
    def problem(self) -> str:
        return self._bus.problem

    async def lag(self) -> int:
        return await streams.behind(self._bus, self.durable)

    async def batch(self) -> Sequence[Delivery]:
        """Take what has arrived: a full batch, or what came within the linger time of the first."""
        try:
            async with asyncio.timeout(TICK):
                client = await self._bus.client()
            await self._attach(client)
            await self._ask(client)
            await self._wait_for(1, TICK)
            if self._generation < 0:
                await asyncio.sleep(PAUSE)
            if self._arrived:
                await self._wait_for(self.durable.batch, self.durable.linger.total_seconds())
        except (nats.errors.Error, OSError, TimeoutError) as error:
            self._wanted = 0
            if not isinstance(error, TimeoutError):
                log.warning("cannot pull", durable=self.durable.name, error=str(error))
                await asyncio.sleep(PAUSE)
        count = min(len(self._arrived), self.durable.batch)
        return [Pulled.of(self._arrived.popleft()) for _ in range(count)]

    async def bury(self, delivery: Delivery, reason: str) -> bool:
        """Publish the message as it is, with where it was and why it is dead in its headers."""
        try:
            js = (await self._bus.client()).jetstream()
            await js.publish(
                deadletters.subject(self.durable, delivery),
                delivery.data,
                stream=DEAD_LETTERS.name,
                headers=deadletters.headers(self.durable, delivery, self.incarnations.get(delivery.stream), reason),
            )
        except (nats.errors.Error, OSError, TimeoutError) as error:
            log.warning("a dead letter could not be kept", subject=delivery.subject, error=str(error))
            return False
        return True

    async def keep(self) -> None:
        for message in list(self._arrived):
            await Pulled.of(message).working()

    async def close(self) -> None:
        while self._arrived:
            await Pulled.of(self._arrived.popleft()).nak(timedelta(0))
        if self._subscription is not None and self._bus.connected:
            with suppress(nats.errors.Error, OSError):
                await self._subscription.unsubscribe()

    async def _attach(self, client: Client) -> None:
        """After every connect make sure of stream and durable, and count on nothing that was asked before."""
        if self._generation == self._bus.generation:
            return
        generation = self._bus.generation
        js = client.jetstream()
        await streams.ensure(js, (self.durable.stream, DEAD_LETTERS))
        await streams.ensure_durable(js, self.durable)
        if client is not self._subscribed:
            self._inbox = client.new_inbox()
            self._subscription = await client.subscribe(f"{self._inbox}.*", cb=self._receive)
            self._subscribed = client
        self.incarnations[self.durable.stream.name] = await streams.incarnation(js, self.durable.stream)
        self._wanted, self._generation = 0, generation

    async def _ask(self, client: Client) -> None:
        """Send a request when the last one is filled, over, or has not been heard of for too long."""
        if self._wanted > 0 and time.monotonic() - self._heard > 2 * HEARTBEAT:
            self._wanted = 0
        if self._wanted > 0 or len(self._arrived) >= self.durable.batch:
            return
        self._request += 1
        asked = {
            "batch": self.durable.batch,
            "expires": int(EXPIRES * NANO),
            "idle_heartbeat": int(HEARTBEAT * NANO),
        }
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self.durable.stream.name}.{self.durable.name}"
        await client.publish(subject, json.dumps(asked).encode(), reply=f"{self._inbox}.{self._request}")
        self._wanted, self._heard = self.durable.batch, time.monotonic()

    async def _wait_for(self, count: int, seconds: float) -> None:
        """Wait until so many messages are here, the request is over, the connection changes or the time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(self._arrived) < count and self._live():
                    self._wake.clear()
                    await self._wake.wait()

    def _live(self) -> bool:
        return self._wanted > 0 and self._generation == self._bus.generation and self._bus.connected

    async def _receive(self, message: Msg) -> None:
        status = message.headers.get(api.Header.STATUS) if message.headers else None
        if status is None:
            self._heard = time.monotonic()
            self._wanted -= 1
            self._arrived.append(message)
        elif message.subject == f"{self._inbox}.{self._request}":
            self._heard = time.monotonic()
            if status != api.StatusCode.CONTROL_MESSAGE:
                self._end(status)
        if len(self._arrived) in (1, self.durable.batch) or self._wanted <= 0:
            self._wake.set()

    def _end(self, status: str) -> None:
        """Note that the request is over; where the durable itself is gone it is made anew."""
        self._wanted = 0
        if status in (api.StatusCode.SERVICE_UNAVAILABLE, api.StatusCode.CONFLICT):
            self._generation = -1
