"""What is told of alerts: to whom, along which routes, at which hours, and in which message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from fleet.events import Severity

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LATER: Final = 9
"""So many days ahead the begin of hours is looked for."""

_RANK: Final = {severity: rank for rank, severity in enumerate((Severity.INFO, Severity.WARNING, Severity.CRITICAL))}


class What(StrEnum):
    """What a message is about, and what it says of each alert (there only the first three)."""

    FIRED = "fired"
    RESOLVED = "resolved"
    ESCALATED = "escalated"
    DIGEST = "digest"
    TEST = "test"


class State(StrEnum):
    """What became of a message: it waits, was taken, was given up, or needs nobody any more."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """A channel of the tenant, or one person by it."""

    channel_id: UUID
    person: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """Minutes of some days in a time zone; from a minute to the same one is the whole day.

    What ends before it begins goes on over midnight, and belongs to the day on which it began.
    """

    days: frozenset[str] = frozenset(DAYS)
    begins: int = 0
    ends: int = 0
    zone: str = "UTC"

    def open(self, at: datetime) -> bool:
        """Tell whether an instant lies within."""
        local = at.astimezone(ZoneInfo(self.zone))
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.begins == self.ends:
            return DAYS[today] in self.days
        if self.begins < self.ends:
            return DAYS[today] in self.days and self.begins <= minute < self.ends
        late = minute >= self.begins and DAYS[today] in self.days
        return late or (minute < self.ends and DAYS[today - 1] in self.days)

    def coming(self, at: datetime) -> datetime:
        """Tell from when on they are open: now, where they are."""
        if self.open(at):
            return at
        zone = ZoneInfo(self.zone)
        first = at.astimezone(zone).date()
        begins = 0 if self.begins == self.ends else self.begins
        clock = time(begins // 60 % 24, begins % 60)
        starts = [datetime.combine(first + timedelta(days=day), clock, zone).astimezone(UTC) for day in range(LATER)]
        return next((start for start in starts if start > at and self.open(start)), starts[-1])


@dataclass(frozen=True, slots=True)
class Escalation:
    """Whom else to tell of what nobody has acknowledged after a while."""

    after: timedelta
    to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """That an alert fired or is over, with what routes ask of it."""

    event_id: UUID
    alert_id: UUID
    what: What
    at: datetime
    severity: Severity
    tags: frozenset[str] = frozenset()
    site_id: UUID | None = None
    silenced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route. The first by ``place`` that takes an alert is its way; where that ``goes_on`` the next one is, too.

    ``group`` is how long a message waits for more of its kind. With ``digest`` there is one message for each such
    span, which tells both what began and what is over.
    """

    id: UUID
    name: str
    to: Recipient
    place: int = 0
    severity: Severity = Severity.INFO
    tag: str | None = None
    site_id: UUID | None = None
    hours: Hours = Hours()
    group: timedelta = timedelta(0)
    digest: timedelta | None = None
    escalation: Escalation | None = None
    goes_on: bool = False

    def takes(self, turn: Turn) -> bool:
        """Tell whether it is for an alert, at whatever hour."""
        if _RANK[turn.severity] < _RANK[self.severity]:
            return False
        return (self.tag is None or self.tag in turn.tags) and self.site_id in (None, turn.site_id)

    def window(self, starts: datetime, what: What) -> tuple[datetime, datetime]:
        """Tell from when until when a message gathers that has to tell something from an instant on."""
        if self.digest is not None and what is not What.ESCALATED:
            seconds = self.digest.total_seconds()
            end = datetime.fromtimestamp((starts.timestamp() // seconds + 1) * seconds, UTC)
            return end - self.digest, end
        return starts, starts + self.group


@dataclass(frozen=True, slots=True, order=True)
class Notice:
    """A turn of an alert within a message: fired, resolved or escalated."""

    alert_id: UUID
    what: What
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message: it gathers from ``opened`` until ``until``, and is due then.

    ``unsent`` tells that nobody has begun to send it, so that it can still be changed.
    """

    id: UUID
    way_id: UUID | None
    way: str
    to: Recipient
    what: What
    opened: datetime
    until: datetime
    notices: Sequence[Notice] = ()
    unsent: bool = True

    def gathers(self, at: datetime) -> bool:
        """Tell whether it can take up what is to be told from an instant on."""
        return self.unsent and self.opened <= at and (at < self.until or at == self.opened)
