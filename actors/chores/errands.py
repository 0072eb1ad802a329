"""The chore that ends errands which waited for their device too long, and forgets those that ended a while ago."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import errands
from db.platform import platform_session

KEPT = timedelta(days=7)
"""How long what ended is kept beside its operation."""


def tidy(occasion: Occasion) -> None:
    """End what is late, delete what is old."""
    with platform_session(occasion.stores, "errands that are over") as session:
        errands.expire(session, occasion.now)
        errands.tidy(session, occasion.now - KEPT)


chore = Chore("errands.tidy", timedelta(minutes=1), tidy)
