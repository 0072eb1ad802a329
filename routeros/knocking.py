"""Knocking at a router's doors: is the port open, which certificate is shown, and does it speak the API?

Nothing is said beyond the handshakes of TCP and TLS but the API's ``/quit``, which every version answers before a
login with ``!fatal`` and by hanging up: nothing is tried, and nothing is logged as a failed login.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, cast

from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from fleet.scanning import Service
from routeros import transport
from routeros.errors import ProtocolError, RouterOSError
from routeros.probe import certificate
from routeros.words import Bounds, Parser, encode

PATIENCE: Final = timedelta(seconds=2)
"""How long a port may take to open: most addresses of a network say nothing at all."""

SLOW: Final = timedelta(seconds=8)
"""How long one that is open may take for a handshake or an answer: a small board computes for seconds."""

WORD: Final = encode("/quit")
SHORT: Final = Bounds(word=1024, words=32, sentence=8192)
"""What is read of an answer; whoever says more is no router."""

_ANSWERS: Final = ("!fatal", "!done", "!trap", "!re")


@dataclass(frozen=True, slots=True)
class Answer:
    """An open port. ``fingerprint`` is that of its certificate, where it shows one."""

    service: Service
    port: int
    fingerprint: str | None = None
    speaks: bool = False


async def knock(place: Endpoint, service: Service, egress: Egress, patience: timedelta = PATIENCE) -> Answer | None:
    """Knock at one door; None where nothing answers. Raises EgressDenied before anything is sent."""
    plain, found = replace(place, tls=TlsMode.PLAIN, fingerprint=None), Answer(service, place.port)
    try:
        (await transport.dial(plain, _until(patience), egress)).close()
    except RouterOSError:
        return None
    match service:
        case Service.API:
            return replace(found, speaks=await speaks(plain, egress))
        case Service.API_SSL:
            return await _secured(plain, found, egress)
        case _:
            return found


async def _secured(place: Endpoint, found: Answer, egress: Egress) -> Answer:
    """Look at the certificate, or find that there is none, and say the word on a connection of its own.

    What takes connections and does no such handshake is an open port and no more.
    """
    for mode in (TlsMode.PIN, TlsMode.ANONYMOUS):
        with suppress(RouterOSError):
            greeting = await transport.greet(replace(place, tls=mode), _until(SLOW), egress)
            shown = certificate.read(greeting.der).fingerprint if greeting and greeting.der else None
            same = replace(place, tls=mode, fingerprint=shown)
            return replace(found, fingerprint=shown, speaks=await speaks(same, egress))
    return found


async def speaks(place: Endpoint, egress: Egress, patience: timedelta = SLOW) -> bool:
    """Tell whether what answers there is the API. Raises EgressDenied before anything is sent."""
    until = _until(patience)
    try:
        line = await transport.connect(place, _Line, until, egress)
    except RouterOSError:
        return False
    try:
        async with asyncio.timeout_at(until):
            return await line.answered
    except TimeoutError:
        return False
    finally:
        line.close()


def _until(patience: timedelta) -> float:
    return asyncio.get_running_loop().time() + patience.total_seconds()


class _Line(asyncio.Protocol):
    """Says the word, and reads one sentence."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._parser = Parser(SHORT)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(WORD)

    def data_received(self, data: bytes) -> None:
        try:
            sentences = self._parser.feed(data)
        except ProtocolError:
            self._settle(False)
            return
        if sentences:
            self._settle(sentences[0][0] in _ANSWERS)

    def connection_lost(self, error: Exception | None) -> None:
        self._settle(False)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _settle(self, speaks: bool) -> None:
        if not self.answered.done():
            self.answered.set_result(speaks)
