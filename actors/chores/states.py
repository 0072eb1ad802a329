"""The states that devices had go with the last roll-ups of that time, and beyond so many of a device."""

from __future__ import annotations

from datetime import timedelta

from actors import tidying
from actors.chore import Chore, Occasion
from db import retention
from db.attic import STATES
from db.platform import platform_session
from fleet.resolutions import Resolution

MOST = 20_000
"""States that are kept of one device: two months of one that is up and down every two minutes."""


def tidy(occasion: Occasion) -> None:
    """Delete what is too old, then what is too much."""
    with platform_session(occasion.stores, "how long states are kept") as session:
        kept = retention.in_force(session, occasion.settings)[Resolution.HOUR].keep
    tidying.by_age(occasion, STATES, kept)
    tidying.by_device(occasion, STATES, MOST)


chore = Chore("states.tidy", timedelta(hours=1), tidy)
