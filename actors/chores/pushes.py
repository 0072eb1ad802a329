"""The chore that ends pushes whose errand was over before anything was done with their device."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from bus import subjects
from db import pushes
from db.platform import platform_session

EVERY = timedelta(minutes=1)


def run(occasion: Occasion) -> None:
    """End what expired, or failed before it began."""
    with platform_session(occasion.stores, "end pushes whose errand is over") as session:
        pushes.settle(session, occasion.now, subjects.of)


chore = Chore("push.settle", EVERY, run)
