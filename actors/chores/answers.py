"""Answers that were kept for requests with an Idempotency-Key go when they are a day old."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import repeats
from db.platform import platform_session

BATCH = 1000
"""Answers that one transaction deletes."""


def tidy(occasion: Occasion) -> None:
    """Delete the old ones, a batch at a time."""
    count = BATCH
    while count == BATCH:
        with platform_session(occasion.stores, "old answers that were kept go") as session:
            count = repeats.tidy(session, occasion.now - repeats.KEPT, BATCH)


chore = Chore("answers.tidy", timedelta(hours=1), tidy)
