"""What is gone from the inventory goes after a month, the log of its changes after half a year."""

from __future__ import annotations

from datetime import timedelta

from actors import tidying
from actors.chore import Chore, Occasion
from db.attic import GONE, LOG

GONE_KEPT = timedelta(days=30)
LOG_KEPT = timedelta(days=180)

MOST_GONE = 1000
MOST_LOGGED = 5000
"""Rows that are kept of one device, however young they are."""


def tidy(occasion: Occasion) -> None:
    """Delete what is too old, then what is too much, some of it at a time."""
    for shelf, kept, most in ((GONE, GONE_KEPT, MOST_GONE), (LOG, LOG_KEPT, MOST_LOGGED)):
        tidying.by_age(occasion, shelf, kept)
        tidying.by_device(occasion, shelf, most)


chore = Chore("inventory.tidy", timedelta(hours=1), tidy)
