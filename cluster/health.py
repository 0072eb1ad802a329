"""Whether every dependency works, how far the stream is ahead of the store, and when a device was last polled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Lock

import httpx
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api.context import Check
from bus import streams
from bus.connection import Bus, connect
from cluster import lookout, upkeep
from db import inventory, migrations, notifysend, outbox
from db.access import PLATFORM
from db.engine import Stores
from db.limits import Limits
from db.platform import platform_session
from fleet import settings
from fleet.device import State
from fleet.errors import FleetError, Unavailable
from fleet.settings import Settings

BEAT = timedelta(seconds=2)
FRESH = timedelta(seconds=10)
PATIENCE = 3.0
KEPT = timedelta(seconds=1)

VITAL = frozenset({"postgres", "redis"})
"""Without these the web server itself cannot serve: people could not sign in or read. While another part is away it
shows what is stored, and whoever spreads requests over web servers must not take them all out of service for that."""


@dataclass(slots=True)
class Pulse:
    """What the loop last saw of the stream: its messages, what each durable has not confirmed, and the dead letters.

    ``published`` and ``dead`` count what there ever was.
    """

    published: int = 0
    lags: Mapping[str, int] = field(default_factory=dict)
    dead: int = 0
    seen_at: float = float("-inf")
    error: str = "not asked yet"

    async def beat(self, asked: Settings) -> None:
        """Look at the stream every two seconds, for as long as the web server runs."""
        async with await connect(asked.nats_url, name="web", token=asked.nats_token) as bus:
            while True:
                await self._look(bus)
                await asyncio.sleep(BEAT.total_seconds())

    async def _look(self, bus: Bus) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                seen = await streams.tally(bus, streams.DEVICE_EVENTS)
                dead = await streams.tally(bus, streams.DEAD_LETTERS)
        except (FleetError, TimeoutError) as error:
            self.error = str(error) or bus.problem
            return
        self.published, self.lags, self.dead, self.error = seen.published, seen.lags, dead.published, ""
        self.seen_at = time.monotonic()

    def fresh(self) -> bool:
        return time.monotonic() - self.seen_at < FRESH.total_seconds()


def checks(asked: Settings, stores: Stores, limits: Limits, pulse: Pulse) -> Mapping[str, Callable[[], Check]]:
    """Name every check of the readiness; none raises, and what was just found is told again for a second."""
    looks: Mapping[str, Callable[[], str]] = {
        "postgres": partial(_schema, stores),
        "nats": partial(_stream, pulse),
        "redis": partial(_redis, limits),
        "openbao": partial(_answers, f"{asked.openbao_url}/v1/sys/health"),
        "ray": partial(_ray, asked),
        "polls": partial(_polls, asked, stores),
        "partitions": lambda: upkeep.partitions(lookout.read(asked.state)),
        "spool": lambda: upkeep.spool(lookout.read(asked.state)),
        "outbox": partial(_outbox, asked, stores),
        "notifications": partial(_notifications, asked, stores),
    }
    return {name: Look(name, look, vital=name in VITAL) for name, look in looks.items()}


@dataclass(slots=True)
class Look:
    """A check that turns trouble into an answer. ``look`` returns what is fine or raises what is not."""

    name: str
    look: Callable[[], str]
    vital: bool = True
    _found: Check | None = None
    _until: float = 0.0
    _turn: Lock = field(default_factory=Lock, repr=False)

    def __call__(self) -> Check:
        with self._turn:
            if self._found is None or time.monotonic() >= self._until:
                self._found = self._fresh()
                self._until = time.monotonic() + KEPT.total_seconds()
            return self._found

    def _fresh(self) -> Check:
        try:
            return Check(self.name, True, self.look(), self.vital)
        except (FleetError, SQLAlchemyError, OSError, httpx.HTTPError) as error:
            said = str(error.orig if isinstance(error, DBAPIError) else error).strip() or type(error).__name__
            return Check(self.name, False, said.splitlines()[0], self.vital)


def _schema(stores: Stores) -> str:
    current, head = migrations.current(stores.engine(PLATFORM)), migrations.head()
    if current != head:
        raise Unavailable(f"The schema is {current}, not {head}.", "Run `flotilla migrate`.")
    return f"schema {current}"


def _stream(pulse: Pulse) -> str:
    if not pulse.fresh():
        raise Unavailable(pulse.error or "The stream has not answered for 10 s.")
    return ", ".join(f"{count} events wait for the {name}" for name, count in pulse.lags.items())


def _redis(limits: Limits) -> str:
    limits.ping()
    return ""


def _ray(asked: Settings) -> str:
    now = settings.load(asked.state)
    if not now.ray_jobs_url:
        raise Unavailable("Nobody has said where Ray is.", "Set ray_jobs_url.")
    return _answers(f"{now.ray_jobs_url}/api/version", {"Authorization": f"Bearer {now.ray_token}"})


def _answers(url: str, headers: Mapping[str, str] | None = None) -> str:
    status = httpx.get(url, timeout=PATIENCE, headers=headers, trust_env=False).raise_for_status().status_code
    return f"answers {status}"


def _polls(asked: Settings, stores: Stores) -> str:
    """Find a device that was heard lately, or none that could be: each by its own interval."""
    with platform_session(stores, "the age of the last poll, for the readiness check") as session:
        counts = inventory.counts(session, asked.clock().now())
    if not counts.devices:
        return "there are no devices"
    if counts.heard_at is None:
        raise Unavailable("No device was heard yet.")
    age = f"the last poll was {(asked.clock().now() - counts.heard_at).total_seconds():.0f} s ago"
    if counts.states.get(State.STALE, 0) == counts.devices:
        raise Unavailable(f"Every device is stale: {age}.")
    return age


def _outbox(asked: Settings, stores: Stores) -> str:
    with platform_session(stores, "what waits in the outbox, for the readiness check") as session:
        return upkeep.outbox(outbox.backlog(session), asked.clock())


def _notifications(asked: Settings, stores: Stores) -> str:
    clock = asked.clock()
    with platform_session(stores, "notifications that wait, for the readiness check") as session:
        return upkeep.notifications(notifysend.backlog(session, clock.now()), clock)
