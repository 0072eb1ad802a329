"""Hear what is said under a subject that no stream keeps, over every connection anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from bus.connection import Bus


async def subscribe(bus: Bus, subject: str, hear: Callable[[Msg], Awaitable[None]]) -> None:
    """Hear until cancelled; what was said while NATS was away is not heard."""
    changed = asyncio.Event()
    bus.watch(changed.set)
    subscribed: Client | None = None
    subscription: Subscription | None = None
    try:
        while True:
            client = await bus.client()
            if client is not subscribed:
                subscription, subscribed = await client.subscribe(subject, cb=hear), client
            changed.clear()
            if bus.connected:
                await changed.wait()
    finally:
        if subscription is not None and bus.connected:
            with suppress(nats.errors.Error, OSError):
                await subscription.unsubscribe()
