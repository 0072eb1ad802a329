"""One connection to NATS for a process: it comes back by itself, for ever, and is drained at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Self

import nats
import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext

from fleet import logs
from fleet.errors import Unavailable

RETRY = 0.25
"""Seconds between two attempts to connect; nats-py's own 2 s are long for a server that restarts in 0.2 s."""

SILENCE = 5
"""Seconds between pings; after two without an answer a hung server is given up."""

STUCK = 15.0
"""Seconds that a client may try to reconnect before another takes its place."""

log = logs.get(__name__)


class Bus:
    """A client that is replaced when it was closed for good: whoever holds the bus never needs to know.

    ``generation`` grows with every connect and reconnect: what was sent in an earlier one may be lost.
    """

    def __init__(self, url: str, *, name: str, token: str = "", silence: float = SILENCE) -> None:
        self._servers = [server.strip() for server in url.split(",")]
        self._name = name
        self._token = token or None
        self._silence = silence
        self._client: Client | None = None
        self._reviving: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []
        self._last_error = ""
        self.generation = 0

    @property
    def connected(self) -> bool:
        return self._client is not None and self._client.is_connected

    @property
    def problem(self) -> str:
        """What the connection last complained about; empty while it stands."""
        return "" if self.connected else self._last_error or "NATS has not answered yet."

    def watch(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called at every loss and every return of the connection."""
        self._watchers.append(callback)

    async def client(self) -> Client:
        """Return a connected client, waiting as long as it takes."""
        while self._client is None or not self._client.is_connected:
            if self._reviving is None or self._reviving.done():
                self._reviving = asyncio.create_task(self._revive())
            # Shielded: who gives up waiting must not break off what others wait for.
            await asyncio.shield(self._reviving)
        return self._client

    async def jetstream(self) -> JetStreamContext:
        return (await self.client()).jetstream()

    async def close(self) -> None:
        """Hand over what was sent, then disconnect; a connection that is away is simply dropped."""
        if self._reviving is not None:
            self._reviving.cancel()
        client, self._client = self._client, None
        if client is None or client.is_closed:
            return
        try:
            await client.drain()
        except (nats.errors.Error, OSError, TimeoutError):
            await client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _revive(self) -> None:
        """Wait for the client to come back by itself; one that is closed or stuck is replaced."""
        if self._client is None or self._client.is_closed:
            self._client = await self._dial()
            await self._come()
        elif not await self._returned():
            await self._client.close()

    async def _dial(self) -> Client:
        # Without a pending buffer nothing is sent behind our back after a reconnect: the publisher has its own.
        return await nats.connect(
            self._servers,
            name=self._name,
            token=self._token,
            error_cb=self._complain,
            disconnected_cb=self._go,
            reconnected_cb=self._come,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RETRY,
            connect_timeout=2,
            ping_interval=self._silence,
            max_outstanding_pings=2,
            drain_timeout=5,
            pending_size=0,
        )

    async def _returned(self) -> bool:
        """Wait for the client to reconnect; False when it takes so long that it must be stuck."""
        self._changed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(STUCK):
                while self._client is not None and not (self._client.is_connected or self._client.is_closed):
                    await self._changed.wait()
                    self._changed.clear()
        return self.connected

    async def _come(self) -> None:
        self.generation += 1
        self._last_error = ""
        log.info("connected to NATS", generation=self.generation)
        self._tell()

    async def _go(self) -> None:
        if self._client is not None:
            log.warning("lost NATS", reason=self._last_error)
        self._tell()

    async def _complain(self, error: Exception) -> None:
        if isinstance(error, ConnectionResetError) and self._last_error:
            return  # What the server said before it hung up is the better reason.
        said = str(error) or type(error).__name__
        if said != self._last_error:
            log.warning("NATS complains", error=said)
        self._last_error = said

    def _tell(self) -> None:
        self._changed.set()
        for watcher in self._watchers:
            watcher()


async def connect(url: str, *, name: str, token: str = "", patience: timedelta | None = None) -> Bus:
    """Connect, waiting as long as it takes; raises Unavailable when ``patience`` is given and ends."""
    bus = Bus(url, name=name, token=token)
    try:
        async with asyncio.timeout(None if patience is None else patience.total_seconds()):
            await bus.client()
    except TimeoutError as error:
        await bus.close()
        raise Unavailable(f"NATS does not answer: {bus.problem}", "Check the setting nats_url.") from error
    return bus
