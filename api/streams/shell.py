"""The ASGI end of streams: the Flask application lets a client in, and its stream goes on upon the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.context import Context
from api.hangups import Application, Message, Receive, Send
from api.streams import admission, writing
from api.streams.admission import Places, Slot
from api.streams.hub import GROUPS, Hub
from api.streams.replay import Replay
from api.streams.topics import SOURCES
from api.streams.watch import watch
from bus.connection import Bus
from bus.following import Heard, follow
from fleet import logs

PATH = "/api/sse"
PARTING = 0.5
"""Seconds that the end of a stream may take to be written."""

UNBUFFERED = (b"x-accel-buffering", b"no")
"""A proxy that gathers an answer would keep every tick back."""


log = logs.get(__name__)


class Streams:
    """Wraps an ASGI application and takes over what its route of streams has let in.

    ``running`` is what lives as long as the server; ``close`` ends every stream at once. ``hub`` is who listens.
    """

    def __init__(self, inner: Application, context: Context, bus: Bus, places: Places, groups: int = GROUPS) -> None:
        self._inner = inner
        self._context = context
        self._bus = bus
        self.hub = Hub(context.families, groups=groups)
        self._replay = Replay(bus, context.families)
        self._places = places
        self._open: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != PATH:
            await self._inner(scope, receive, send)
            return
        slot = Slot(self._places)
        try:
            await self._inner({**scope, admission.KEY: slot}, _nothing(), _First(slot, send))
            if slot.admitted is not None and self._places.most:
                await self._go_on(slot, receive, send)
        finally:
            slot.release()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow NATS, hand out ticks and watch over who may listen, until left."""
        work = [
            *(follow(self._bus, s.stream, s.subjects, _Source(self.hub, n)) for n, s in enumerate(SOURCES)),
            self.hub.tick(),
            watch(self._context, self.hub),
        ]
        tasks = [asyncio.create_task(task) for task in work]
        for task in tasks:
            task.add_done_callback(_told)
        try:
            yield
        finally:
            self.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._bus.close()

    def close(self) -> None:
        """End every stream, and take no more."""
        self._places.most = 0
        for stream in self._open:
            stream.cancel()

    async def _go_on(self, slot: Slot, receive: Receive, send: Send) -> None:
        """Write the stream until it ends or its client goes."""
        assert slot.admitted is not None

        async def write(data: bytes) -> None:
            await send({"type": "http.response.body", "body": data, "more_body": True})

        stream = asyncio.create_task(writing.serve(self.hub, self._replay, slot.admitted, write))
        gone = asyncio.create_task(_gone(receive))
        self._open.add(stream)
        try:
            await asyncio.wait({stream, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(stream)
            stream.cancel()
            gone.cancel()
            await asyncio.gather(stream, gone, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTING):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        if not stream.cancelled():
            stream.result()


@dataclass(frozen=True, slots=True)
class _Source:
    """One of the streams of NATS, as the hub tells them apart."""

    hub: Hub
    number: int

    def begin(self, made: datetime, sequence: int) -> None:
        self.hub.begin(self.number, made, sequence)

    def hear(self, heard: Heard) -> None:
        self.hub.hear(self.number, heard)


@dataclass(frozen=True, slots=True)
class _First:
    """Passes the Flask side's answer on; that to a client that was let in stays open."""

    slot: Slot
    send: Send

    async def __call__(self, message: Message) -> None:
        if self.slot.admitted is None:
            await self.send(message)
        elif message["type"] == "http.response.start":
            headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
            await self.send({**message, "headers": [*headers, UNBUFFERED]})
        elif message.get("body"):
            await self.send({**message, "more_body": True})


def _nothing() -> Receive:
    """Make what a request without a body receives, and nothing ever after: the rest is read here."""
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            await asyncio.Event().wait()
        told = True
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def _told(task: asyncio.Task[None]) -> None:
    """Say aloud what should never end by itself, and did."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("streams do not go on", exc_info=error)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
