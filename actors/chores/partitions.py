"""The day partitions of the metric tables are made before the first row of the day comes."""

from __future__ import annotations

from datetime import UTC, timedelta

from actors.chore import Chore, Occasion
from db import partitions
from db.platform import platform_session


def ahead(occasion: Occasion) -> None:
    """Make those of today and of the days that follow; writers do the same for a day that nobody has made."""
    days = partitions.with_ahead([occasion.now.astimezone(UTC).date()])
    with platform_session(occasion.stores, "partitions are made ahead") as session:
        partitions.prepare(session, days)


chore = Chore("partitions.ahead", timedelta(hours=1), ahead)
