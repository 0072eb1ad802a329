"""What lives in an actor's process: a member on an event loop in a thread of its own, begun by itself."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Late
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias

import psutil
import uvloop

from fleet import logs

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
STEADY = 60.0
"""Seconds of good running after which the next failure counts as the first again."""

ANSWER = 2.0

log = logs.get(__name__)


class Phase(StrEnum):
    """What a resident is doing."""

    STARTING = "starting"
    RUNNING = "running"
    DRAINED = "drained"


class Member(Protocol):
    """A poller or a writer."""

    async def run(self) -> None:
        """Work until drained."""
        ...

    async def drain(self, patience: timedelta) -> int:
        """Finish and stop; tells how much was left undone."""
        ...

    def report(self) -> dict[str, object]:
        """Tell what is going on."""
        ...


Make: TypeAlias = Callable[[], AbstractAsyncContextManager[Member]]
"""Puts a member together, with all that it holds open; what it needs may be away, then it raises."""


async def persist(run: Callable[[], Awaitable[None]], pause: float = 1.0) -> None:
    """Run something that should not end until it is cancelled; what it raises is logged, and it runs again."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("running again")
        await asyncio.sleep(pause)


class Resident:
    """Runs a member for the life of the process. Whatever goes wrong is logged, and the member is made anew."""

    def __init__(self, name: str, make: Make, pauses: Sequence[float] = PAUSES) -> None:
        self._name = name
        self._make = make
        self._pauses = pauses
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._again = False
        self._member: Member | None = None
        self._leaving, self._drained = asyncio.Event(), asyncio.Event()
        self._left = 0
        self._problem = ""
        self._restarts = 0

    def start(self) -> None:
        """Begin; does nothing where it runs already, and begins anew once it has drained where it still does."""
        with self._lock:
            if self._thread is not None:
                self._again = self._leaving.is_set()
                return
            self._leaving, self._drained = asyncio.Event(), asyncio.Event()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def ping(self, patience: float = ANSWER) -> dict[str, object]:
        """Tell process, phase, cost and the member's own report; the loop itself must answer within ``patience``."""
        process = psutil.Process()
        times = process.cpu_times()
        base: dict[str, object] = {
            "name": self._name,
            "pid": os.getpid(),
            "phase": self._phase(),
            "restarts": self._restarts,
            "problem": self._problem,
            "left": self._left,
            "cpu_seconds": times.user + times.system,
            "rss_mb": round(process.memory_info().rss / 2**20, 1),
        }
        try:
            return base | self._ask(patience)
        except Late:
            return base | {"problem": "The event loop does not answer."}
        except (RuntimeError, CancelledError):
            return base  # The loop ended in between.

    def drain(self, patience: timedelta) -> dict[str, object]:
        """Finish what is under way and stop."""
        self._again = False
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            future: Future[None] = asyncio.run_coroutine_threadsafe(self._drain(patience), loop)
            try:
                future.result(3 * patience.total_seconds())
            except (Late, CancelledError):
                self._problem = "Not drained in time."
            # Who has drained needs a moment more to end, and on a busy machine as long as the drain may take.
            thread.join(max(ANSWER, patience.total_seconds()))
        return self.ping()

    def _phase(self) -> Phase:
        if self._thread is None:
            return Phase.DRAINED
        return Phase.STARTING if self._member is None else Phase.RUNNING

    def _ask(self, patience: float) -> dict[str, object]:
        """Have the member report on its own loop, so that it is not changed meanwhile."""
        loop, member = self._loop, self._member
        if loop is None or member is None or self._phase() is Phase.DRAINED:
            return {}

        async def report() -> dict[str, object]:
            return member.report()

        return asyncio.run_coroutine_threadsafe(report(), loop).result(patience)

    def _run(self) -> None:
        running = True
        while running:
            try:
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    self._loop = runner.get_loop()
                    runner.run(self._live())
            finally:
                running = self._end()

    def _end(self) -> bool:
        """Be at an end, or ready for the next beginning that was asked for meanwhile; tells whether it is."""
        with self._lock:
            self._loop = None
            again, self._again = self._again, False
            if again:
                self._leaving, self._drained = asyncio.Event(), asyncio.Event()
            else:
                self._thread = None
            return again

    async def _live(self) -> None:
        """Make the member and let it work, again and again until it is drained."""
        failures = 0
        while not self._leaving.is_set():
            began = time.monotonic()
            try:
                async with self._make() as self._member:
                    self._problem = ""
                    if not self._leaving.is_set():
                        await self._member.run()
                    if self._leaving.is_set():
                        # What the member holds open is needed until its drain has ended, not only its run.
                        await self._drained.wait()
            except Exception as error:
                log.exception("starting again", name=self._name)
                self._problem = f"{type(error).__name__}: {error}"
                self._restarts += 1
            finally:
                self._member = None
            failures = 1 if time.monotonic() - began > STEADY else failures + 1
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pauses[min(failures, len(self._pauses)) - 1]):
                    await self._leaving.wait()

    async def _drain(self, patience: timedelta) -> None:
        self._leaving.set()
        try:
            if self._member is not None:
                self._left = await self._member.drain(patience)
        finally:
            self._drained.set()
