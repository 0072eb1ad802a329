"""Whether every dependency works, how far the stream is ahead of the store, and when a device was last polled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
from sqlalchemy.exc import DBAPIError

from api.context import Check
from bus import streams
from bus.connection import Bus, connect
from db import inventory, ledger, migrations
from db.engine import Stores
from db.limits import Limits
from db.platform import platform_session
from fleet import settings
from fleet.errors import FleetError
from fleet.settings import Settings

BEAT = timedelta(seconds=2)
FRESH = timedelta(seconds=10)
PATIENCE = 3.0


@dataclass(slots=True)
class Pulse:
    """What the loop last saw of the stream: how many messages, and how many of them no writer has confirmed."""

    published: int = 0
    lag: int = 0
    seen_at: float = 0.0
    error: str = "not asked yet"
    _stop: bool = field(default=False, repr=False)

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
        except (FleetError, TimeoutError) as error:
            self.error = str(error) or bus.problem
            return
        self.published, self.lag, self.error = seen.published, seen.lag, ""
        self.seen_at = time.monotonic()

    def fresh(self) -> bool:
        return time.monotonic() - self.seen_at < FRESH.total_seconds()


def checks(asked: Settings, stores: Stores, pulse: Pulse) -> Mapping[str, Callable[[], Check]]:
    """Name every check of the readiness."""
    return {
        "postgres": lambda: _schema(stores),
        "nats": lambda: _stream(pulse),
        "redis": lambda: _redis(asked),
        "openbao": lambda: _answers("openbao", f"{asked.openbao_url}/v1/sys/health"),
        "ray": lambda: _ray(asked),
        "polls": lambda: _polls(asked, stores),
    }


def gauges(stores: Stores, pulse: Pulse) -> Mapping[str, Callable[[], float]]:
    """Name the numbers that Prometheus reads of the whole system."""
    return {
        "flotilla_events_published": lambda: float(pulse.published),
        "flotilla_consumer_lag_events": lambda: float(pulse.lag),
        "flotilla_events_stored": lambda: float(sum(ledger.counts(stores).values())),
    }


def _schema(stores: Stores) -> Check:
    try:
        current, head = migrations.current(stores.engine("flotilla_platform")), migrations.head()
    except DBAPIError as error:
        return Check("postgres", False, str(error.orig).strip().splitlines()[0])
    return Check("postgres", current == head, f"schema {current}" + ("" if current == head else f", not {head}"))


def _stream(pulse: Pulse) -> Check:
    if not pulse.fresh():
        return Check("nats", False, pulse.error or "the stream has not answered for 10 s")
    return Check("nats", True, f"{pulse.lag} events wait for a writer")


def _redis(asked: Settings) -> Check:
    try:
        Limits(asked.redis_url).ping()
    except FleetError as error:
        return Check("redis", False, error.message)
    return Check("redis", True)


def _ray(asked: Settings) -> Check:
    now = settings.load(asked.state)
    if not now.ray_jobs_url:
        return Check("ray", False, "nobody has said where Ray is")
    return _answers("ray", f"{now.ray_jobs_url}/api/version", {"Authorization": f"Bearer {now.ray_token}"})


def _answers(name: str, url: str, headers: Mapping[str, str] | None = None) -> Check:
    try:
        status = httpx.get(url, timeout=PATIENCE, headers=headers).status_code
    except httpx.HTTPError as error:
        return Check(name, False, str(error) or type(error).__name__)
    return Check(name, status < 400, f"answers {status}")


def _polls(asked: Settings, stores: Stores) -> Check:
    """A device was heard within three intervals, or there is none to hear."""
    try:
        with platform_session(stores, "the age of the last poll, for the readiness check") as session:
            counts = inventory.counts(session, asked.clock().now())
    except DBAPIError as error:
        return Check("polls", False, str(error.orig).strip().splitlines()[0])
    if not counts.devices:
        return Check("polls", True, "there are no devices")
    if counts.heard_at is None:
        return Check("polls", False, "no device was heard yet")
    age = asked.clock().now() - counts.heard_at
    return Check("polls", age <= 3 * asked.interval, f"the last poll was {age.total_seconds():.0f} s ago")
