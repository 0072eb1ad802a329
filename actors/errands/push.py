"""The errand of a push: read its journal, look at the device, decide, act, and tell where it stands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from actors.errand import Duty, Visit
from actors.fetching import fetcher
from actors.pushground import Order
from actors.pushing import News, Push
from actors.pushrecord import Record, gone
from actors.waiting import waits
from db.pushjournal import PushBook, Sealed
from db.vault import BrokenSecret
from fleet.changes import FINAL, PushState
from fleet.clock import Clock
from fleet.device import TlsMode
from fleet.errands import Ending
from fleet.errors import FleetError, Unavailable
from fleet.events import ConfigPushEvent, PushEvent
from fleet.pushes import KIND, told_by
from fleet.vantage import ALONE, View
from routeros.backup.files import Fetch
from routeros.client import Client
from routeros.errors import TimedOut, Unreachable
from routeros.plan.path import Path
from routeros.push.line import NotOurs
from routeros.push.parcel import Parcel

SOON: Final = timedelta(seconds=5)
"""So long a push rests whose owner may not act just now."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What a push stands on: the visit of its device's owner."""

    visit: Visit
    book: PushBook
    fetch: Fetch | None = None

    @property
    def clock(self) -> Clock:
        return self.visit.means.clock

    @property
    def path(self) -> Path:
        device = self.visit.device
        service = "api" if device.endpoint.tls is TlsMode.PLAIN else "api-ssl"
        return Path("", device.endpoint.address, device.endpoint.port, service, device.username)

    async def connect(self) -> Client:
        return await self.visit.means.access.connect(self.visit.device)

    def may(self) -> bool:
        return self.visit.may()

    async def elsewhere(self, poller: str | None) -> View:
        """Let another node look, where there is one."""
        there = self.visit.means.elsewhere
        return ALONE if there is None else await there.look(self.visit.device, poller)

    async def keep(self, before: bytes) -> None:
        """Keep under the tenant's key what was before."""
        await asyncio.to_thread(self._keep, before)

    def _keep(self, before: bytes) -> None:
        errand = self.visit.errand
        (sealed,) = self.visit.means.vault.seal(errand.tenant_id, [before])
        if not self.book.keep(errand.id, self.visit.epoch, sealed):
            raise gone()

    async def kept(self) -> bytes | None:
        """Open what was kept."""
        return await asyncio.to_thread(self._kept)

    def _kept(self) -> bytes | None:
        found = self.book.find(self.visit.errand.id)
        if found is None or found.former is None:
            return None
        (opened,) = self.visit.means.vault.open(found.tenant_id, [found.former])
        return None if isinstance(opened, BrokenSecret) else opened


@dataclass(frozen=True, slots=True)
class Teller:
    """Publishes where a push stands."""

    visit: Visit
    push_id: UUID

    def __call__(self, news: News) -> None:
        self.visit.means.outlet.publish(self.event(news))

    def event(self, news: News) -> PushEvent:
        """Make the event that a step is told by, or another state."""
        visit = self.visit
        kind = told_by(news.state) if news.turned else ConfigPushEvent
        return kind(
            tenant_id=visit.errand.tenant_id,
            device_id=visit.device.id,
            at=visit.means.clock.now(),
            epoch=visit.epoch,
            request_id=visit.errand.request_id,
            change_id=self.push_id,
            state=news.state,
            step=news.step,
            number=news.number or None,
            error=None if news.state is PushState.COMMITTED else news.error,
        )


async def run(visit: Visit) -> Ending:
    """Go on with a push until it has ended; a device that was not reached before it began is tried later.

    One that has begun keeps its device until it has ended: nobody cancels it, and nothing begins in between.
    """
    book = PushBook(visit.means.stores)
    try:
        return await _go(visit, book)
    except NotOurs as error:
        # Whoever may act next goes on from the journal; where that is another one, this word comes too late.
        return Ending.held(SOON, error)
    except (Unavailable, Unreachable, TimedOut) as error:
        if await _begun(book, visit.errand.id):
            return Ending.held(waits(visit.errand.attempt), error)
        raise


async def _begun(book: PushBook, push_id: UUID) -> bool:
    """Tell whether anything of it stands in the journal; who cannot know takes it for begun."""
    try:
        found = await asyncio.to_thread(book.find, push_id)
    except Unavailable:
        return True
    return found is not None and found.state is not PushState.PENDING


async def _go(visit: Visit, book: PushBook) -> Ending:
    push_id, means = visit.errand.id, visit.means
    found = await asyncio.to_thread(book.find, push_id)
    if found is None:
        return Ending.failed("The push is gone: its tenant or its device was removed.")
    if found.state in FINAL:
        return _ending(found.state, None)
    parcel = await asyncio.to_thread(_opened, visit, found)
    order = Order(push_id, parcel.operations, parcel.key, found.risky, found.override)
    record = Record(book, push_id, visit.epoch, means.clock)
    stand = Stand(visit, book, await fetcher(means, visit.device))
    state = await Push(order, stand, record, Teller(visit, push_id)).run()
    return _ending(state, record.why)


def _opened(visit: Visit, found: Sealed) -> Parcel:
    """Open what is to be done; raises Unavailable while OpenBao is away, FleetError where it can never be read."""
    (opened,) = visit.means.vault.open(found.tenant_id, [found.text or ""])
    if isinstance(opened, BrokenSecret):
        raise FleetError(f"The push cannot be read: {opened.reason}.", "Ask for it anew.")
    return Parcel.unpack(opened)


def _ending(state: PushState, why: str | None) -> Ending:
    if state is PushState.COMMITTED:
        return Ending.done()
    return Ending.failed(f"The push ended as {state}. {why or ''}".strip())


duty = Duty(KIND, run)
