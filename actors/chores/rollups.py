"""Roll-ups follow the rows: every minute what has become out of date is computed anew."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import rollups
from db.dirty import Window
from db.storage import ROLLUPS
from routeros import collectors


def follow(occasion: Occasion) -> None:
    """Roll up what waits, for a while; what is left waits for the next time."""
    over = rollups.after(rollups.BUDGET)
    rollups.run(occasion.stores, collectors.families(), Window(occasion.now), lambda: over() or occasion.ending())


chore = Chore(ROLLUPS, timedelta(minutes=1), follow)
