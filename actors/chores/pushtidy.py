"""Pushes that ended long ago go, with their journals; the last one to each device stays."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import campaigncourse, pushes
from db.campaigndeeds import KEPT
from db.platform import platform_session

WHY = "pushes that are kept no longer"
BATCH = 200
"""Pushes that one transaction deletes."""


def tidy(occasion: Occasion) -> None:
    """Delete the old ones, a batch at a time, and what campaigns pushed that nobody can try again."""
    before = occasion.now - occasion.settings.keep_pushes
    with platform_session(occasion.stores, WHY) as session:
        campaigncourse.forget(session, occasion.now - KEPT)
        campaigncourse.tidy(session, before)
    count = BATCH
    while count == BATCH and not occasion.ending():
        with platform_session(occasion.stores, WHY) as session:
            count = pushes.tidy(session, before, BATCH)


chore = Chore("push.tidy", timedelta(hours=1), tidy)
