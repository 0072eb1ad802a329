"""Tell a client again what came behind its id: read from NATS, a tenant's own and nothing else, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from api.streams import frames, hub
from api.streams.journal import Item
from api.streams.place import Place
from api.streams.seat import Seat
from api.streams.telling import Families, Reason
from api.streams.topics import FLEETING, SOURCES, Source, Topic
from bus import replaying
from bus.connection import Bus
from bus.replaying import Page

MOST = 10_000
"""Events of a source that are told again; whoever missed more reads the present state."""

PAGE = 200

TURNS = 16
"""Pages that are read at the same time; the other clients wait."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What reads for all clients of a process."""

    bus: Bus
    families: Families
    most: int = MOST
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TURNS))

    async def missed(self, seat: Seat, until: Place) -> AsyncIterator[bytes]:
        """Write what a client has not been told up to a place, and move it there; raises Unavailable.

        After an error it can be asked again: it goes on where the client is.
        """
        if (ticks := seat.wish.topics & FLEETING) and seat.place.sequences[0] < until.sequences[0]:
            yield frames.resync(Reason.RESUMED, ticks, seat.place)
        for number, source in enumerate(SOURCES):
            if seat.place.marks[number] != until.marks[number]:
                seat.place = seat.place.anew(number, until)
                yield _lost(Reason.UNKNOWN, seat, source)
            elif seat.wish.topics & source.topics:
                async for data in self._source(seat, number, until):
                    yield data
            seat.place = seat.place.at(number, until.sequences[number])

    async def _source(self, seat: Seat, number: int, until: Place) -> AsyncIterator[bytes]:
        source, last = SOURCES[number], until.sequences[number]
        if seat.place.sequences[number] >= last:
            return
        async with self.turns:
            oldest = await replaying.first(self.bus, source.stream)
        if oldest > seat.place.sequences[number] + 1:
            seat.place = seat.place.at(number, min(oldest - 1, last))
            yield _lost(Reason.EXPIRED, seat, source)
        first, page = True, Page((), 1)
        while page.left and seat.place.sequences[number] < last:
            page = await self._page(seat, number)
            if first and len(page.messages) + page.left > self.most:
                seat.place = seat.place.at(number, last)
                yield _lost(Reason.MANY, seat, source)
                return
            first = False
            if not page.messages:
                return
            frame = frames.write(_items(seat, number, page, last), seat.wish, seat.place, self.families)
            seat.place = frame.place.at(number, min(page.messages[-1].sequence, last))
            yield frame.data

    async def _page(self, seat: Seat, number: int) -> Page:
        source, devices = SOURCES[number], seat.wish.devices
        only = next(iter(devices)) if devices is not None and len(devices) == 1 else None
        subject = source.of(seat.tenant_id, only)
        async with self.turns:
            return await replaying.behind(self.bus, source.stream, subject, seat.place.sequences[number], PAGE)


def _lost(reason: Reason, seat: Seat, source: Source) -> bytes:
    told: frozenset[Topic] = source.topics & seat.wish.topics
    return frames.resync(reason, told, seat.place) if told else b""


def _items(seat: Seat, number: int, page: Page, last: int) -> list[Item]:
    read = (hub.read(number, heard, 0.0) for heard in page.messages if heard.sequence <= last)
    return [item for item in read if item is not None and item.event.tenant_id == seat.tenant_id]
