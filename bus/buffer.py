"""What was accepted for publishing and is not acknowledged yet: in order, in a window, bounded."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Entry:
    """One event on its way; ``number`` is its place in the order of acceptance."""

    number: int
    subject: str
    data: bytes
    message_id: str
    expendable: bool
    sent_at: float = 0.0
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """At most ``window`` events under way at once, and at most ``size`` bytes altogether."""

    window: int = 1024
    size: int = 64 * 2**20


@dataclass(slots=True)
class Dropped:
    """How many events were given up because the buffer was full."""

    metrics: int = 0
    others: int = 0


class Buffer:
    """Events wait in the order of acceptance, are under way in a window, and leave when they are acknowledged.

    When it is full the oldest expendable event that waits is dropped, and only where there is none the oldest other.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: tuple[deque[Entry], deque[Entry]] = (deque(), deque())
        self._under_way: dict[int, Entry] = {}
        self._accepted = 0
        self._size = 0
        self.dropped = Dropped()

    def __len__(self) -> int:
        return self.waiting + self.outstanding

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting))

    @property
    def outstanding(self) -> int:
        return len(self._under_way)

    @property
    def size(self) -> int:
        return self._size

    def add(self, subject: str, data: bytes, message_id: str, *, expendable: bool) -> None:
        """Accept an event; the oldest are dropped until it fits."""
        self._accepted += 1
        self._waiting[expendable].append(Entry(self._accepted, subject, data, message_id, expendable))
        self._size += len(data)
        while self._size > self._limits.size and self.waiting > 1:
            self._drop()

    def take(self, now: float) -> Entry | None:
        """Send the next event on its way; None when none waits or the window is full."""
        if len(self._under_way) >= self._limits.window:
            return None
        heads = [queue for queue in self._waiting if queue]
        if not heads:
            return None
        entry = min(heads, key=lambda queue: queue[0].number).popleft()
        entry.sent_at = now
        self._under_way[entry.number] = entry
        return entry

    def settle(self, number: int) -> Entry | None:
        """Let an event go that was acknowledged or given up; None when it is not under way."""
        entry = self._under_way.pop(number, None)
        if entry is not None:
            self._size -= len(entry.data)
        return entry

    def find(self, number: int) -> Entry | None:
        """Return an event under way."""
        return self._under_way.get(number)

    def requeue(self) -> int:
        """Let everything under way wait again, before all others and in the old order; tells how many."""
        for entry in reversed(self._under_way.values()):
            self._waiting[entry.expendable].appendleft(entry)
        count = len(self._under_way)
        self._under_way.clear()
        return count

    def overdue(self, sent_before: float) -> bool:
        """Tell whether the event that is longest under way was sent before an instant."""
        first = next(iter(self._under_way.values()), None)
        return first is not None and first.sent_at < sent_before

    def _drop(self) -> None:
        others, metrics = self._waiting
        if metrics:
            self._size -= len(metrics.popleft().data)
            self.dropped.metrics += 1
        else:
            self._size -= len(others.popleft().data)
            self.dropped.others += 1
