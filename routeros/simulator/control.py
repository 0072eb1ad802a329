"""The control socket: counts and faults, a JSON object for each line, on a Unix socket of the owner's."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias, cast

from fleet.errors import BadInput, StartRefused

Request: TypeAlias = dict[str, Any]
Answer: TypeAlias = Callable[[Request], dict[str, Any]]

LONGEST_PATH = 107
LONGEST_LINE = 64 * 1024


class Conversation(asyncio.Protocol):
    """One connection to the control socket."""

    def __init__(self, answer: Answer, others: set[asyncio.Transport]) -> None:
        self._answer = answer
        self._others = others
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._others.add(self._transport)

    def data_received(self, data: bytes) -> None:
        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            self._transport.write(json.dumps(respond(line, self._answer)).encode() + b"\n")
        if len(self._held) > LONGEST_LINE:
            self._transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        self._others.discard(self._transport)


@asynccontextmanager
async def served(path: Path, answer: Answer) -> AsyncIterator[None]:
    """Answer requests on the socket until left; raises StartRefused."""
    _make_room(path)
    open_ones: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    before = os.umask(0o177)
    try:
        server = await loop.create_unix_server(lambda: Conversation(answer, open_ones), str(path))
    except OSError as error:
        raise StartRefused(
            f"No socket can be opened at {path}: {error.strerror}.", "Choose another place."
        ) from error
    finally:
        os.umask(before)
    try:
        yield
    finally:
        server.close()
        for transport in list(open_ones):
            transport.abort()
        path.unlink(missing_ok=True)


def _make_room(path: Path) -> None:
    """Remove what a simulator left that is gone; one that is still there is left alone."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise StartRefused(f"{path} is too long for a socket.", f"Choose a path of at most {LONGEST_PATH} bytes.")
    if not path.exists():
        return
    if not path.is_socket():
        raise StartRefused(f"{path} is there already and is no socket.", "Choose another place.")
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise StartRefused(f"{path} belongs to a simulator that runs.", "Stop it, or choose another place.")
    path.unlink()


def respond(line: bytes, answer: Answer) -> dict[str, Any]:
    """Answer one line; what is wrong with it is told as ``error``."""
    try:
        request = json.loads(line)
    except ValueError as error:
        return {"error": f"This is not JSON: {error}."}
    except RecursionError:
        return {"error": "This is too deep to be a request."}
    if not isinstance(request, dict):
        return {"error": "This is not an object."}
    try:
        return answer(request)
    except BadInput as error:
        return {"error": str(error)}
