"""A poller that owns what it polls: poller, tenure and runner of errands as one member of the group."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from actors.poller import Poller
from actors.resident import persist
from actors.runner import Runner
from actors.tenure import Tenure


class Owner:
    """Polls what it holds and does its errands, for as long as it holds it, and gives everything back in the end."""

    def __init__(self, poller: Poller, tenure: Tenure, runner: Runner) -> None:
        self._poller = poller
        self._tenure = tenure
        self._runner = runner
        self._drained = asyncio.Event()

    async def run(self) -> None:
        """Work until drained; the lease is kept until the last event is out."""
        keeping = asyncio.create_task(self._tenure.run())
        running = asyncio.create_task(persist(self._runner.run))
        try:
            await self._poller.run()
            await self._drained.wait()
        finally:
            keeping.cancel()
            running.cancel()

    async def drain(self, patience: timedelta) -> int:
        """Finish polling, let the events out and give the partitions back; tells how many events are left."""
        await self._runner.drain(patience / 2)
        at = self._poller.now()
        left = await self._poller.drain(patience)
        self._drained.set()
        await self._tenure.give_back(datetime.fromtimestamp(at, UTC))
        return left

    def report(self) -> dict[str, object]:
        """Tell what is polled, and by what right."""
        return {**self._poller.report(), **self._tenure.report(), **self._runner.report()}
