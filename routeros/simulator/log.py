"""What a router notes of itself: ``/log``."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from routeros.simulator.router import Router

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line; ``at`` is in seconds since 1970."""

    at: float
    topics: str
    message: str


class Log:
    """A part of a router."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.entries: deque[Entry] = deque(maxlen=KEPT)

    def add(self, topics: str, message: str) -> None:
        """Note something: ``log.add("system,info", "router rebooted")``."""
        self.entries.append(Entry(self._router.now(), topics, message))
