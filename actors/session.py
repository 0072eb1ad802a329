"""One device: its connection, what it is asked, its breaker and its state, and the events that follow from a poll."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import structs

from actors.caution import Caution
from actors.collection import Answered, Asked, Collection
from actors.finding import Finding
from actors.measures import Measures
from actors.stocks import News, Stocks
from fleet import logs
from fleet.breaker import Breaker, Position
from fleet.clock import Clock
from fleet.device import Device, State
from fleet.errors import FleetError, Unavailable
from fleet.events import DeviceInventoryEvent, DeviceMetricsEvent, DeviceStatusEvent, Event
from fleet.families import Cycle
from routeros.client import Reply
from routeros.collector import Collector
from routeros.errors import Fatal, ProtocolError, RouterOSError, TimedOut, Unreachable
from routeros.words import Command

log = logs.get(__name__)

DOWN_AFTER = 2
UPTIME = ("resource", "uptime_seconds")
LEAST = 1.0
"""Seconds that the answers may take, however long the login took."""


class Connection(Protocol):
    """What a session needs of ``routeros.client.Client``."""

    @property
    def closed(self) -> bool: ...
    @property
    def streams(self) -> int: ...
    async def calls(self, commands: Sequence[Command], *, timeout: timedelta) -> list[Reply]: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What all sessions of a poller share. ``connect`` raises FleetError; Unavailable where the fault is ours."""

    connect: Callable[[Device], Awaitable[Connection]]
    collectors: Sequence[Collector]
    clock: Clock
    slow_every: timedelta
    timeout: timedelta
    draw: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Polled:
    """What came of a poll. ``asked`` is False where the breaker is open and the last finding was only restated.

    ``news`` is there where it was asked what the device has: what is new of that, already in ``events``.
    """

    events: tuple[Event, ...]
    ok: bool
    asked: bool = True
    seconds: float = 0.0
    news: News | None = None


