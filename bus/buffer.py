"""What was accepted for publishing and is not acknowledged yet: in order, in a window, bounded.

An event is in memory alone, on disk alone, or in both. What is on disk alone is older than what waits in memory, so
it goes first; the numbers of acceptance put everything in one order. Reading, writing and sending are done by others.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import attrgetter

_number = attrgetter("number")


@dataclass(slots=True, eq=False)
class Entry:
    """One event on its way; ``number`` is its place in the order of acceptance.

    An expendable one may be dropped where there is no room. A pinned one is neither dropped nor put on disk, and is
    sent only when all before it are acknowledged.
    """

    number: int
    subject: str
    data: bytes
    message_id: str
    expendable: bool
    pinned: bool = False
    spooled: bool = False
    sent_at: float = 0.0
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """At most ``window`` events under way at once, and at most ``size`` bytes altogether in memory alone."""

    window: int = 1024
    size: int = 64 * 2**20


@dataclass(slots=True)
class Dropped:
    """How many events were given up because there was no room, in memory or on disk."""

    metrics: int = 0
    others: int = 0


class Buffer:
    """Events wait in the order of acceptance, are under way in a window, and leave when they are acknowledged.

    When it is full the oldest expendable event that waits is dropped, and only where there is none the oldest other.
    ``gone`` are those that left and are still on disk; who clears the disk empties it. All that is on disk alone has
    a number above ``position``, from where it is to be read.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: tuple[deque[Entry], deque[Entry]] = (deque(), deque())
        self._pinned: deque[Entry] = deque()
        self._recalled: deque[Entry] = deque()
        self._under_way: dict[int, Entry] = {}
        self._size = 0
        self.accepted = 0
        self.away = 0
        self.position = -sys.maxsize
        self.gone: list[Entry] = []
        self.dropped = Dropped()

    def __len__(self) -> int:
        return self.waiting + len(self._under_way)

    @property
    def waiting(self) -> int:
        others, metrics = self._waiting
        return len(others) + len(metrics) + len(self._pinned) + len(self._recalled) + self.away

    @property
    def outstanding(self) -> int:
        return len(self._under_way)

    @property
    def size(self) -> int:
        return self._size

    @property
    def hungry(self) -> bool:
        """What is on disk alone is needed soon."""
        return self.away > 0 and len(self._recalled) < self._limits.window // 2

    def add(self, subject: str, data: bytes, message_id: str, *, expendable: bool, pinned: bool = False) -> int:
        """Accept an event and return its number; the oldest are dropped until it fits."""
        self.accepted += 1
        entry = Entry(self.accepted, subject, data, message_id, expendable, pinned)
        (self._pinned if pinned else self._waiting[expendable]).append(entry)
        self._size += len(data)
        if self._size > self._limits.size:
            self._shrink()
        return self.accepted

    def take(self, now: float) -> Entry | None:
        """Send the next event on its way; None when none waits, the window is full or it must be read from disk."""
        if len(self._under_way) >= self._limits.window or (queue := self._next()) is None:
            return None
        entry = queue.popleft()
        entry.sent_at = now
        self._under_way[entry.number] = entry
        return entry

    def settle(self, number: int) -> Entry | None:
        """Let an event go that was acknowledged or given up; None when it is not under way."""
        entry = self._under_way.pop(number, None)
        if entry is not None:
            if entry.spooled:
                self.gone.append(entry)
            else:
                self._size -= len(entry.data)
        return entry

    def find(self, number: int) -> Entry | None:
        """Return an event under way."""
        return self._under_way.get(number)

    def requeue(self) -> int:
        """Let everything under way wait again, before all others and in the old order; tells how many."""
        again = []
        for entry in reversed(self._under_way.values()):
            if not entry.spooled:
                (self._pinned if entry.pinned else self._waiting[entry.expendable]).appendleft(entry)
            elif entry.number <= self.position:
                again.append(entry)
            else:
                self.away += 1
        if again:
            self._recalled = deque(sorted([*again, *self._recalled], key=_number))
        count = len(self._under_way)
        self._under_way.clear()
        return count

    def overdue(self, sent_before: float) -> bool:
        """Tell whether the event that is longest under way was sent before an instant."""
        first = next(iter(self._under_way.values()), None)
        return first is not None and first.sent_at < sent_before

    def pending(self, number: int) -> bool:
        """Tell whether anything that was accepted up to a number may be here still."""
        if self.away and self.position < number:
            return True
        heads = (queue[0].number for queue in (*self._waiting, self._pinned, self._recalled) if queue)
        return any(head <= number for head in heads) or any(n <= number for n in self._under_way)

    def late(self, number: int) -> bool:
        """Tell whether anything that was accepted up to a number is in memory alone."""
        first = next(iter(self._under_way.values()), None)
        heads = [queue[0] for queue in self._waiting if queue]
        return any(e.number <= number and not e.spooled for e in ([*heads, first] if first else heads))

    def unspooled(self, most: int) -> list[Entry]:
        """Return the oldest that are in memory alone and may be put on disk."""
        sent = sorted((e for e in self._under_way.values() if not (e.spooled or e.pinned)), key=_number)
        return list(islice(merge(sent, *self._waiting, key=_number), most))

    def put_away(self, stored: Sequence[Entry], upto: int) -> None:
        """Note that these are on disk now. What else waits and was accepted up to a number has no room there."""
        on_disk = {entry.number: entry for entry in stored}
        sent = [on_disk.pop(number) for number in list(on_disk) if number in self._under_way]
        left = [entry for queue in self._waiting for entry in _up_to(queue, upto)]
        for entry in (*sent, *left):
            entry.spooled = True
            self._size -= len(entry.data)
        lost = [entry for entry in left if on_disk.pop(entry.number, None) is None]
        for entry in lost:
            self._count(entry)
        self.gone += on_disk.values()  # They left while they were written.
        self._part_from(sorted(set(left).difference(lost), key=_number), sent)

    def found(self, count: int) -> None:
        """Note that an earlier process left so many on disk; they are older than all that was accepted here."""
        self.away += count

    def recall(self, entries: Sequence[Entry]) -> None:
        """Take what was read from disk, in order from ``position`` on; nothing read means that nothing is there."""
        if not entries:
            self.away = 0
            return
        here = {entry.number for entry in self.gone} | self._under_way.keys()
        fresh = [entry for entry in entries if entry.number not in here]
        self._recalled.extend(fresh)
        self.position = entries[-1].number
        self.away = max(0, self.away - len(fresh))

    def forget(self, count: int) -> None:
        """Note that so many metrics were dropped on disk."""
        self.away = max(0, self.away - count)
        self.dropped.metrics += count

    def _next(self) -> deque[Entry] | None:
        """Find the queue whose turn it is; None where older events are on disk alone."""
        others, metrics = self._waiting
        if not (self._recalled or self._pinned or self.away):
            if others and metrics:
                return others if others[0].number < metrics[0].number else metrics
            return others or metrics or None
        heads = [queue for queue in (others, metrics, self._pinned, self._recalled) if queue]
        queue = min(heads, key=lambda queue: queue[0].number, default=None)
        if queue is None or (self.away and queue[0].number > self.position):
            return None
        return None if queue is self._pinned and self._under_way else queue

    def _part_from(self, entries: Sequence[Entry], sent: Sequence[Entry]) -> None:
        """Leave entries to the disk alone, but keep those that the reading is past: it would not find them again."""
        if not self.away:
            self.position = max([self.position, *(entry.number for entry in sent)])
        kept = [entry for entry in entries if entry.number <= self.position]
        alone = entries[len(kept) :]
        if kept:
            self._recalled = deque(sorted([*self._recalled, *kept], key=_number))
        if alone and not self.away:
            self.position = alone[0].number - 1
        self.away += len(alone)

    def _shrink(self) -> None:
        others, metrics = self._waiting
        while self._size > self._limits.size and len(others) + len(metrics) > 1:
            entry = (metrics or others).popleft()
            self._size -= len(entry.data)
            self._count(entry)

    def _count(self, entry: Entry) -> None:
        self.dropped.metrics += entry.expendable
        self.dropped.others += not entry.expendable


def _up_to(queue: deque[Entry], number: int) -> Iterator[Entry]:
    while queue and queue[0].number <= number:
        yield queue.popleft()
