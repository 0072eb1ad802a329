"""What a router notes of itself: ``/log``."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from routeros.simulator.outcome import Row

STORE = "/log"
KEPT = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; ``at`` is in seconds since 1970, ``number`` counts all lines since the start."""

    number: int
    at: float
    topics: str
    message: str


class Owner(Protocol):
    """Whose log it is: a router, which itself has one."""

    down: list[Callable[[], None]]

    def now(self) -> float: ...

    def tell(self, store: str, row: Row) -> None: ...


class Log:
    """A part of a router. It lives in memory: a restart empties it."""

    def __init__(self, router: Owner) -> None:
        self._router = router
        self._count = 0
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        router.down.append(self.entries.clear)

    def add(self, topics: str, message: str) -> None:
        """Note something: ``log.add("system,info", "router rebooted")``."""
        self._count += 1
        # The same few lines come again and again: every login of a poller says the same.
        entry = Entry(self._count, self._router.now(), sys.intern(topics), sys.intern(message))
        self.entries.append(entry)
        self._router.tell(STORE, {".id": f"*{entry.number:X}"})
