"""Rollouts that ended long ago go, with their devices and journals; plans that nobody started in time are over."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import rollouttidy
from db.platform import platform_session

WHY = "rollouts that are kept no longer"
BATCH = 5
"""Rollouts that one transaction deletes: each may have thousands of devices, and their journals."""


def tidy(occasion: Occasion) -> None:
    """End what is overdue, and delete the old ones, some at a time."""
    with platform_session(occasion.stores, WHY) as session:
        rollouttidy.expire(session, occasion.now)
    before, count = occasion.now - occasion.settings.keep_rollouts, BATCH
    while count == BATCH and not occasion.ending():
        with platform_session(occasion.stores, WHY) as session:
            count = rollouttidy.tidy(session, before, BATCH)


chore = Chore("rollout.tidy", timedelta(hours=1), tidy)