class Session:
    """A device under the care of one poller. Polls follow one another; two at once never happen.

    ``epoch`` is that of its partition, under which the poller holds it. The connection is kept between polls; where
    the router closed it meanwhile, the same poll connects again.
    """

    def __init__(self, device: Device, tools: Tools, epoch: int = 0) -> None:
        self.device = device
        self.epoch = epoch
        self._tools = tools
        self._collection = Collection(tools.collectors, tools.slow_every, tools.draw, device.collectors_off)
        self._measures = Measures()
        self._stocks = Stocks()
        self._breaker = Breaker()
        self._caution = Caution()
        self._finding = Finding()
        self._connection: Connection | None = None
        self._outdated = False
        self._began = tools.clock.now()

    @property
    def position(self) -> Position:
        return self._breaker.position

    @property
    def state(self) -> State | None:
        return self._finding.state

    def update(self, device: Device) -> None:
        """Take the device's new description: from the next poll on, and with a breaker that knows nothing yet.

        Where it is only to be asked something else, connection and breaker stay.
        """
        elsewhere = replace(device, collectors_off=self.device.collectors_off) != self.device
        self.device = device
        self._collection.switch(device.collectors_off)
        if elsewhere:
            self._outdated, self._breaker, self._caution = True, Breaker(), Caution()

    async def poll(self) -> Polled:
        """Ask the device what is due; whatever fails becomes its state."""
        began, before = time.monotonic(), self._breaker
        if self._backing_off():
            return Polled((self._status(0.0),), ok=False, asked=False)
        self._breaker, self._began = before.attempt(), self._tools.clock.now()
        try:
            asked, answered = await self._ask()
        except Unavailable as error:
            self._breaker = before
            self._excuse(error)
            return self._unanswered(began)
        except FleetError as error:
            self._fail(error)
            return self._unanswered(began)
        return self._answered(asked, answered, time.monotonic() - began)

    def crashed(self, error: Exception) -> Polled:
        """Make a failed poll of an error that is a fault of the program."""
        self._fail(
            FleetError(
                f"Polling failed inside Flotilla: {type(error).__name__}: {error}.",
                "Report it with the poller's log.",
            )
        )
        return self._unanswered(time.monotonic())

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ask(self) -> tuple[Asked, Answered]:
        asked = self._collection.ask(self._tools.clock.now())
        try:
            # Twice the time: the client has deadlines of its own, this one is for what it may have forgotten.
            async with asyncio.timeout(2 * self._tools.timeout.total_seconds()):
                replies = await self._replies(asked.commands)
                if further := self._collection.further(asked, replies):
                    asked, replies = asked.along(further), replies + await self._call(further)
        except TimeoutError:
            await self.close()
            raise TimedOut("The poll took too long and was given up.", device=str(self.device.endpoint)) from None
        return asked, self._collection.take(asked, replies, self._tools.clock.now())

    async def _replies(self, commands: Sequence[Command]) -> list[Reply]:
        lost = self._connection is not None and self._connection.closed
        if self._caution.over(self._tools.clock.now()) or self._outdated or lost:
            self._outdated = False
            await self.close()
        kept = self._connection is not None
        try:
            return await self._call(commands)
        except (Unreachable, Fatal):
            if not kept:
                raise
        return await self._call(commands)

    async def _call(self, commands: Sequence[Command]) -> list[Reply]:
        seconds, caution = self._tools.timeout.total_seconds(), self._caution
        deadline, minded = time.monotonic() + seconds, caution.minded(self.device)
        if self._connection is None:
            self._connection = await self._tools.connect(minded)
        connection, left = self._connection, min(seconds, max(LEAST, deadline - time.monotonic()))
        try:
            replies = await connection.calls(commands, timeout=timedelta(seconds=left))
        except RouterOSError as error:
            if isinstance(error, ProtocolError):
                caution.begin("sent what is not the API's protocol", self._tools.clock.now())
            await self.close()
            raise
        if connection.streams < minded.endpoint.streams:
            caution.begin("answered late", self._tools.clock.now())
        return replies

    def _answered(self, asked: Asked, answered: Answered, seconds: float) -> Polled:
        attempt = self._breaker.failures + 1
        self._breaker = self._breaker.succeeded()
        finding, fault = self._finding, self._collection.fault
        finding.uptime = self._uptime(answered)
        finding.facts.update(answered.facts)
        self._become(State.UP if fault is None else State.DEGRADED, fault or self._caution.notice)
        finding.next_attempt = self._began + self.device.interval
        at = self._tools.clock.now()
        outcome = finding.outcome(attempt, self.position, seconds)
        metrics = [event for cycle in Cycle if (event := self._metrics(cycle, asked, answered, at))]
        events: tuple[Event, ...]
        if asked.usual and metrics and finding.is_told(outcome, self.epoch):
            events = (structs.replace(metrics[0], outcome=outcome),)
        else:
            events = (finding.status(self.device, self.epoch, at, outcome), *metrics)
        if asked.usual and not self._collection.watches:
            return Polled(events, ok=True, seconds=seconds)
        news = self._stocks.news(asked, answered, at)
        return Polled((*events, *self._inventory(news, at)), ok=True, seconds=seconds, news=news)

    def _uptime(self, answered: Answered) -> float | None:
        name, field_name = UPTIME
        reading = answered.readings.get(name)
        return reading.samples[0].values.get(field_name) if reading and reading.samples else None

    def _metrics(self, cycle: Cycle, asked: Asked, answered: Answered, at: datetime) -> DeviceMetricsEvent | None:
        """Gather the families of the collectors of one cycle."""
        families = tuple(
            self._measures.rows(collector.family, reading.samples, at.timestamp(), self._finding.uptime)
            for collector in asked.collectors
            if collector.cycle is cycle and collector.family is not None
            if (reading := answered.readings.get(collector.name)) is not None and reading.samples
        )
        if not families:
            return None
        owner, its_id = self.device.tenant_id, self.device.id
        return DeviceMetricsEvent(
            tenant_id=owner, device_id=its_id, at=at, epoch=self.epoch, cycle=cycle, families=families
        )

    def _inventory(self, news: News, at: datetime) -> Iterator[DeviceInventoryEvent]:
        owner, its_id = self.device.tenant_id, self.device.id
        for kinds in news.groups:
            yield DeviceInventoryEvent(tenant_id=owner, device_id=its_id, at=at, epoch=self.epoch, kinds=kinds)

    def _backing_off(self) -> bool:
        due = self._finding.next_attempt
        return self.position is Position.OPEN and due is not None and self._tools.clock.now() < due

    def _fail(self, error: FleetError) -> None:
        self._breaker = self._breaker.failed()
        finding = self._finding
        self._become(State.DOWN if self._breaker.failures >= DOWN_AFTER else finding.state, error)
        finding.next_attempt = self._began + self._breaker.wait(self.device.interval, self._tools.draw())

    def _excuse(self, error: Unavailable) -> None:
        """Note that the device was not asked for a reason of ours: nothing is known, nothing held against it."""
        self._become(State.STALE, error)
        self._finding.next_attempt = self._began + self.device.interval

    def _become(self, state: State | None, error: FleetError | None) -> None:
        """Note the state and its reason; a change of the state is worth a line in the log."""
        before, self._finding.state, self._finding.error = self._finding.state, state, error
        if state is not before:
            why = {"why": str(error), "code": error.code} if error else {}
            # A fleet that is well when it is first asked is no news.
            tell = log.debug if before is None and state is State.UP else log.info
            tell("state changed", state=state, before=before, **why, **logs.about(self.device, self.epoch))

    def _unanswered(self, began: float) -> Polled:
        seconds = time.monotonic() - began
        return Polled((self._status(seconds),), ok=False, seconds=seconds)

    def _status(self, seconds: float) -> DeviceStatusEvent:
        """Say how a device is that did not answer, or was not asked."""
        outcome = self._finding.outcome(max(1, self._breaker.failures), self.position, seconds)
        return self._finding.status(self.device, self.epoch, self._tools.clock.now(), outcome)
