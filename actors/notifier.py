"""The notifier: decides whom to tell of what alerts did, and sends what is due, at least once, until it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from actors import channel as ways
from actors import wording
from actors.channel import Channel, Note, Place, Receipt
from actors.guard import Guard
from actors.rounds import Rounds
from actors.wording import Story
from db import mandates, notifylines, notifyplan, notifysend
from db.engine import Stores
from db.notifylines import Line
from db.notifysend import Attempt, Claim, Way
from db.platform import platform_session
from db.vault import BrokenSecret
from fleet import logs
from fleet.alerts.telling import State, What
from fleet.clock import Clock
from fleet.errors import FleetError
from fleet.identity import Scope, TenantId

LOOK_EVERY: Final = 1.0
MOST: Final = 32
"""Messages that are sent at once."""

HOLD: Final = timedelta(seconds=90)
"""How long a claim lasts, in real time: longer than any channel takes."""

WHY: Final = "the notifier tells of alerts"

Opener = Callable[[TenantId, Sequence[str]], list[bytes | BrokenSecret]]

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Office:
    """What the notifier works with: the stores, who opens secrets, where messages may go, and where people look."""

    stores: Stores
    open: Opener
    guard: Guard
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A message ready to be handed to its channel."""

    channel: Channel
    place: Place
    note: Note


