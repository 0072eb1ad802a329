"""The web server: an asyncio shell in which the Flask app (REST and the dashboard) runs on threads.

``python -m cluster.web PORT``. On the loop itself live the streams of events, and the NATS connection that the
readiness check looks through.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import uvicorn
import uvloop

from api import app
from api.asking import Questions
from api.context import Context
from api.proxies import Proxies
from api.streams.admission import Places
from api.streams.shell import Streams
from api.tokens import Tokens
from bus.connection import Bus
from cluster import certificates, gauges, health, lookout, smoothness, threads
from cluster.connections import Patient
from cluster.servers.state import write
from dashboard import app as dashboard
from db.engine import Stores
from db.limits import Limits
from db.vault import Vault
from fleet import listeners, logs, settings
from fleet.settings import Settings
from routeros import collectors


def context(asked: Settings, pulse: health.Pulse, places: Places) -> Context:
    """Put together what a request needs."""
    stores, limits = Stores.of(asked), Limits(asked.redis_url, asked.redis_patience)
    return Context(
        settings=asked,
        stores=stores,
        families=collectors.families(),
        clock=asked.clock(),
        limits=limits,
        vault=Vault.of(asked),
        tokens=Tokens(asked.session_key),
        checks=health.checks(asked, stores, limits, pulse),
        collectors=(
            gauges.Actors(partial(lookout.read, asked.state)),
            gauges.Stream(pulse, stores),
            gauges.Open(places),
        ),
        own=listeners.networks(asked),
        questions=Questions(asked.nats_url, asked.nats_token),
    )


class Shell:
    """The ASGI application: the Flask app on threads, with what must live on the loop beside it."""

    def __init__(self, asked: Settings) -> None:
        self._asked = asked
        self._pulse = health.Pulse()
        places = Places(asked.web_streams)
        made = context(asked, self._pulse, places)
        flask = app.create_app(made)
        dashboard.mount(flask, made)
        bus = Bus(asked.nats_url, name="streams", token=asked.nats_token)
        self.streams = Streams(threads.served(flask, asked.web_threads), made, bus, places)
        self._door = Proxies(self.streams, asked.proxies)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self._door(scope, receive, send)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        await receive()
        async with _beating(self._asked, self._pulse), self.streams.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def _beating(asked: Settings, pulse: health.Pulse) -> AsyncIterator[None]:
    task = asyncio.create_task(pulse.beat(asked))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Server(uvicorn.Server):
    """A uvicorn that tells the state directory that it serves, and ends streams before it waits for answers."""

    def __init__(self, config: uvicorn.Config, asked: Settings, streams: Streams) -> None:
        super().__init__(config)
        self._asked = asked
        self._streams = streams

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            smoothness.install()
            write(self._asked.state / "run" / "web.json", json.dumps({"pid": os.getpid()}))

    async def shutdown(self, sockets: Any = None) -> None:
        self._streams.close()
        await super().shutdown(sockets)


def main(port: int) -> None:
    """Serve until SIGTERM."""
    asked = settings.load()
    logs.configure("web", asked.log_level)
    shell = Shell(asked)
    config = uvicorn.Config(
        shell,
        host=asked.web_host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        http=Patient,
        # Who the client is, our own proxies say, by their number; uvicorn would believe anybody on this machine.
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    if certificates.secured(asked):
        config.ssl_certfile, config.ssl_keyfile = certificates.files(asked)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(_Server(config, asked, shell.streams).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
