"""Published letters go from the outbox when they are two days old."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import outbox
from db.platform import platform_session

KEPT = timedelta(days=2)
BATCH = 1000
"""Letters that one transaction deletes."""


def tidy(occasion: Occasion) -> None:
    """Delete the old ones, a batch at a time."""
    count = BATCH
    while count == BATCH:
        with platform_session(occasion.stores, "old letters of the outbox go") as session:
            count = outbox.tidy(session, occasion.now - KEPT, BATCH)


chore = Chore("outbox.tidy", timedelta(hours=1), tidy)