class Notifier:
    """Works until drained. Several may work side by side; one that is killed leaves its claims to the others."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self._office = office
        self._clock = clock
        self._channels: Mapping[str, Channel] = ways.kinds()
        self._rounds = Rounds("notifier", LOOK_EVERY)
        self._sending: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._failed = 0

    @property
    def problem(self) -> str:
        """What keeps messages waiting; empty while nothing does."""
        return self._rounds.problem

    async def run(self) -> None:
        """Look every second for what alerts did and for what is due, until drained."""
        await self._rounds.run(self.turn)

    async def drain(self, patience: timedelta) -> bool:
        """Stop, and let what is being sent come to its end; what does not is sent again by another."""
        stopped = await self._rounds.stop(patience)
        if self._sending:
            await asyncio.wait(self._sending, timeout=patience.total_seconds())
        return stopped and not self._sending

    def report(self) -> dict[str, object]:
        """Tell how many messages were taken, and how many attempts were not."""
        return {"notifications_sent": self._sent, "notifications_failed": self._failed}

    async def turn(self) -> bool:
        """Decide what is to be decided, and begin to send what is due; tells whether there may be more at once.

        Raises Unavailable where the database is away.
        """
        looked = await asyncio.to_thread(self._plan)
        free = MOST - len(self._sending)
        claims = await asyncio.to_thread(self._claim, free) if free > 0 else []
        for claim in claims:
            task = asyncio.create_task(self._deliver(claim))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return looked >= notifyplan.BATCH

    async def settled(self) -> None:
        """Wait until all that is being sent has come to its end."""
        while self._sending:
            await asyncio.wait(self._sending)

    async def _deliver(self, claim: Claim) -> None:
        """Send a message and note how that went. What cannot be noted is sent again once the claim has run out."""
        try:
            parcel = await asyncio.to_thread(self._prepare, claim)
            if parcel is None:
                return
            if isinstance(parcel, Receipt):
                receipt = parcel
            else:
                receipt = await parcel.channel.send(parcel.place, parcel.note, self._office.guard)
        except FleetError as error:
            receipt = Receipt(False, None, str(error))
        except Exception as error:
            log.exception("a notification failed", delivery=str(claim.id))
            receipt = Receipt(False, None, f"{type(error).__name__} within Flotilla")
        self._sent, self._failed = self._sent + receipt.sent, self._failed + (not receipt.sent)
        try:
            await asyncio.to_thread(self._settle, claim, receipt)
        except FleetError as error:
            log.warning("how a notification went could not be noted", delivery=str(claim.id), reason=str(error))

    def _plan(self) -> int:
        """Decide for each tenant in a transaction of its own; returns the most turns that one of them had."""
        now, looked = self._clock.now(), 0
        with platform_session(self._office.stores, WHY) as session:
            found = notifyplan.waiting(session, now)
        for tenant_id in found:
            with platform_session(self._office.stores, WHY) as session:
                looked = max(looked, notifyplan.plan(session, tenant_id, now))
        return looked

    def _claim(self, most: int) -> list[Claim]:
        now = self._clock.now()
        # The clock may run faster than the wall's, a claim does not.
        until = now + HOLD / self._clock.real(timedelta(seconds=1))
        with platform_session(self._office.stores, WHY) as session:
            return notifysend.claim(session, now, until, most)

    def _prepare(self, claim: Claim) -> _Parcel | Receipt | None:
        """Make a message of what there is to tell; None where that is nothing, or where nobody may be told."""
        now = self._clock.now()
        with platform_session(self._office.stores, WHY) as session:
            way = notifysend.way(session, claim)
            if (why := self._refused(claim, way)) is None and claim.person:
                rights = (Scope.ALERTS_READ, Scope.DEVICES_READ)
                if not all(mandates.may(session, claim.tenant_id, claim.person, one, now) for one in rights):
                    why = f"{claim.person} is nobody who may read this tenant's alerts."
            if why is not None or way is None:
                notifysend.end(session, claim, State.DEAD, now, why or "")
                return None
            lines = notifylines.lines(session, claim, now)
            told = [line for line in lines if worth(line, claim)]
            notifysend.drop(session, claim, [(line.id, line.what) for line in lines if line not in told])
            if not told and claim.what is not What.TEST:
                notifysend.end(session, claim, State.WITHDRAWN, now, "Nobody needed to be told any more.")
                return None
            slug, name = notifysend.house(session, claim.tenant_id)
            before = notifylines.changes(session, claim.tenant_id, told)
        link = f"{self._office.url.rstrip('/')}/t/{slug}/alerts"
        story = Story(claim.id, claim.what, now, name, way.name, link, told, before, claim.person)
        return self._parcel(claim, way, wording.note(story))

    def _refused(self, claim: Claim, way: Way | None) -> str | None:
        if way is None:
            return "The channel is no more."
        if way.kind not in self._channels:
            return f"There is no channel of the kind {way.kind}."
        return None if way.enabled else "The channel is switched off."

    def _parcel(self, claim: Claim, way: Way, note: Note) -> _Parcel | Receipt:
        """Open the secrets; raises Unavailable where OpenBao is away."""
        sealed = {name: text for name, text in (("url", way.url), ("secret", way.secret)) if text}
        opened = (
            dict(zip(sealed, self._office.open(claim.tenant_id, [*sealed.values()]), strict=True)) if sealed else {}
        )
        secrets = {name: one.decode() for name, one in opened.items() if isinstance(one, bytes)}
        if len(secrets) < len(sealed):
            return Receipt(False, None, "The channel's secret cannot be opened. Give it anew.")
        return _Parcel(self._channels[way.kind], Place(way.settings, **secrets), note)

    def _settle(self, claim: Claim, receipt: Receipt) -> None:
        said = receipt.said.replace("\0", "")[:300]
        attempt = Attempt(self._clock.now(), receipt.sent, receipt.code, said, receipt.gone)
        with platform_session(self._office.stores, WHY) as session:
            if not notifysend.settle(session, claim, attempt):
                log.warning("another has taken over what took so long", delivery=str(claim.id))


def worth(line: Line, claim: Claim) -> bool:
    """Tell whether a line of a message still needs to be told.

    What nobody acknowledged when it was to be escalated is, unless somebody has since. That an alert is over is told
    to whom its begin was told.
    """
    if line.what is What.ESCALATED:
        return line.acknowledged_at is None and not line.silenced and not _over(line.ended_at, claim.due_at)
    return line.begun if line.what is What.RESOLVED else True


def _over(ended_at: datetime | None, at: datetime) -> bool:
    return ended_at is not None and ended_at <= at
