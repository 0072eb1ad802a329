"""Hear events as they are published, without a durable: what was said while nobody listened is not heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bus.connection import Bus
from fleet import logs
from fleet.events import Event, decode

log = logs.get(__name__)


async def listen(bus: Bus, subject: str, hear: Callable[[Event], None], missed: Callable[[], None]) -> None:
    """Call ``hear`` for every event of a subject until cancelled, ``missed`` wherever some may have been missed."""
    changed = asyncio.Event()
    bus.watch(changed.set)

    async def receive(message: Msg) -> None:
        try:
            hear(decode(message.data))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("an event cannot be read", subject=message.subject, error=str(error))

    subscribed: Client | None = None
    subscription: Subscription | None = None
    generation = -1
    try:
        while True:
            client = await bus.client()
            if client is not subscribed:
                subscription, subscribed = await client.subscribe(subject, cb=receive), client
            if generation != bus.generation:
                generation = bus.generation
                with suppress(nats.errors.Error, OSError, TimeoutError):
                    # Only what is said from here on is surely heard, so whatever was missed is asked for afterwards.
                    await client.flush()
                missed()
            changed.clear()
            if bus.connected and generation == bus.generation:
                await changed.wait()
    finally:
        if subscription is not None and bus.connected:
            with suppress(nats.errors.Error, OSError):
                await subscription.unsubscribe()
