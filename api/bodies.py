"""Bodies are read on the loop, whole and in time, before a thread is given to a request: a slow client holds none."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from api import problems, telemetry
from api.hangups import Application, Message, Receive, Send


class Refused(Exception):
    """A body that is not read to its end; ``code`` is one of the catalogue's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long a body may be, how long it may take, and what all bodies together may take in memory.

    A client has ``patience`` seconds, and one more for every ``pace`` bytes that have come.
    """

    largest: int
    patience: float = 10.0
    pace: int = 50_000
    room: int = 64_000_000


class Bodies:
    """Wraps an ASGI application: what it is given is there as a whole."""

    def __init__(self, inner: Application, bounds: Bounds) -> None:
        self._inner = inner
        self._bounds = bounds
        self._held = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _comes(scope["headers"]):
            await self._inner(scope, receive, send)
            return
        body = bytearray()
        try:
            gone = await self._fill(body, scope, receive)
            if not gone:
                await self._inner(scope, _again(bytes(body), receive), send)
        except Refused as refusal:
            await refuse(refusal.code, send)
        finally:
            self._held -= len(body)

    async def _fill(self, body: bytearray, scope: Any, receive: Receive) -> bool:
        """Read the body; tells whether the client has gone meanwhile. Raises Refused."""
        if _length(scope["headers"]) > self._bounds.largest:
            raise Refused("request_entity_too_large")
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while True:
            deadline = begun + self._bounds.patience + len(body) / self._bounds.pace
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise Refused("request_timeout") from error
            if message["type"] != "http.request":
                return True
            self._take(body, message.get("body", b""))
            if not message.get("more_body", False):
                return False

    def _take(self, body: bytearray, part: bytes) -> None:
        if len(body) + len(part) > self._bounds.largest:
            raise Refused("request_entity_too_large")
        if self._held + len(part) > self._bounds.room:
            raise Refused("unavailable")
        self._held += len(part)
        body += part


async def refuse(code: str, send: Send) -> None:
    """Answer with a problem and end the connection, whose further bytes nobody reads."""
    request_id = uuid4().hex
    problem = problems.known(code, request_id)
    body = problem.model_dump_json().encode()
    headers = {
        "Content-Type": problems.MEDIA,
        "Content-Length": str(len(body)),
        "Connection": "close",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        telemetry.HEADER: request_id,
        **({"Retry-After": "1"} if problem.status == 503 else {}),
    }
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _comes(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a body follows the headers."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers
    )


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    return next((int(value) for name, value in headers if name == b"content-length"), 0)


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the body once more, and then whatever comes."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_one() -> Message:
        return first.pop() if first else await receive()

    return next_one
