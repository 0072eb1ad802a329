"""One clock for simulator, actors and jobs: an origin and a factor; a fake one for tests."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What tells the time. Instants are aware and in UTC."""

    def now(self) -> datetime:
        """Tell the domain's time: what samples and events are stamped with."""
        ...

    def real(self, span: timedelta) -> float:
        """Turn a span of domain time into the seconds that it lasts on the wall."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, or one that runs ``factor`` times as fast from ``origin`` on.

    ``origin`` is the instant (real and domain) at which the two agree; None with a factor of 1 is plain time.
    """

    origin: datetime | None = None
    factor: float = 1.0

    def now(self) -> datetime:
        real = datetime.fromtimestamp(time.time(), UTC)
        if self.origin is None:
            return real
        return self.origin + (real - self.origin) * self.factor

    def real(self, span: timedelta) -> float:
        return span.total_seconds() / self.factor


@dataclass(slots=True)
class FakeClock:
    """A clock that stands still until a test moves it."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def real(self, span: timedelta) -> float:
        return span.total_seconds()

    def advance(self, span: timedelta) -> datetime:
        """Move on by ``span`` and tell the new time."""
        self.at += span
        return self.at
