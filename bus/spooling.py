"""The way between the buffer in memory and the spool on disk: what NATS does not take goes there, and comes back.

Where every event is acknowledged at once the disk is not touched. The disk is worked on in a thread of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TypeVar

from bus.buffer import Buffer
from bus.spool import Spool
from fleet import logs
from fleet.errors import Unavailable

TICK = 0.05
"""Seconds between two looks; at most so old are events that are in memory alone while NATS is away."""

MARKS = 3
"""Looks after which an event that is not acknowledged goes to disk although NATS seems to be there."""

BATCH = 512
RETRY = 1.0
"""Seconds after which the disk is tried again when it refused."""

T = TypeVar("T")

log = logs.get(__name__)


class Unspooled:
    """No spool at all: events are in memory alone."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do nothing for as long as a publisher runs."""
        yield

    def wake(self) -> None:
        """Do nothing at once."""

    def report(self) -> dict[str, object]:
        """Tell that nothing is on disk."""
        return {"spool_events": 0, "spool_bytes": 0, "spool_problem": ""}


class Spooling:
    """Puts on disk what is not acknowledged in time, and all that comes after it until that is sent.

    ``connected`` tells whether NATS is there; ``recalled`` is called when events came back from disk.
    """

    def __init__(
        self, spool: Spool, buffer: Buffer, connected: Callable[[], bool], recalled: Callable[[], None]
    ) -> None:
        self._spool = spool
        self._buffer = buffer
        self._connected = connected
        self._recalled = recalled
        self._wake = asyncio.Event()
        self._opened = False
        self._forgotten = 0
        self._ending = False
        self._ready = asyncio.Event()
        self._marks = deque([0] * MARKS, MARKS)
        self._marked_at = 0.0
        self._problems: dict[str, str] = {}
        self._again: dict[str, float] = {}
        self._thread: ThreadPoolExecutor | None = None

    def wake(self) -> None:
        """Have a look at once: more events are wanted from disk."""
        self._wake.set()

    def report(self) -> dict[str, object]:
        """Tell what is on disk, and what is wrong with it."""
        problem = next(iter(self._problems.values()), self._spool.damage)
        return {"spool_events": self._spool.events, "spool_bytes": self._spool.bytes, "spool_problem": problem}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Find what an earlier process left, then keep events safe; at the end all that is left goes to disk."""
        self._ending = False
        with ThreadPoolExecutor(1, "spool") as self._thread:
            task = asyncio.create_task(self._run())
            task.add_done_callback(partial(_end_with, asyncio.current_task()))
            try:
                await self._ready.wait()
                yield
            finally:
                self._ending = True
                self._wake.set()
                await asyncio.wait([task])
                await self._end(task)

    async def _run(self) -> None:
        await self._try(self._open)
        self._ready.set()
        while not self._ending:
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._wake.wait()
            self._mark()
            if self._problems or self._buffer.gone or self._buffer.away or self._due():
                await self._look()

    async def _end(self, task: asyncio.Task[None]) -> None:
        """Put what is left on disk, also where the end of the loop has cancelled the task; raises what it raised."""
        try:
            if task.cancelled() or task.exception() is None:
                await self._look()
        finally:
            await self._do(self._spool.close)
        if not task.cancelled():
            task.result()

    async def _look(self) -> None:
        for deed in (self._open, self._remove, self._write, self._read):
            await self._try(deed)

    async def _open(self) -> None:
        if not self._opened:
            left = await self._do(self._spool.open)
            self._opened = True
            self._buffer.found(left)
            if left:
                log.info("an earlier process left events", events=left)

    async def _remove(self) -> None:
        """Clear the disk of what has left the buffer."""
        if self._opened and (gone := self._buffer.gone[:]):
            for entry in gone:
                entry.data = b""  # Not needed any more, and there may be many until the disk works.
            await self._do(lambda: self._spool.remove(gone))
            del self._buffer.gone[: len(gone)]

    async def _write(self) -> None:
        while self._opened and self._due() and (batch := self._buffer.unspooled(BATCH)):
            position = self._buffer.position
            written = await self._do(lambda: self._spool.write(batch, position))  # noqa: B023
            self._buffer.put_away(written.stored, written.upto)
            self._forget()
            if not written.stored:
                raise Unavailable(
                    "The spool is full of events that are never dropped; the newest wait in memory.",
                    "Bring NATS back, or raise the setting spool_bytes.",
                )

    async def _read(self) -> None:
        if self._opened and self._buffer.hungry and self._connected() and not self._ending:
            position = self._buffer.position
            self._buffer.recall(await self._do(lambda: self._spool.read(position, BATCH)))
            self._recalled()

    def _due(self) -> bool:
        """Tell whether events must not stay in memory alone: NATS is away, or older ones have not got through."""
        away = self._ending or not self._connected()
        return away or self._buffer.away > 0 or self._buffer.late(self._marks[0])

    def _mark(self) -> None:
        """Remember how many were accepted by now."""
        now = time.monotonic()
        if now - self._marked_at >= TICK:
            self._marks.append(self._buffer.accepted)
            self._marked_at = now

    async def _try(self, deed: Callable[[], Awaitable[None]]) -> None:
        """Do one thing; what the disk refuses is stated, and tried again after a while."""
        name = deed.__name__
        if time.monotonic() < self._again.get(name, 0.0) and not self._ending:
            return
        try:
            await deed()
        except Unavailable as error:
            if name not in self._problems:
                log.warning("the spool fails", reason=str(error))
            self._problems[name] = str(error)
            self._again[name] = time.monotonic() + RETRY
        else:
            self._problems.pop(name, None)
        finally:
            self._forget()

    def _forget(self) -> None:
        """Have the buffer know what the disk has dropped by now."""
        self._buffer.forget(self._spool.dropped - self._forgotten)
        self._forgotten = self._spool.dropped

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _end_with(publisher: asyncio.Task[object] | None, spooling: asyncio.Task[None]) -> None:
    """End a publisher whose spooling failed as nobody foresaw: it would wait for ever for what is on disk."""
    if publisher is not None and not spooling.cancelled() and spooling.exception() is not None:
        publisher.cancel()
