"""What is gone from the inventory goes after a month, the log of its changes after half a year."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import attic
from db.attic import GONE, LOG, Shelf
from db.platform import platform_session

GONE_KEPT = timedelta(days=30)
LOG_KEPT = timedelta(days=180)

MOST_GONE = 1000
MOST_LOGGED = 5000
"""Rows that are kept of one device, however young they are."""

BATCH = 1000
"""Rows by age that one transaction deletes."""

DEVICES = 200
"""Devices whose surplus one transaction deletes."""


def tidy(occasion: Occasion) -> None:
    """Delete what is too old, then what is too much, some of it at a time."""
    for shelf, kept, most in ((GONE, GONE_KEPT, MOST_GONE), (LOG, LOG_KEPT, MOST_LOGGED)):
        _by_age(occasion, shelf, kept)
        _by_device(occasion, shelf, most)


def _by_age(occasion: Occasion, shelf: Shelf, kept: timedelta) -> None:
    count = BATCH
    while count == BATCH:
        with platform_session(occasion.stores, "the inventory's old rows go") as session:
            count = attic.old(session, shelf, occasion.now - kept, BATCH)


def _by_device(occasion: Occasion, shelf: Shelf, most: int) -> None:
    after = None
    while True:
        with platform_session(occasion.stores, "the inventory keeps so much of each device") as session:
            found = attic.some(session, after, DEVICES)
            attic.surplus(session, shelf, found, most)
        if len(found) < DEVICES:
            return
        after = found[-1]


chore = Chore("inventory.tidy", timedelta(hours=1), tidy)
