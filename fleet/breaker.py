"""The circuit breaker of a device: after three failures in a row it is asked ever less often."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

TRIPS_AFTER = 3
LONGEST = timedelta(minutes=15)
JITTER = 0.2


class Position(StrEnum):
    """Closed: polled as usual. Open: backing off. Half-open: one probe is under way."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """The failures in a row of one device, and what follows from them."""

    failures: int = 0
    probing: bool = False

    @property
    def position(self) -> Position:
        if self.failures < TRIPS_AFTER:
            return Position.CLOSED
        return Position.HALF_OPEN if self.probing else Position.OPEN

    def attempt(self) -> Breaker:
        """Begin a poll: an open breaker becomes half-open."""
        return replace(self, probing=True)

    def succeeded(self) -> Breaker:
        return Breaker()

    def failed(self) -> Breaker:
        return Breaker(self.failures + 1)

    def wait(self, interval: timedelta, draw: float) -> timedelta:
        """Tell how long until the next poll, counted from when this one was due.

        The interval while closed; from the third failure on 2^n times the interval, at most 15 minutes (or the
        interval, where that is longer), less up to a fifth by ``draw``, a number in [0, 1).
        """
        if self.failures < TRIPS_AFTER:
            return interval
        doubled: timedelta = interval * 2 ** min(self.failures - TRIPS_AFTER + 1, 16)
        return max(interval, min(doubled, max(LONGEST, interval)) * (1 - JITTER * draw))
