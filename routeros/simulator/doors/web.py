"""The download server of the simulated vendor: HTTP/1.1 with GET, HEAD and ranges, on every loopback address."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus

from routeros.simulator.device.downloads import SET_AT, Downloads

PATIENCE = 30.0
MOST_HEAD = 16 * 1024
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})\Z")


def answer(downloads: Downloads, method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """Answer one request; a path is without its first slash and query."""
    if method not in ("GET", "HEAD"):
        return _said(HTTPStatus.METHOD_NOT_ALLOWED, {"allow": "GET, HEAD"})
    content = downloads.content(path)
    if content is None:
        return _said(HTTPStatus.NOT_FOUND, {}, b"404 Not Found\n" if method == "GET" else b"")
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    facts = {"etag": tag, "last-modified": format_datetime(SET_AT, usegmt=True), "accept-ranges": "bytes"}
    facts["content-type"] = "application/octet-stream" if path.endswith(".npk") else "text/plain"
    if headers.get("if-none-match") == tag:
        return _said(HTTPStatus.NOT_MODIFIED, facts)
    if found := _RANGE.match(headers.get("range", "")):
        first, last = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
        if first > last:
            return _said(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"content-range": f"bytes */{len(content)}"})
        facts["content-range"] = f"bytes {first}-{last}/{len(content)}"
        return _said(HTTPStatus.PARTIAL_CONTENT, facts, content[first : last + 1], bare=method == "HEAD")
    return _said(HTTPStatus.OK, facts, content, bare=method == "HEAD")


def _said(status: HTTPStatus, facts: Mapping[str, str], content: bytes = b"", bare: bool = False) -> bytes:
    told = {"server": "downloads", "content-length": str(len(content)), **facts}
    if status is HTTPStatus.NOT_MODIFIED:
        del told["content-length"]
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{head}\r\n".encode() + (b"" if bare else content)


@asynccontextmanager
async def served(downloads: Downloads, listener: socket.socket) -> AsyncIterator[None]:
    """Serve until left."""
    server = await asyncio.start_server(partial(_talk, downloads), sock=listener, limit=MOST_HEAD)
    try:
        yield
    finally:
        server.close()


async def _talk(downloads: Downloads, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer request after request until the client has enough of it."""
    try:
        while True:
            async with asyncio.timeout(PATIENCE):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip("\r\n").split("\r\n")
            method, _, rest = first.partition(" ")
            path = rest.partition(" ")[0].partition("?")[0].removeprefix("/")
            headers = {name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
            writer.write(answer(downloads, method, path, headers))
            await writer.drain()
            if headers.get("connection", "").lower() == "close":
                return
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
        return
    finally:
        writer.close()
