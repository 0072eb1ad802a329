"""The writer: batches from the stream into the store, acknowledged after the commit."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import psycopg

from actors.histogram import Histogram
from actors.rate import Rate
from bus.consumer import Progress, consume
from bus.delivery import Source
from db.fences import NO_FENCE
from db.ingest import Written
from fleet import logs
from fleet.errors import FleetError, Unavailable
from fleet.events import Received

PATIENCE = 45.0
"""Seconds that a batch may take before the store counts as hung."""

LOOK_EVERY = 0.1

SIZES = (1, 2, 5, 10, 25, 50, 100, 200, 300, 400, 499, 500)
"""Bounds of a batch's events; what is above 499 was full, so that the writer is not waiting for events."""
DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 45.0)
"""Bounds of the seconds that the store took to commit a batch."""

POISON = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
"""Errors of the store that an event is to blame for. All others are its own: the batch is held until it can."""

log = logs.get(__name__)


class Store(Protocol):
    """What is needed of ``db.ingest.Ingest``."""

    async def write(self, received: Sequence[Received]) -> Written: ...


class Writer:
    """Consumes until drained. While the store is away nothing is acknowledged, so nothing is lost."""

    def __init__(
        self,
        source: Source,
        store: Store,
        patience: float = PATIENCE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._now = now
        self._store = store
        self._patience = patience
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()
        self._rows = 0
        self._duplicates = 0
        self._reasons: Counter[str] = Counter()
        self._sizes = Histogram(SIZES)
        self._durations = Histogram(DURATIONS)
        self._rate = Rate()
        self._seconds = 0.0
        self._fenceless = False
        self.progress = Progress()

    async def run(self) -> None:
        """Consume until drained."""
        try:
            await consume(self._source, self.write, self._stop, self.progress)
        finally:
            self._ended.set()

    async def write(self, received: Sequence[Received]) -> Collection[int]:
        """Store a batch; returns the sequences of what waits for a fence, which holds up nothing else.

        Raises Unavailable where the store is to blame, and the store's error where an event is.
        """
        began = self._now()
        try:
            async with asyncio.timeout(self._patience):
                written = await self._store.write(received)
        except POISON:
            raise
        except (psycopg.Error, OSError) as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise Unavailable(f"The store did not take a batch: {said[0]}.", "It is tried again.") from error
        self._count(received, written, self._now() - began)
        return written.waiting

    async def drain(self, patience: timedelta) -> int:
        """Store what is in the stream, then stop; tells how much is left to whoever comes next."""
        left = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                while left := await self._left():
                    await asyncio.sleep(LOOK_EVERY)
        self._stop.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                await self._ended.wait()
        return left

    def report(self) -> dict[str, object]:
        """Tell what was stored, and what is wrong."""
        progress = self.progress
        return {
            "rows": self._rows,
            "rows_per_second": self._rate.per_second(self._now()),
            "duplicates": self._duplicates,
            "events": progress.events,
            "batches": progress.batches,
            "batch_ms": round(1000 * self._seconds / progress.batches, 2) if progress.batches else None,
            "batch_events": self._sizes.report(),
            "batch_seconds": self._durations.report(),
            "redelivered": progress.redelivered,
            "refused": dict(self._reasons),
            "dead": progress.dead,
            "bus_problem": self._source.problem,
            "store_problem": progress.held or NO_FENCE * self._fenceless,
        }

    def _count(self, received: Sequence[Received], written: Written, seconds: float) -> None:
        self._sizes.count(len(received))
        self._durations.count(seconds)
        self._rate.add(written.rows, self._now())
        self._seconds += seconds
        self._rows += written.rows
        self._duplicates += written.duplicates
        self._reasons.update(written.reasons)
        self._fenceless = bool(written.waiting)

    async def _left(self) -> int:
        """Count what no writer has acknowledged; while that cannot be known, something may be left."""
        try:
            return await self._source.lag()
        except FleetError:
            return 1
