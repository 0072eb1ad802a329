"""One open stream: what its client had missed, then what is new, until it goes, is ended or reads no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from api.streams import frames, place
from api.streams.hub import HEARTBEAT, Hub
from api.streams.place import Place
from api.streams.replay import Replay
from api.streams.seat import Admitted, Seat
from api.streams.topics import SOURCES
from fleet import logs
from fleet.errors import Unavailable

PATIENCE = 30.0
"""Seconds that a client may take to read what is told again before it is given up."""

PAUSE = 1.0
NOWHERE = Place(("",) * len(SOURCES), (0,) * len(SOURCES))
"""Where a client is whose id says nothing to us."""

Write: TypeAlias = Callable[[bytes], Awaitable[None]]

log = logs.get(__name__)


async def serve(hub: Hub, replay: Replay, admitted: Admitted, write: Write) -> None:
    """Write a client's stream to its end; returns when it is over, which its client may not have noticed."""
    while not hub.ready.is_set():
        await _said(write, frames.silence())
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT):
                await hub.ready.wait()
    seat = Seat(admitted, hub.here if admitted.since is None else place.read(admitted.since) or NOWHERE)
    hub.join(seat)
    writer = asyncio.create_task(_write(hub, replay, seat, write))
    over = asyncio.create_task(seat.over.wait())
    try:
        await asyncio.wait({writer, over}, return_when=asyncio.FIRST_COMPLETED)
        if writer.done():
            writer.result()
    finally:
        hub.leave(seat)
        writer.cancel()
        over.cancel()


async def _write(hub: Hub, replay: Replay, seat: Seat, write: Write) -> None:
    with suppress(TimeoutError):
        async for data in _again(replay, seat, hub.here):
            await _said(write, data)
        # From here on the id names the present, so that a client that is cut off loses nothing from its first moment.
        await _said(write, frames.beat(seat.place))
        seat.live = True
        while True:
            await write(await seat.next())


async def _again(replay: Replay, seat: Seat, until: Place) -> AsyncIterator[bytes]:
    """Write what was missed, however often NATS goes away meanwhile."""
    while True:
        try:
            async for data in replay.missed(seat, until):
                if data:
                    yield data
            return
        except Unavailable as error:
            log.warning("a stream cannot be told again what it missed", reason=str(error))
        yield frames.silence()
        await asyncio.sleep(PAUSE)


async def _said(write: Write, data: bytes) -> None:
    async with asyncio.timeout(PATIENCE):
        await write(data)
