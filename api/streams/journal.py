"""What one tenant's devices said lately, kept once for all clients of a process that hear of it.

A client is a number: how far it has read. Metrics are kept by device and cycle, the newest alone, for a few seconds:
that is how ticks are coalesced, and what a slow client loses. Everything else is kept as it came, up to a bound far
beyond what a client may lag behind; whoever is behind even that must go on by its id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from uuid import UUID

from api.streams import telling
from api.streams.telling import Families
from api.streams.topics import FLEETING, Topic
from fleet import logs
from fleet.events import DeviceMetricsEvent, Event
from fleet.families import Cycle

LASTING = 20_000
"""Events that are kept for clients that lag behind."""

FRESH = 5.0
"""Seconds that a metric tick is kept for them."""


log = logs.get(__name__)


@dataclass(slots=True)
class Item:
    """An event with its number in this process and its place in its stream; ``since`` is when it came.

    ``before`` is the number of the tick of the same device that this one replaced, 0 without one.
    """

    number: int
    source: int
    sequence: int
    topic: Topic
    event: Event
    since: float
    before: int = 0
    _written: bytes = b""

    @property
    def device_id(self) -> UUID | None:
        return self.event.device_id

    def written(self, families: Families) -> bytes:
        """Write all but the id as a client reads it, once for all clients."""
        if not self._written:
            try:
                told = telling.told(self.topic, self.event, families).model_dump_json()
            except (ValueError, TypeError, LookupError) as error:
                # An event that says what no event should must not end the streams of all.
                named = str(self.event.event_id)
                log.error("an event cannot be told", topic=self.topic, event_id=named, exc_info=error)
                told = ""
            self._written = f"event: {self.topic}\ndata: {told}\n\n".encode() if told else b"\n"
        return self._written


@dataclass(slots=True)
class Journal:
    """The latest events of a tenant, by number.

    Up to ``dropped`` an event that lasts may be gone, up to ``faded`` a metric tick.
    """

    most: int = LASTING
    dropped: int = 0
    faded: int = 0
    newest: int = 0
    _lasting: deque[Item] = field(default_factory=deque)
    _ticks: dict[tuple[UUID | None, Cycle | None], Item] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        """Take the next event; numbers grow."""
        self.newest = item.number
        if item.topic not in FLEETING:
            self._lasting.append(item)
            if len(self._lasting) > self.most:
                self.dropped = self._lasting.popleft().number
            return
        cycle = item.event.cycle if isinstance(item.event, DeviceMetricsEvent) else None
        key = item.device_id, cycle
        # Taken out first: the newest stands last, so that the order is that of the numbers.
        if (replaced := self._ticks.pop(key, None)) is not None:
            item.before = replaced.number
        self._ticks[key] = item
        self._fade(item.since - FRESH)

    def behind(self, number: int) -> list[Item]:
        """Give what came behind a number and is still here, in order."""
        if number >= self.newest:
            return []
        found = [*_behind(reversed(self._lasting), number), *_behind(reversed(self._ticks.values()), number)]
        return sorted(found, key=lambda item: item.number)

    def _fade(self, before: float) -> None:
        while self._ticks:
            oldest = next(iter(self._ticks))
            if self._ticks[oldest].since >= before:
                return
            self.faded = self._ticks.pop(oldest).number


def _behind(backwards: Iterator[Item], number: int) -> Iterator[Item]:
    return takewhile(lambda item: item.number > number, backwards)
