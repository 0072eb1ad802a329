"""Ask devices for those who wait on a thread: on a loop of its own with a connection of its own, so many at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Final, Protocol
from uuid import UUID

from bus import asking
from bus.connection import Bus
from fleet.errors import TooMany, Unavailable
from fleet.questions import Question, Reply

IN_PROCESS, OF_TENANT = 12, 4
"""How many questions of a process are under way at once, and how many of them of one tenant: each holds a thread."""

RATE: Final = (2.0, 30)
"""Questions of a tenant, in a second and at once."""

MARGIN: Final = asking.PROMPT + asking.GRACE + 1.0
"""Seconds beyond those of the question after which nobody waits any more."""


class Asker(Protocol):
    """Who gets a device's answer."""

    def ask(self, question: Question) -> Reply:
        """Wait for the answer; raises Unavailable, TooMany, or what the owner met."""
        ...


@dataclass(slots=True)
class Questions:
    """Asks by NATS. Threads may share it; its loop and its connection begin with the first question."""

    url: str = ""
    token: str = field(default="", repr=False)
    _lock: Lock = field(default_factory=Lock)
    _inside: Counter[UUID] = field(default_factory=Counter)
    _loop: asyncio.AbstractEventLoop | None = None
    _bus: Bus | None = None

    def ask(self, question: Question) -> Reply:
        """Wait for the answer, at most a little longer than the device may take."""
        if not self.url:
            raise Unavailable("No device can be asked from here: NATS is not known.", "Set nats_url.")
        with self._seat(question.tenant_id):
            under_way: Future[Reply] = asyncio.run_coroutine_threadsafe(self._whole(question), self._running())
            try:
                return under_way.result(question.seconds + MARGIN)
            except (TookTooLong, CancelledError):
                under_way.cancel()
                raise Unavailable("The device's owner did not come to an end in time.", "Ask again.") from None

    async def _whole(self, question: Question) -> Reply:
        if self._bus is None:
            self._bus = Bus(self.url, name="questions", token=self.token)
        return await asking.whole(self._bus, question)

    @contextmanager
    def _seat(self, tenant_id: UUID) -> Iterator[None]:
        """Be one of those who ask just now; raises TooMany."""
        with self._lock:
            if self._inside.total() >= IN_PROCESS or self._inside[tenant_id] >= OF_TENANT:
                raise TooMany("Others are asking devices just now.", "Try again in a few seconds.")
            self._inside[tenant_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[tenant_id] -= 1
                if not self._inside[tenant_id]:
                    del self._inside[tenant_id]

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=self._loop.run_forever, name="questions", daemon=True).start()
            return self._loop
