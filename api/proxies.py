"""Who the client is where proxies of ours stand before the server: told by the last of them, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import Any

from api.hangups import Application, Receive, Send

FOR, PROTO = b"x-forwarded-for", b"x-forwarded-proto"


class Proxies:
    """Wraps an ASGI application: a request is its client's, though ``count`` proxies passed it on.

    Each proxy writes behind what came before. So the word of the outermost of ours is the one that stands ``count``
    from the right; what is left of it anybody could have sent.
    """

    def __init__(self, inner: Application, count: int) -> None:
        self._inner = inner
        self._count = count

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if self._count and scope["type"] in ("http", "websocket"):
            scope = {**scope, **told(scope, self._count)}
        await self._inner(scope, receive, send)


def told(scope: Any, count: int) -> dict[str, Any]:
    """Read what the outermost of ``count`` proxies says of the client; nothing where fewer have spoken."""
    found: dict[str, Any] = {}
    if (address := _address(_word(scope["headers"], FOR, count))) is not None:
        found["client"] = (address, 0)
    scheme = _word(scope["headers"], PROTO, count).lower()
    if scope["type"] == "http" and scheme in ("http", "https"):
        found["scheme"] = scheme
    return found


def _word(headers: Iterable[tuple[bytes, bytes]], wanted: bytes, count: int) -> str:
    lines = [value.decode("latin-1") for name, value in headers if name == wanted]
    words: Sequence[str] = [word.strip() for word in ",".join(lines).split(",")] if lines else []
    return words[-count] if len(words) >= count else ""


def _address(word: str) -> str | None:
    """Read an address, with a port or in brackets as some proxies write it."""
    bare = word.partition("]")[0].removeprefix("[") if word.startswith("[") else word
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return None
