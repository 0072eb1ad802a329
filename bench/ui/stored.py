"""The product's writer in a process of its own: ``python -m bench.ui.stored STATE``; closing its input ends it."""

from __future__ import annotations

import asyncio
import sys

from actors import writing


async def store(state: str) -> None:
    """Store what is published until the input is closed."""
    async with writing.writer("writer-0", state) as writer:
        work = asyncio.create_task(writer.run())
        print("{}", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        work.cancel()


if __name__ == "__main__":
    asyncio.run(store(sys.argv[1]))
