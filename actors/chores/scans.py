"""Searches for routers go on, piece by piece; one that was cut begins again where its last piece ended."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from actors import search
from actors.chore import Chore, Occasion
from db import inventory, scans
from db.platform import platform_session
from db.scans import Scan
from fleet import listeners, scanning
from fleet.egress import Egress
from fleet.errors import EgressDenied
from fleet.scanning import Found, Progress

WHY = "searches for routers go on"

AT_ONCE = 8
"""Searches, each of another tenant, that are worked on at the same time; the others wait."""

BUDGET = 15.0
"""Seconds after which what is left waits for the next turn, so that other chores have theirs."""


def go_on(occasion: Occasion) -> None:
    """Work on what there is for a while."""
    with platform_session(occasion.stores, WHY) as session:
        waiting = scans.live(session, AT_ONCE)
    if waiting:
        asyncio.run(_all(Turn(occasion, time.monotonic()), waiting))


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the chore, and when it began."""

    occasion: Occasion
    began: float

    def over(self) -> bool:
        """Tell whether what is left waits."""
        return self.occasion.ending() or time.monotonic() - self.began > BUDGET

    def now(self) -> datetime:
        """Tell the domain's time."""
        passed = timedelta(seconds=time.monotonic() - self.began)
        return self.occasion.now + passed * self.occasion.settings.clock_factor

    def claim(self, scan_id: UUID) -> tuple[Scan, Egress] | None:
        """Take a search, with the networks that its tenant may reach now."""
        with platform_session(self.occasion.stores, WHY) as session:
            held = scans.claim(session, scan_id)
            if held is None:
                return None
            granted = inventory.granted(session, held.tenant_id)
            return held, Egress.of(granted, listeners.networks(self.occasion.settings))

    def store(self, held: Scan, tried: int, answered: list[Found]) -> bool:
        """Keep a piece; with the last one the search is done. False where it is no longer ours."""
        with platform_session(self.occasion.stores, WHY) as session:
            if not scans.store(session, held, tried, answered):
                return False
            return tried < held.total or scans.end(session, held, Progress.DONE, self.now())

    def fail(self, held: Scan, error: str) -> None:
        """End a search that may not go on."""
        with platform_session(self.occasion.stores, WHY) as session:
            scans.end(session, held, Progress.FAILED, self.now(), error)


async def _all(turn: Turn, waiting: list[UUID]) -> None:
    await asyncio.gather(*(_one(turn, scan_id) for scan_id in waiting))


async def _one(turn: Turn, scan_id: UUID) -> None:
    claimed = await asyncio.to_thread(turn.claim, scan_id)
    if claimed is None:
        return
    held, egress = claimed
    places, tried = scanning.addresses(held.wanted.network), held.tried
    while tried < held.total and not turn.over():
        some = places[tried : tried + search.size(held.wanted)]
        try:
            answered = await search.piece(some, held.wanted, egress)
        except EgressDenied as error:
            await asyncio.to_thread(turn.fail, held, str(error))
            return
        tried += len(some)
        if not await asyncio.to_thread(turn.store, held, tried, answered):
            return


chore = Chore("scans.go_on", timedelta(seconds=2), go_on)
