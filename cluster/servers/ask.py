"""Ask a server on loopback over HTTP: no proxy, no pool, no surprise."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster.servers.state import LOOPBACK

_TIMEOUT = 5.0
"""Seconds for an answer to who only looks, and may look again."""
_SURE = 60.0
"""The same for what is done once."""
_NOBODY = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, 0 where nobody answered, and the JSON body, empty where it is none."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Look; a server that does not answer soon is told as nobody."""
    return _asked(http.client.HTTPConnection(LOOPBACK, port, timeout=_TIMEOUT), "GET", path, None, headers)


def send(
    port: int,
    method: str,
    path: str,
    body: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Have something done."""
    content = json.dumps(body) if body is not None else None
    return _asked(http.client.HTTPConnection(LOOPBACK, port, timeout=_SURE), method, path, content, headers)


def _asked(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    content: str | None,
    headers: Mapping[str, str] | None,
) -> Answer:
    try:
        connection.request(method, path, content, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, _parsed(response.read()))
    except (OSError, http.client.HTTPException):
        return Answer(_NOBODY)
    finally:
        connection.close()


def _parsed(text: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {"items": body}
