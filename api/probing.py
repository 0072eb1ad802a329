"""What answers at a place, before anything is said to it: asked on a loop of its own, in bounded time and number.

A request waits for it on its own thread, so a process lets few in at once, and of a tenant still fewer; each look
ends after a few seconds, whatever name servers and devices do.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Lock, Thread
from typing import Any, Final, TypeVar

from fleet import endpoints
from fleet.clock import Clock, SystemClock
from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from fleet.errors import EgressDenied, FleetError, TooMany
from fleet.identity import TenantId
from routeros.errors import RouterOSError, TimedOut, TlsFailed
from routeros.probe import probing
from routeros.probe.probing import Call, Greeting

T = TypeVar("T")

PATIENCE: Final = timedelta(seconds=4)
"""How long a look may take: a request waits for it."""

IN_PROCESS, OF_TENANT = 8, 2
"""How many requests of a process look at once, and how many of them for one tenant."""

RATE: Final = (0.5, 30)
"""Requests of a tenant that look, in a second and at once: it is to find routers, and not to scan networks."""

AT_ONCE: Final = 25
"""Devices that one request looks at, at once."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen: where something answers, by which TLS mode it can be entered, and what is wrong.

    Without ``reachable`` nothing answers there. ``mode`` None: it answers, and not in a way that we know.
    """

    endpoint: Endpoint
    reachable: bool
    mode: TlsMode | None = None
    greeting: Greeting | None = None
    error: FleetError | None = None

    @property
    def fingerprint(self) -> str | None:
        """The SHA-256 of the certificate that it shows."""
        shown = self.greeting and self.greeting.certificate
        return shown.fingerprint if shown else None


@dataclass(slots=True)
class Probes:
    """Looks at devices for those who ask, and lets only so many look at once. Threads may share it."""

    patience: timedelta = PATIENCE
    clock: Clock = field(default_factory=SystemClock)
    _lock: Lock = field(default_factory=Lock)
    _inside: Counter[TenantId] = field(default_factory=Counter)
    _loop: asyncio.AbstractEventLoop | None = None

    def explore(self, tenant_id: TenantId, place: Endpoint, egress: Egress, *, both: bool) -> Sight:
        """Tell what answers at a place and by which TLS mode it can be entered; the place's own mode does not count.

        With ``both`` the usual port without TLS is tried where nothing answers. Raises EgressDenied, TooMany.
        """
        with self.seat(tenant_id):
            return self._run(_explore(place, self._call(egress), both))

    def look(self, tenant_id: TenantId, places: Sequence[Endpoint], egress: Egress) -> list[Sight]:
        """Tell of each place whether it can be entered as it says, all within the time of one look.

        Without a fingerprint a pin is not compared: it is told in the sight. Raises TooMany.
        """
        with self.seat(tenant_id):
            return self._run(_look(places, self._call(egress)))

    def close(self) -> None:
        """End the loop; a later look begins another."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)

    def _call(self, egress: Egress) -> Call:
        return Call(self.patience, egress, self.clock)

    @contextmanager
    def seat(self, tenant_id: TenantId) -> Iterator[None]:
        """Be one of those who look just now; raises TooMany."""
        with self._lock:
            if self._inside.total() >= IN_PROCESS or self._inside[tenant_id] >= OF_TENANT:
                raise TooMany("Others are being probed just now.", "Try again in a few seconds.")
            self._inside[tenant_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[tenant_id] -= 1
                if not self._inside[tenant_id]:
                    del self._inside[tenant_id]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work on the loop; a name server that keeps a thread of the loop does not keep ours."""
        under_way: Future[T] = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return under_way.result(self.patience.total_seconds() + 1)
        except (TookTooLong, CancelledError):
            under_way.cancel()
            raise TimedOut("It could not be told in time what answers there.") from None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=self._loop.run_forever, name="probes", daemon=True).start()
            return self._loop


async def _look(places: Sequence[Endpoint], call: Call) -> list[Sight]:
    turn, end = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop().time() + call.timeout.total_seconds()

    async def one(place: Endpoint) -> Sight:
        async with turn:
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return Sight(place, reachable=False, error=TimedOut("There was no time left for it."))
            return await _entered(place, replace(call, timeout=timedelta(seconds=left)))

    return list(await asyncio.gather(*map(one, places)))


async def _entered(place: Endpoint, call: Call) -> Sight:
    """Greet a device as it is meant to be entered, and judge its certificate; nothing is said to it."""
    greeting = None
    try:
        greeting = await probing.greet(place, call)
        if place.tls is not TlsMode.PIN or place.fingerprint is not None:
            await probing.accept(place, greeting, call)
    except (RouterOSError, EgressDenied) as error:
        reachable = greeting is not None or isinstance(error, TlsFailed)
        return Sight(place, reachable, None, greeting, error)
    return Sight(place, reachable=True, mode=place.tls, greeting=greeting)


async def _explore(place: Endpoint, call: Call, both: bool) -> Sight:
    """Try what keeps most first; of two ports that answer the one with TLS counts."""
    if not both:
        return await _secured(place, call)
    bare = replace(place, tls=TlsMode.PLAIN, port=endpoints.PORTS[TlsMode.PLAIN], fingerprint=None)
    secured, plain = await asyncio.gather(_secured(place, call), _entered(bare, call))
    return plain if plain.reachable and not secured.reachable else secured


async def _secured(place: Endpoint, call: Call) -> Sight:
    """Find the TLS mode of a port; raises EgressDenied."""
    end = asyncio.get_running_loop().time() + call.timeout.total_seconds()
    seen = await _entered(replace(place, tls=TlsMode.VERIFY, fingerprint=None), call)
    if isinstance(seen.error, EgressDenied):
        raise seen.error
    if seen.greeting is not None and seen.error is not None:
        pin = replace(seen.endpoint, tls=TlsMode.PIN)
        return replace(seen, endpoint=pin, mode=TlsMode.PIN, error=None)
    left = end - asyncio.get_running_loop().time()
    if not isinstance(seen.error, TlsFailed) or left <= 0:
        return seen
    bare = replace(seen.endpoint, tls=TlsMode.ANONYMOUS)
    other = await _entered(bare, replace(call, timeout=timedelta(seconds=left)))
    return other if other.mode is not None else seen
