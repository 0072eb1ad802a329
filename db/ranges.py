"""Ranges of time and their steps: what bounds every question about metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fleet.errors import BadInput

LONGEST = timedelta(days=400)
"""The longest range that can be asked for."""

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""What a time lies between."""

FEWEST, MOST = 2, 2000
"""How many points a line may have."""


@dataclass(frozen=True, slots=True)
class Range:
    """From ``start`` (included) to ``end`` (not included); checked when it is made, raises BadInput."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise BadInput("A time without a zone cannot be placed.", "Write times as 2026-01-05T12:00:00Z.")
        if self.start >= self.end:
            raise BadInput("The range is empty: its start is not before its end.", "Give a start before the end.")
        if self.end - self.start > LONGEST:
            raise BadInput(f"The range is longer than {LONGEST.days} days.", f"Ask for at most {LONGEST.days} days.")
        if self.start < FIRST or self.end >= LAST:
            raise BadInput("Nothing was measured then.", f"Give years from {FIRST.year} to {LAST.year - 1}.")

    @property
    def length(self) -> timedelta:
        """The time between its ends."""
        return self.end - self.start

    def earlier(self, back: timedelta) -> Range:
        """Tell the range of the same length that lies so much earlier; raises BadInput for none."""
        if not timedelta(0) < back <= LONGEST:
            raise BadInput("What is compared with is not earlier.", f"Give 1s to {LONGEST.days}d, such as 7d.")
        return Range(self.start - back, self.end - back)

    def step(self, points: int) -> timedelta:
        """Tell the step that divides the range into at most ``points``; raises BadInput beyond 2 to 2000."""
        if not FEWEST <= points <= MOST:
            raise BadInput(f"{points} points cannot be drawn.", f"Ask for {FEWEST} to {MOST} points.")
        whole = self.length // timedelta(microseconds=1)
        return timedelta(microseconds=max(1, -(-whole // points)))
