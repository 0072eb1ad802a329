"""Ask one poller to look at a device for another one, and answer who asks so; no stream keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import msgspec
import nats.errors
from nats.aio.msg import Msg

from bus import subjects, subscribing
from bus.connection import Bus
from fleet import logs, vantage
from fleet.errors import Unavailable
from fleet.vantage import Sight, Wish

Look: TypeAlias = Callable[[Wish], Awaitable[Sight]]
"""Looks at a device; what went wrong is told in what it returns."""

log = logs.get(__name__)


async def ask(bus: Bus, poller: str, wish: Wish, seconds: float) -> Sight:
    """Let a poller look at a device; raises Unavailable where it does not answer in time."""
    try:
        async with asyncio.timeout(seconds):
            client = await bus.client()
            said = await client.request(subjects.vantage(poller), vantage.encode(wish), timeout=seconds)
        return vantage.sight(said.data)
    except (TimeoutError, nats.errors.Error, OSError, msgspec.DecodeError) as error:
        raise Unavailable(f"The poller {poller} did not answer.", "Nothing is known from there.") from error


async def serve(bus: Bus, poller: str, look: Look) -> None:
    """Look at devices for other pollers, until cancelled."""
    tasks: set[asyncio.Task[None]] = set()

    async def answer(message: Msg) -> None:
        try:
            sight = await look(vantage.wish(message.data))
        except msgspec.DecodeError as error:
            log.warning("a wish to look at a device cannot be read", error=str(error))
            return
        with suppress(nats.errors.Error, OSError):
            await message.respond(vantage.encode(sight))

    async def hear(message: Msg) -> None:
        task = asyncio.create_task(answer(message))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    try:
        await subscribing.subscribe(bus, subjects.vantage(poller), hear)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
