"""A loop whose clock leaps, and stands still while a thread or another process has something to do for it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

GRACE = 0.0003
"""Real seconds that the kernel has to bring what was sent over loopback, before time leaps."""

EPOCH = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Patient(selectors.DefaultSelector):
    """Leaps only while nothing is out: ``out`` counts what threads do. ``now`` is the time."""

    now = 0.0
    out = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.out and timeout != 0:
            return super().select(None)
        ready = super().select(0) or (super().select(GRACE) if timeout != 0 else [])
        if not ready and timeout is None:
            raise AssertionError("nothing will ever happen: a hang")
        if not ready and timeout:
            self.now += timeout
        return ready


class PatientLoop(asyncio.SelectorEventLoop):
    """Runs sockets of this process and work of threads at once, and timers as soon as both are silent."""

    def __init__(self) -> None:
        self._patient = Patient()
        super().__init__(self._patient)

    def time(self) -> float:
        return self._patient.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        self._patient.out += 1
        try:
            future = super().run_in_executor(executor, func, *args)
        except BaseException:
            self._patient.out -= 1
            raise
        future.add_done_callback(self._back)
        return future

    def _back(self, _: object) -> None:
        self._patient.out -= 1


@dataclass(frozen=True, slots=True)
class LoopClock:
    """The time of a loop, as an instant; threads may ask, too."""

    loop: asyncio.AbstractEventLoop

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=self.loop.time())

    def real(self, span: timedelta) -> float:
        return span.total_seconds()
