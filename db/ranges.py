"""Ranges of time and their steps: what bounds every question about metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.errors import BadInput

LONGEST = timedelta(days=400)
"""The longest range that can be asked for."""

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

    @property
    def length(self) -> timedelta:
        """The time between its ends."""
        return self.end - self.start

    def step(self, points: int) -> timedelta:
        """Tell the step that divides the range into at most ``points``; raises BadInput beyond 2 to 2000."""
        if not FEWEST <= points <= MOST:
            raise BadInput(f"{points} points cannot be drawn.", f"Ask for {FEWEST} to {MOST} points.")
        whole = self.length // timedelta(microseconds=1)
        return timedelta(microseconds=max(1, -(-whole // points)))
