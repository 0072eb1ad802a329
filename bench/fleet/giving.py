"""The supervisor of a chain without Ray: from a thread of ours it gives all partitions to the one poller."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from actors.supervisor import Supervisor
from db.assignment import Office
from db.engine import Stores
from db.leases import Leases
from fleet.settings import Settings

POLLER = "poller-0"


class Alone:
    """A crew of one poller, which the benchmark itself starts and ends."""

    def keep(self) -> dict[str, str | None]:
        return {POLLER: None}

    def end(self, poller: str) -> None:
        raise SystemExit(f"bench: {poller} hangs")


@contextmanager
def giving(asked: Settings) -> Iterator[None]:
    """Hand partitions out until left."""
    loop = asyncio.new_event_loop()
    with Stores.of(asked) as stores, ThreadPoolExecutor(1, "supervisor") as threads:
        leases = Leases(asked.redis_url, asked.lease_ttl)
        supervisor = Supervisor(leases, Office(stores), Alone())

        async def live() -> None:
            await supervisor.run()
            await leases.close()

        ended = threads.submit(loop.run_until_complete, live())
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(supervisor.drain(timedelta(seconds=1)), loop).result(10)
            ended.result(10)
            loop.close()
