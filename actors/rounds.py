"""A loop that looks for work again and again, says what keeps it, and ends when it is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from fleet import logs
from fleet.errors import FleetError

log = logs.get(__name__)


class Rounds:
    """Takes turns until stopped. ``problem`` is what kept the last one from its work, empty where nothing did."""

    def __init__(self, name: str, every: float) -> None:
        self._name = name
        self._every = every
        self._stop, self._ended = asyncio.Event(), asyncio.Event()
        self.problem = ""

    async def run(self, turn: Callable[[], Awaitable[bool]]) -> None:
        """Take a turn every so many seconds, and at once where the last one says that there is more to do.

        A FleetError is the turn's problem, and the next turn tries again; anything else is raised.
        """
        try:
            while not self._stop.is_set():
                if not await self._take(turn):
                    await self._rest()
        finally:
            self._ended.set()

    async def stop(self, patience: timedelta) -> bool:
        """End after the turn under way; False where that takes longer than ``patience``."""
        self._stop.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                await self._ended.wait()
        return self._ended.is_set()

    @property
    def ending(self) -> bool:
        """Tell whether it was asked to end."""
        return self._stop.is_set()

    async def _take(self, turn: Callable[[], Awaitable[bool]]) -> bool:
        try:
            more = await turn()
        except FleetError as error:
            if str(error) != self.problem:
                log.warning("held up", name=self._name, reason=str(error))
            self.problem = str(error)
            return False
        self.problem = ""
        return more

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._every):
                await self._stop.wait()
