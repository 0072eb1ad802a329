"""An alerter, a relay or a notifier in a process of its own that may be killed: it does a step, and says so."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Final, Protocol, TypeVar

import structlog

from actors.alerter import Alerter
from actors.alerting import Shelf
from actors.guard import Guard
from actors.notifier import Notifier, Office
from actors.relay import Relay
from bus.connection import Bus
from bus.consumer import consume
from bus.pull import Pull
from bus.relaying import Courier
from bus.streams import ALERTER
from db.engine import Stores
from db.vault import BrokenSecret
from fleet.egress import Egress
from fleet.errors import Unavailable
from fleet.identity import TenantId
from tests.chaosalerts.fleet import BEGIN

HASTY: Final = replace(ALERTER, linger=timedelta(milliseconds=2), patience=timedelta(milliseconds=600), batch=40)
"""The alerter's durable: what a killed one had taken comes again soon, and a step is several batches."""

PAUSE: Final = 0.004
SEAL: Final = "vault:v1:"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """What a child needs to begin."""

    who: str
    urls: dict[str, str]
    nats_url: str
    token: str
    born: int
    """When the run began, in nanoseconds of real time."""


@dataclass(frozen=True, slots=True)
class Step:
    """A span of the history: what is said in it is in the stream."""

    begin: datetime
    end: datetime


@dataclass(slots=True)
class Hand:
    """A clock that is set by hand; of two looks at it the second is a little later, whoever looks."""

    born: int
    at: datetime = BEGIN

    def now(self) -> datetime:
        return self.at + timedelta(microseconds=(time.time_ns() - self.born) // 10**6)

    def real(self, span: timedelta) -> float:
        return span.total_seconds()


class Work(Protocol):
    """What a child does with a step."""

    async def do(self, step: Step) -> None: ...


@dataclass(slots=True)
class Judging:
    """The alerter: it judges all that is said, then lets time pass."""

    source: Pull
    stores: Stores
    clock: Hand
    alerter: Alerter = field(init=False)

    def __post_init__(self) -> None:
        self.alerter = Alerter(self.source, Shelf(self.stores), self.clock)

    async def do(self, step: Step) -> None:
        self.clock.at = step.begin
        while await patient(self.source.lag):
            await asyncio.sleep(PAUSE)
        self.clock.at = step.end
        await patient(self.alerter.look)


@dataclass(frozen=True, slots=True)
class Relaying:
    """The relay: it brings all that waits into the stream."""

    relay: Relay

    async def do(self, step: Step) -> None:
        while await patient(self.relay.turn):
            pass


@dataclass(slots=True)
class Notifying:
    """The notifier: it sends all that is due, as far as that is taken."""

    stores: Stores
    clock: Hand
    notifier: Notifier = field(init=False)

    def __post_init__(self) -> None:
        guard = Guard(Egress.of(["127.0.0.1/32"]).networks)
        self.notifier = Notifier(Office(self.stores, _opened, guard), self.clock)

    async def do(self, step: Step) -> None:
        self.clock.at, before = step.end, None
        while before != (before := self.notifier.report()):
            await patient(self.notifier.turn)
            await self.notifier.settled()


def _opened(tenant: TenantId, sealed: Sequence[str]) -> list[bytes | BrokenSecret]:
    """Open what lies open in these runs: there is no key service beside them."""
    return [text.removeprefix(SEAL).encode() for text in sealed]


async def patient(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until nobody is away any more."""
    while True:
        try:
            return await ask()
        except Unavailable:
            await asyncio.sleep(PAUSE)


def serve(line: Connection, told: Told) -> None:
    """Do what comes over a line, until it is closed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    asyncio.run(_serve(line, told))


async def _serve(line: Connection, told: Told) -> None:
    async with _work(told) as work:
        while True:
            try:
                step = await asyncio.to_thread(line.recv)
            except EOFError:
                return
            await work.do(step)
            line.send(step)


@asynccontextmanager
async def _work(told: Told) -> AsyncIterator[Work]:
    async with Bus(told.nats_url, name=told.who, token=told.token) as bus:
        clock = Hand(told.born)
        with Stores(told.urls) as stores:
            if told.who == "notifier":
                yield Notifying(stores, clock)
                return
            if told.who == "relay":
                yield Relaying(Relay(stores, Courier(bus), clock))
                return
            made, stop = Judging(Pull(bus, HASTY), stores, clock), asyncio.Event()
            task = asyncio.create_task(consume(made.source, made.alerter.judge, stop))
            yield made
            stop.set()
            await task
