"""Where people were signed in is forgotten a month after the session ended."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import sessions
from db.platform import platform_session

KEPT = timedelta(days=30)
BATCH = 1000
"""Sessions that one transaction deletes."""


def tidy(occasion: Occasion) -> None:
    """Delete what is too old, some of it at a time."""
    count = BATCH
    while count == BATCH:
        with platform_session(occasion.stores, "old sessions are forgotten") as session:
            count = sessions.forget(session, occasion.now - KEPT, BATCH)


chore = Chore("sessions.tidy", timedelta(hours=1), tidy)
