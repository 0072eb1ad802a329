"""Versions and readings that are kept no longer go; the last good version of a device never does."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from actors.chore import Chore, Occasion
from db import configpolicies, configtidy
from db.platform import platform_session

WHY = "configurations that are kept no longer"
READINGS = timedelta(days=90)
"""How long readings are kept, and with them what was not whole."""

SOME = 500
"""Devices, and readings, of one transaction."""


def tidy(occasion: Occasion) -> None:
    """Go over all devices that have versions, some at a time."""
    after: UUID | None = None
    while not occasion.ending():
        with platform_session(occasion.stores, WHY) as session:
            owners = configtidy.owners(session, after, SOME)
            configtidy.tidy(session, configpolicies.read(session), owners, occasion.now)
        if len(owners) < SOME:
            break
        after = owners[-1][1]
    count = SOME
    while count == SOME and not occasion.ending():
        with platform_session(occasion.stores, WHY) as session:
            count = configtidy.forget(session, occasion.now - READINGS, SOME)


chore = Chore("backups.tidy", timedelta(hours=1), tidy)
