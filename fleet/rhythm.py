"""When what is done again and again is due next: on a grid that does not drift."""

from __future__ import annotations

from datetime import datetime, timedelta


def following(due: datetime, every: timedelta, now: datetime) -> datetime:
    """Tell the first instant after ``due`` and ``now`` on the grid of ``due``; what was missed is passed over."""
    return due + max(1, (now - due) // every + 1) * every
