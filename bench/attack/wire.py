"""Requests over one kept connection, and answers as they come over the wire."""

from __future__ import annotations

import http.client
import io
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

PATIENCE = 60.0
LISTEN = 0.4
"""Seconds for an answer, and for what a stream says at its beginning."""
STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: ``path`` with its braces, and what is put in their place."""

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    media: str = ""

    @property
    def target(self) -> str:
        """Write the request target."""
        path = self.path
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        return f"{path}?{urlencode(self.query)}" if self.query else path

    def content(self) -> bytes | None:
        """Write the body: bytes as they are, a text too where it is not to be JSON, all else as JSON."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str) and "json" not in (self.media or "json"):
            return self.body.encode()
        return json.dumps(self.body).encode()

    def showing(self, headers: Mapping[str, str]) -> Ask:
        """Add headers; those that the request has already stay."""
        return replace(self, headers={**headers, **self.headers})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its headers with small names, its body, and the seconds until it was whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    seconds: float

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str:
        """Give a header, or nothing."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def text(self) -> str:
        """Tell the body in words, that of a columnar file too."""
        media = self.header("content-type")
        if self.ok and ("arrow" in media or "parquet" in media):
            return _words(self.body, "parquet" in media)
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        """Read the body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Wire:
    """A connection to the server; ``relieve`` lets it forget its limits when one is reached."""

    def __init__(self, url: str, relieve: Callable[[], None]) -> None:
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        self._relieve = relieve
        self.sent = 0

    def send(self, ask: Ask) -> Reply:
        """Send a request and read its answer."""
        reply = self._once(ask)
        if reply.status == http.client.TOO_MANY_REQUESTS:
            self._relieve()
            reply = self._once(ask)
        return reply

    def relieve(self) -> None:
        """Let the server forget its limits."""
        self._relieve()

    def close(self) -> None:
        self._connection.close()

    def _once(self, ask: Ask) -> Reply:
        self.sent += 1
        try:
            return self._asked(ask)
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
            # The server ends a connection that nobody used for a while.
            self._connection.close()
            return self._asked(ask)

    def _asked(self, ask: Ask) -> Reply:
        headers = {"Accept": "*/*", **ask.headers}
        content = ask.content()
        if content is not None:
            headers.setdefault("Content-Type", ask.media or "application/json")
        begun = time.perf_counter()
        self._connection.request(ask.method, ask.target, content, headers)
        response = self._connection.getresponse()
        told = tuple((name.lower(), value) for name, value in response.getheaders())
        if response.status == http.client.OK and response.headers.get_content_type() == STREAM:
            body = self._listen(response)
        else:
            body = response.read()
        return Reply(response.status, told, body, time.perf_counter() - begun)

    def _listen(self, response: http.client.HTTPResponse) -> bytes:
        """Hear what a stream says at first, and hang up."""
        heard, end = b"", time.monotonic() + LISTEN
        if self._connection.sock is not None:
            self._connection.sock.settimeout(LISTEN)
        with suppress(TimeoutError, OSError):
            while time.monotonic() < end and (piece := response.read1(65536)):
                heard += piece
        self._connection.close()
        return heard


def _words(body: bytes, parquet: bool) -> str:
    if parquet:
        table = pyarrow.parquet.read_table(io.BytesIO(body))
    else:
        with pyarrow.ipc.open_stream(body) as reader:
            table = reader.read_all()
    return "\n".join(" ".join(map(_word, row.values())) for row in table.slice(0, 5000).to_pylist()) + _names(table)


def _names(table: pa.Table) -> str:
    return "\n" + " ".join(table.column_names) + str(table.schema.metadata or "")


def _word(value: object) -> str:
    return str(UUID(bytes=value)) if isinstance(value, bytes) and len(value) == 16 else str(value)
