"""Alerts that are over, and what was told of them, go after half a year; of one device what is too much."""

from __future__ import annotations

from datetime import timedelta

from actors import tidying
from actors.chore import Chore, Occasion
from db.attic import ALERTS, DELIVERIES

KEPT = timedelta(days=180)

MOST = 5000
"""Alerts that are over and are kept of one device, however young they are."""


def tidy(occasion: Occasion) -> None:
    """Delete what is too old, then what is too much, some of it at a time."""
    tidying.by_age(occasion, ALERTS, KEPT)
    tidying.by_age(occasion, DELIVERIES, KEPT)
    tidying.by_device(occasion, ALERTS, MOST)


chore = Chore("alerts.tidy", timedelta(hours=1), tidy)
