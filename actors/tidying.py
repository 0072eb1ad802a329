"""What chores share that take old rows away: some of them at a time, by age and by device."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Occasion
from db import attic
from db.attic import Shelf
from db.platform import platform_session

BATCH = 1000
"""Rows by age that one transaction deletes."""

DEVICES = 200
"""Devices whose surplus one transaction deletes."""


def by_age(occasion: Occasion, shelf: Shelf, kept: timedelta) -> None:
    """Delete what is older than it is kept."""
    count = BATCH
    while count == BATCH:
        with platform_session(occasion.stores, f"old rows of {shelf.table} go") as session:
            count = attic.old(session, shelf, occasion.now - kept, BATCH)


def by_device(occasion: Occasion, shelf: Shelf, most: int) -> None:
    """Delete what a device has beyond its newest rows."""
    after = None
    while True:
        with platform_session(occasion.stores, f"{shelf.table} keeps so much of each device") as session:
            found = attic.some(session, after, DEVICES)
            attic.surplus(session, shelf, found, most)
        if len(found) < DEVICES:
            return
        after = found[-1]
