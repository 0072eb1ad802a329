"""A poller or a writer as a plain process: what Ray's actor holds, without Ray.

``python -m bench.fleet.member poller STATE`` prints a line of JSON with its pid, then answers each line of its input
with its report, and drains when its input ends. With ``pure`` behind it received bytes are read by pure Python.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import uvloop

from bench.fleet.orphans import end_with_parent
from fleet import logs

PATIENCE = timedelta(seconds=10)


def made(kind: str, state: str) -> AbstractAsyncContextManager[Any]:
    """Put a member together as its actor would."""
    if kind == "poller":
        poller: AbstractAsyncContextManager[Any] = importlib.import_module("actors.polling").poller("poller-0", state)
        return poller
    writer: AbstractAsyncContextManager[Any] = importlib.import_module("actors.writing").writer("writer-0", state)
    return writer


async def main(kind: str, state: str) -> None:
    """Work until the input ends, then drain."""
    asks = await _input()
    async with made(kind, state) as member:
        working = asyncio.create_task(member.run())
        print(json.dumps({"pid": os.getpid()}), flush=True)
        while await asks.readline():
            print(json.dumps(member.report(), default=str), flush=True)
        await member.drain(PATIENCE)
        await working


async def _input() -> asyncio.StreamReader:
    reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


if __name__ == "__main__":
    end_with_parent()
    logs.configure(sys.argv[1], "warning")
    if "pure" in sys.argv:
        sys.modules["routeros._words"] = None  # type: ignore[assignment]  # as where no compiler was
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2]))
