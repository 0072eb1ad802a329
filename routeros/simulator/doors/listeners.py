"""The sockets: one listener for each service, on loopback; the address that was called names the router."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from fleet.errors import StartRefused
from routeros.simulator.device import naming
from routeros.simulator.doors.api import Session
from routeros.simulator.doors.tls import Tls
from routeros.simulator.faults import GARBAGE, Kind
from routeros.simulator.ledger import Ledger
from routeros.simulator.parts.log import Log
from routeros.simulator.parts.services import Welcome, welcome
from routeros.simulator.parts.trouble import is_deaf
from routeros.simulator.router import Router

BACKLOG = 4096
RECORD = 4096
"""Bytes in a TLS record: OpenSSL keeps buffers of the greatest one for as long as the connection lasts."""

MOST_UNSENT = 8 * 1024 * 1024
"""A client that takes nothing is cut when so much waits for it."""


@dataclass(frozen=True, slots=True)
class House:
    """What a connection needs to find its router."""

    router: Callable[[int], Router | None]
    ledger: Ledger
    tls: Tls


@dataclass(eq=False, slots=True)
class Unheard:
    """A connection that was taken and is not heard: on loopback nobody can leave it unanswered."""

    line: Plain
    router: Router
    service: str = ""

    def cut(self) -> None:
        self.line.refuse()

    def lost(self) -> None:
        self.router.guests.discard(self)


class Plain(asyncio.Protocol):
    """A connection to ``api``."""

    service = "api"

    def __init__(self, house: House) -> None:
        self._house = house
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None
        self._unheard: Unheard | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        router = self._house.router(naming.index_at(transport.get_extra_info("sockname")[0])) if peer else None
        if router is None:  # or the client is gone already, and has no address any more
            self.refuse()
            return
        met = welcome(router, self.service, peer[0])
        if met is Welcome.TAKEN:
            self.opened(router)
            return
        self._house.ledger.missed(router.model.index)
        if met is Welcome.REFUSED:
            self.refuse()
        else:
            self._unheard = Unheard(self, router)
            router.guests.add(self._unheard)

    def opened(self, router: Router) -> None:
        """Begin the session of a connection that was taken."""
        host, port = self.transport.get_extra_info("peername")[:2]
        self._session = Session(router, self.service, f"{host}:{port}", self, self._house.ledger)

    def data_received(self, data: bytes) -> None:
        if self._session:
            self._session.receive(data)

    def connection_lost(self, _: Exception | None) -> None:
        for guest in (self._session, self._unheard):
            if guest:
                guest.lost()
        self._session = self._unheard = None

    def pause_writing(self) -> None:
        self.transport.pause_reading()
        if self._session:
            self._session.pause()

    def resume_writing(self) -> None:
        self.transport.resume_reading()
        if self._session:
            self._session.resume()

    def write(self, data: bytes) -> None:
        if self.transport.get_write_buffer_size() > MOST_UNSENT:
            self.abort()
        self.transport.write(data)

    def close(self) -> None:
        self.transport.close()

    def abort(self) -> None:
        self.transport.abort()

    @property
    def transport(self) -> asyncio.Transport:
        if self._transport is None:
            raise RuntimeError("not connected")
        return self._transport

    def refuse(self) -> None:
        """Answer with a reset, as a port does on which nobody listens."""
        end_by_reset(self.transport.get_extra_info("socket"))
        self.transport.abort()


class Secured(Plain):
    """A connection to ``api-ssl``, with the certificate of the router that was called."""

    service = "api-ssl"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        self._greeted = False

    def opened(self, router: Router) -> None:
        self._tls = self._house.tls.wrap(router, self._incoming, self._outgoing)
        super().opened(router)

    def data_received(self, data: bytes) -> None:
        if self._tls is None or self._session is None or is_deaf(self._session.router):
            return
        if Kind.BAD_TLS in self._session.router.faults:
            super().write(GARBAGE)
            self.transport.close()
            return
        self._incoming.write(data)
        try:
            if not self._greeted:
                self._tls.do_handshake()
                self._greeted = True
                self._house.tls.release(self._tls)
            while (clear := self._tls.read(65536)) and self._session:
                self._session.receive(clear)
        except ssl.SSLWantReadError:
            self._send()
        except ssl.SSLError as error:
            self._failed(error)
        else:
            self.transport.close()

    def _failed(self, error: ssl.SSLError) -> None:
        if error.reason == "NO_SHARED_CIPHER" and self._session:
            self._session.router.part(Log).add("ssl,error", "no common ciphers")
        self._send()
        self.transport.close()

    def write(self, data: bytes) -> None:
        if self._tls is not None:
            for place in range(0, len(data), RECORD):
                self._tls.write(data[place : place + RECORD])
                self._send()

    def close(self) -> None:
        try:
            if self._tls is not None:
                self._tls.unwrap()
        except ssl.SSLError:
            pass
        self._send()
        super().close()

    def _send(self) -> None:
        if data := self._outgoing.read():
            super().write(data)


def end_by_reset(line: socket.socket) -> None:
    """Let a connection end with a reset once it is closed."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def listen(port: int) -> socket.socket:
    """Open a listener on every loopback address; raises StartRefused."""
    option = getattr(socket, "SO_BINDTODEVICE", None)
    if option is None:
        raise StartRefused("The simulator needs Linux: it binds its listeners to the loopback device.", _ELSEWHERE)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: asyncio sets NODELAY
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, option, b"lo\0")
        listener.bind(("0.0.0.0", port))  # noqa: S104 - bound to the device lo
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _refusal(error, port) from error
    listener.setblocking(False)
    return listener


_ELSEWHERE = "Run it on Linux 5.7 or later."


def _refusal(error: OSError, port: int) -> StartRefused:
    if error.errno == errno.EADDRINUSE:
        return StartRefused(f"The port {port} is taken.", "Choose another one, or 0 for a free one.")
    denied = error.errno in (errno.EPERM, errno.EACCES)
    if denied and 0 < port < 1024:
        return StartRefused(f"The port {port} may not be opened.", "Choose one above 1023, or 0 for a free one.")
    if denied:
        return StartRefused("The loopback device may not be bound to (SO_BINDTODEVICE).", _ELSEWHERE)
    return StartRefused(f"A listener cannot be opened: {error.strerror}.", _ELSEWHERE)
