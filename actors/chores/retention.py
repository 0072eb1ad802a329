"""What is older than it is kept goes, and raw rows go early where the disk runs full."""

from __future__ import annotations

from datetime import timedelta

from actors.chore import Chore, Occasion
from db import retention
from db.retention import Means
from routeros import collectors


def uphold(occasion: Occasion) -> None:
    """Drop what is too old, then what there is no room for."""
    means = Means(occasion.stores, collectors.families(), occasion.settings, occasion.now)
    retention.uphold(means)
    retention.guard(means)


chore = Chore("store.retention", timedelta(minutes=5), uphold)
