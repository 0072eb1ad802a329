"""What was changed on a router, newest last, so that it can be undone: ``/system/history`` and safe mode."""

from __future__ import annotations

from collections import deque

from routeros.simulator.router import Change, Router

KEPT = 100
"""A router remembers so many actions, and forgets the oldest."""


class Journal:
    """A part of a router."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.changes: deque[Change] = deque(maxlen=KEPT)

    def record(self, change: Change) -> None:
        """Keep a change."""
        self.changes.append(change)
