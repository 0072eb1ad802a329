"""The hub of a web process: hears all events once, and hands every open stream what is new for it, group by group.

All of it runs on the loop and nothing in it waits: a client that reads slowly is passed over until it has read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import msgspec

from api.streams import frames, topics
from api.streams import place as places
from api.streams.journal import Item, Journal
from api.streams.place import Place
from api.streams.seat import Seat, Shared
from api.streams.telling import Families, Reason
from api.streams.topics import FLEETING, SOURCES, Topic
from bus.following import Heard
from fleet import logs
from fleet.events import decode

GROUPS = 50
"""Clients are handed their ticks in so many groups, spread over the time of a tick: REST is served in between."""

TICK = 0.25
HEARTBEAT = 15.0

LATE = 4
"""Ticks that a client may miss before it counts as slow."""

GIVEN_UP = 120
"""Ticks that a client may miss before its stream is ended: half a minute in which it read nothing."""

log = logs.get(__name__)

Key: TypeAlias = tuple[str, int, Place | None]
"""Those alike: what they want, how far they have read, and where they are if that is beyond what the hub knows."""


@dataclass(slots=True)
class Room:
    """The clients of one tenant, what they hear of, and what was written of it up to the newest event."""

    journal: Journal = field(default_factory=Journal)
    seats: set[Seat] = field(default_factory=set)
    frames: dict[Key, Shared] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Take the next event: what was written ends before it."""
        self.journal.add(item)
        self.frames.clear()


class Hub:
    """What is new, for all tenants that somebody listens to, and who listens."""

    def __init__(self, families: Families, clock: Callable[[], float] = time.monotonic, groups: int = GROUPS) -> None:
        self.ready = asyncio.Event()
        self._families = families
        self._clock = clock
        self._number = 0
        self._here = Place(("",) * len(SOURCES), (0,) * len(SOURCES))
        self._rooms: dict[str, Room] = {}
        self._groups: list[set[Seat]] = [set() for _ in range(groups)]
        self._some = asyncio.Event()

    @property
    def here(self) -> Place:
        """How far all streams have been heard."""
        return self._here

    def seats(self) -> list[Seat]:
        """List the open streams."""
        return [seat for group in self._groups for seat in group]

    def join(self, seat: Seat) -> None:
        """Seat a client: whatever comes from now on is kept for it."""
        room = self._rooms.setdefault(str(seat.tenant_id), Room())
        room.seats.add(seat)
        seat.journal, seat.number, seat.told_at = room.journal, room.journal.newest, self._clock()
        seat.shared = room.frames
        min(self._groups, key=len).add(seat)
        self._some.set()

    def leave(self, seat: Seat) -> None:
        """Forget a client, and with a tenant's last one what was kept for it."""
        if (room := self._rooms.get(str(seat.tenant_id))) is not None:
            room.seats.discard(seat)
            if not room.seats:
                del self._rooms[str(seat.tenant_id)]
        for group in self._groups:
            group.discard(seat)

    def begin(self, source: int, made: datetime, sequence: int) -> None:
        """Learn where a source goes on; where that is not for the first time, something was lost."""
        before, mark = self._here, places.mark(made)
        self._here = before.anew(source, Place((mark,) * len(SOURCES), (sequence,) * len(SOURCES)))
        if before.marks[source]:
            for seat in self.seats():
                self._break(seat, source)
        if all(self._here.marks):
            self.ready.set()

    def hear(self, source: int, heard: Heard) -> None:
        """Take the next event of a source; only that of a tenant to which somebody listens is looked at."""
        sequences = self._here.sequences
        self._here = Place(self._here.marks, (*sequences[:source], heard.sequence, *sequences[source + 1 :]))
        tenant = heard.subject.rsplit(".", 2)[-2]
        if (room := self._rooms.get(tenant)) is None:
            return
        item = read(source, heard, self._clock())
        if item is None or str(item.event.tenant_id) != tenant:
            return
        self._number = item.number = self._number + 1
        room.add(item)

    async def tick(self) -> None:
        """Hand out ticks until cancelled, to one group after the other."""
        loop = asyncio.get_running_loop()
        while True:
            await self._some.wait()
            due = loop.time()
            while any(self._groups):
                for group in self._groups:
                    due = max(due + TICK / len(self._groups), loop.time() - TICK)
                    await asyncio.sleep(due - loop.time())
                    self.turn(group)
            self._some.clear()

    def turn(self, seats: Iterable[Seat]) -> None:
        """Hand each of these clients what is new for it; those alike share what is written."""
        now = self._clock()
        for seat in tuple(seats):
            if seat.live and not seat.over.is_set():
                self._serve(seat, now)

    def _serve(self, seat: Seat, now: float) -> None:
        if seat.journal.dropped > seat.number or seat.late > GIVEN_UP:
            seat.end()
        elif not seat.waiting:
            seat.late += 1
        elif (data := self._due(seat, now)) != b"":
            seat.hand(data)
            seat.told_at = now

    def _due(self, seat: Seat, now: float) -> bytes:
        """Write what is to be told now; most clients mostly have nothing to be told, which is seen first."""
        data = self._new(seat) if seat.behind else b""
        seat.late = 0
        if not data and now - seat.told_at >= HEARTBEAT:
            seat.place = seat.place.beside(self._here)
            return frames.beat(seat.place)
        return data

    def _new(self, seat: Seat) -> bytes:
        """Write what a client has not been told yet, behind what it cannot be told any more."""
        if frames.missed(seat.journal, seat.number, seat.wish, seat.late > LATE):
            seat.lose(Reason.SLOW, FLEETING)
        lost = b"".join(frames.resync(reason, topics, seat.place) for reason, topics in seat.lost.items())
        seat.lost.clear()
        frame = self._written(seat)
        seat.number, seat.place, seat.settled = seat.journal.newest, frame.place, frame.settled
        return lost + frame.data if lost else frame.data

    def _written(self, seat: Seat) -> Shared:
        """Write what is new since a client read last, once for all that want the same and read last before the same.

        Their places may differ by what is no event of theirs: each one's id is as good for the others. Who has just
        been told again what it missed, or comes from a process that is ahead, may have some of it already.
        """
        key = (seat.likes, seat.number, None if seat.settled else seat.place)
        if (frame := seat.shared.get(key)) is None:
            items, here = seat.journal.behind(seat.number), self._here
            written = frames.write(items, seat.wish, seat.place, self._families)
            place = seat.place.beside(here)
            frame = seat.shared[key] = Shared(written.data, place, settled=place is here)
        return frame

    def _break(self, seat: Seat, source: int) -> None:
        """Let a client go on behind a loss; one that is still to be told of what was before must ask by its id."""
        if seat.behind or not seat.live:
            seat.end()
            return
        told: frozenset[Topic] = SOURCES[source].topics
        seat.lose(Reason.EXPIRED, told)
        seat.place = seat.place.anew(source, self._here)


def read(source: int, heard: Heard, now: float) -> Item | None:
    """Read a message of a source; None for what is no topic's, or cannot be read."""
    try:
        event = decode(heard.data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("an event cannot be read", subject=heard.subject, error=str(error))
        return None
    topic = topics.of(event)
    return None if topic is None else Item(0, source, heard.sequence, topic, event, now)
