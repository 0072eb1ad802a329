"""How an answer that takes long learns that its client has gone: WSGI does not tell, so ASGI is asked beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Event
from typing import Any, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Any, Receive, Send], Awaitable[None]]

KEY = "flotilla.gone"


class Hangups:
    """Wraps a WSGI application that was made an ASGI one, and notes in the scope of a GET when its client goes."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._inner(scope, receive, send)
            return
        gone = Event()
        passed: asyncio.Queue[Message] = asyncio.Queue(1)
        watcher = asyncio.create_task(_watch(receive, passed, gone))
        try:
            await self._inner({**scope, KEY: gone}, passed.get, send)
        finally:
            watcher.cancel()


def gone(environ: MutableMapping[str, Any]) -> bool:
    """Tell whether the client of a request has gone, as far as it can be known."""
    event = environ.get("asgi.scope", {}).get(KEY)
    return event is not None and event.is_set()


async def _watch(receive: Receive, passed: asyncio.Queue[Message], gone: Event) -> None:
    """Pass on what is received, and note the end of it."""
    while not gone.is_set():
        message = await receive()
        if message["type"] == "http.disconnect":
            gone.set()
        await passed.put(message)
