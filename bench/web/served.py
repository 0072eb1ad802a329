"""The web's REST and streams in a process of their own: ``python -m bench.web.served GROUPS``.

The settings say where the stores are; ``GROUPS`` is over how many groups ticks are spread. It prints a line of JSON
with its port and its process, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys

import uvicorn
import uvloop

from api.app import create_app
from api.context import Context
from api.streams.admission import Places
from api.streams.shell import Streams
from bus.connection import Bus
from cluster import smoothness, threads
from cluster.connections import Patient
from db.engine import Stores
from db.limits import Limits
from db.vault import Vault
from fleet import logs, settings
from routeros import collectors


async def serve(groups: int) -> None:
    """Serve until the input ends."""
    given = settings.load(announced=False)
    vault, limits = Vault("http://127.0.0.1:1", "", ""), Limits(given.redis_url)
    context = Context(given, Stores.of(given), collectors.families(), given.clock(), limits, vault)
    inner = threads.served(create_app(context), given.web_threads)
    bus = Bus(given.nats_url, name="bench", token=given.nats_token)
    streams = Streams(inner, context, bus, Places(given.web_streams), groups)
    config = uvicorn.Config(streams, log_level="warning", lifespan="off", access_log=False, http=Patient)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        async with streams.running():
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            smoothness.install()
            print(json.dumps({"port": listener.getsockname()[1], "pid": os.getpid()}), flush=True)
            await asyncio.to_thread(sys.stdin.read)
            streams.close()
            server.should_exit = True
            await serving


if __name__ == "__main__":
    logs.configure("web", "warning")
    uvloop.run(serve(int(sys.argv[1])))
