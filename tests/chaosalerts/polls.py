"""What devices tell while that befalls them: the events of a poller, in the order of the polls, second for second."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from fleet.breaker import Breaker, Position
from fleet.device import State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, FamilyRows, Outcome
from fleet.families import Cycle
from fleet.identity import DeviceId, TenantId
from fleet.spans import Span
from tests.chaosalerts.fleet import BEGIN, Fleet

Said = DeviceStatusEvent | DeviceMetricsEvent
CALM, HIGH = (FamilyRows("resource", ("cpu_load_ratio",), ((),), ((load,),)) for load in (0.2, 0.97))
DOWN_AFTER: Final = 2
SLOW: Final = 0.05
WELL: Final = Outcome(State.UP, 1, None, None, Position.CLOSED, None, None, SLOW)


@dataclass(slots=True)
class Device:
    """One device as its poller sees it."""

    id: DeviceId
    tenant_id: TenantId
    every: timedelta
    away: tuple[Span, ...]
    busy: tuple[Span, ...]
    luck: random.Random
    breaker: Breaker = field(default_factory=Breaker)
    state: State = State.UP
    told: bool = False
    next_attempt: datetime = BEGIN

    def poll(self, at: datetime) -> Iterator[Said]:
        """Ask it, unless it is backed off from."""
        if self.breaker.position is Position.OPEN and at < self.next_attempt:
            yield self._status(at, "unreachable", None)
            return
        if _within(self.away, at):
            self.breaker = self.breaker.attempt().failed()
            self.next_attempt = at + self.breaker.wait(self.every, self.luck.random())
            self.state = State.DOWN if self.breaker.failures >= DOWN_AFTER else self.state
            self.told = False
            yield self._status(at, "unreachable", SLOW)
            return
        self.breaker, self.state = self.breaker.succeeded(), State.UP
        outcome: Outcome | None = WELL
        if not self.told:
            self.told, outcome = True, None
            yield self._status(at, None, SLOW)
        rows = (HIGH if _within(self.busy, at) else CALM,)
        yield DeviceMetricsEvent(
            tenant_id=self.tenant_id, device_id=self.id, at=at, cycle=Cycle.FAST, families=rows, outcome=outcome
        )

    def _status(self, at: datetime, code: str | None, took: float | None) -> DeviceStatusEvent:
        return DeviceStatusEvent(
            tenant_id=self.tenant_id,
            device_id=self.id,
            at=at,
            state=self.state,
            attempt=max(1, self.breaker.failures),
            error_code=code,
            error=code,
            breaker=self.breaker.position,
            duration_seconds=took,
        )


def history(fleet: Fleet, owners: dict[DeviceId, TenantId]) -> Iterator[Said]:
    """Yield all that is said, ordered by time; in which order devices are polled, ``wish.order`` draws."""
    wish, luck = fleet.wish, random.Random(f"order {fleet.wish.order}")
    due = []
    for place, device in enumerate(_devices(fleet, owners, luck)):
        due.append((BEGIN + wish.interval * luck.random(), place, device))
    heapq.heapify(due)
    while due and due[0][0] < BEGIN + wish.span:
        at, place, device = due[0]
        yield from device.poll(at)
        heapq.heapreplace(due, (at + wish.interval, place, device))


def steps(fleet: Fleet, owners: dict[DeviceId, TenantId], every: timedelta) -> Iterator[tuple[datetime, list[Said]]]:
    """Cut a history into spans: the end of each, and what is said in it."""
    until, said = BEGIN + every, list[Said]()
    for event in history(fleet, owners):
        while event.at >= until:
            yield until, said
            until, said = until + every, []
        said.append(event)
    yield until, said


def _devices(fleet: Fleet, owners: dict[DeviceId, TenantId], luck: random.Random) -> Iterator[Device]:
    for place, device_id in enumerate(fleet.ids):
        over = set(fleet.above(place))
        away = sorted(span for one in fleet.mishaps if one.place in over for span in one.away)
        busy = sorted(span for one in fleet.mishaps if one.place == place for span in one.busy)
        draws = random.Random(luck.random())
        yield Device(device_id, owners[device_id], fleet.wish.interval, tuple(away), tuple(busy), draws)


def _within(spans: tuple[Span, ...], at: datetime) -> bool:
    return bool(spans) and any(start <= at < end for start, end in spans)
