"""How long an errand waits that came to nothing, and is to be begun again."""

from __future__ import annotations

from datetime import timedelta

SOON, LATEST = timedelta(seconds=10), timedelta(minutes=5)
"""How long it waits after its device was not reached, the first time and at the most."""


def waits(attempt: int) -> timedelta:
    """Tell how long an errand waits after its ``attempt``-th beginning came to nothing."""
    doubled: int = 1 << min(max(1, attempt) - 1, 10)
    return min(SOON * doubled, LATEST)
