"""What was just read, kept for a moment: many who look at one thing cost one reading."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")

LONGEST = 15.0
"""No slow reading keeps a value for longer than so many seconds."""

PATIENCE = 20.0
"""A value is kept for at least so many times what its reading took, if nothing else is said: it costs a twentieth."""


@dataclass(slots=True)
class _Entry(Generic[T]):
    lock: Lock = field(default_factory=Lock)
    until: float = 0.0
    value: T | None = None


class Cache(Generic[T]):
    """Values by key for ``seconds``; of several who ask at once, one reads.

    The others are given what there was before, and wait only where that is nothing, or out of date for long.

    Keys begin with the tenant's id, so that nothing read for one tenant is ever shown to another.
    """

    def __init__(
        self,
        seconds: float,
        most: int = 1024,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
    ) -> None:
        self.seconds = seconds
        self.patience = patience
        self.most = most
        self._clock = clock
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, read: Callable[[], T], seconds: float | None = None) -> T:
        """Give the value of ``key``, read anew when it is older than allowed. What ``read`` raises is not kept."""
        allowed = self.seconds if seconds is None else seconds
        entry = self._entry(key)
        before = entry.value if self._clock() < entry.until + LONGEST else None
        if not entry.lock.acquire(blocking=before is None) and before is not None:
            return before
        try:
            began = self._clock()
            if entry.value is None or began >= entry.until:
                entry.value = read()
                done = self._clock()
                entry.until = done + max(allowed, min(LONGEST, self.patience * (done - began)))
            return entry.value
        finally:
            entry.lock.release()

    def _entry(self, key: Hashable) -> _Entry[T]:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            if len(self._entries) > self.most:
                self._entries.popitem(last=False)
            return entry
