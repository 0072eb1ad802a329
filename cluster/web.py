"""The web server: an asyncio shell in which the Flask app (REST and the dashboard) runs on threads.

``python -m cluster.web PORT``. Streams will live on the loop itself; today it keeps the NATS connection that the
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
from typing import TYPE_CHECKING, Any, cast

import uvicorn
import uvloop
from a2wsgi import WSGIMiddleware

from api import app
from api.context import Context
from api.hangups import Hangups
from cluster import gauges, health, lookout
from cluster.servers.state import write
from dashboard import app as dashboard
from db.engine import Stores
from db.limits import Limits
from db.vault import Vault
from fleet import logs, settings
from fleet.settings import Settings
from routeros import collectors

if TYPE_CHECKING:
    from a2wsgi.wsgi_typing import WSGIApp


def context(asked: Settings, pulse: health.Pulse) -> Context:
    """Put together what a request needs."""
    stores, limits = Stores.of(asked), Limits(asked.redis_url)
    return Context(
        settings=asked,
        stores=stores,
        families=collectors.families(),
        clock=asked.clock(),
        limits=limits,
        vault=Vault.of(asked),
        checks=health.checks(asked, stores, limits, pulse),
        collectors=(gauges.Actors(partial(lookout.read, asked.state)), gauges.Stream(pulse, stores)),
    )


def application(asked: Settings) -> Any:
    """Make the ASGI application: the Flask app on threads, with what must live on the loop beside it."""
    pulse = health.Pulse()
    flask = app.create_app(context(asked, pulse))
    dashboard.mount(flask, flask.extensions["flotilla"])
    inner = Hangups(cast(Any, WSGIMiddleware(cast("WSGIApp", flask), workers=asked.web_threads)))

    async def shell(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, asked, pulse)
        else:
            await inner(scope, receive, send)

    return shell


async def _lifespan(receive: Any, send: Any, asked: Settings, pulse: health.Pulse) -> None:
    await receive()
    async with _beating(asked, pulse):
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
    """A uvicorn that says, in the state directory, that it serves."""

    def __init__(self, config: uvicorn.Config, asked: Settings) -> None:
        super().__init__(config)
        self._asked = asked

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            write(self._asked.state / "run" / "web.json", json.dumps({"pid": os.getpid()}))


def main(port: int) -> None:
    """Serve until SIGTERM."""
    asked = settings.load()
    logs.configure("web", asked.log_level)
    config = uvicorn.Config(
        application(asked),
        host=asked.web_host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    uvloop.run(_Server(config, asked).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
