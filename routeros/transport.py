"""The way to a device: name, TCP and TLS. What was asked for is done, and nothing falls back to less.

Nothing is said to a device before its certificate was judged: with a pin, the fingerprint is compared right after the
handshake, and whoever calls ``connect`` gets a protocol that may speak, or an error.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, Protocol, TypeVar

from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from routeros.errors import HandshakeCut, PinMismatch, TlsFailed, Unreachable
from routeros.handover import handed

P = TypeVar("P", bound=asyncio.BaseProtocol)

SHUTDOWN_SECONDS: Final = 1.0
KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
"""The kernel notices a dead line after a minute and a half, also while nothing is asked.

So a connection that is used once an hour is known to be lost before its next use, and needs no commands of its own to
find out; where it died later than that, the command's time-out and the unanswered ``/cancel`` close it. The probes
also keep the entry of a NAT in between.
"""


class Place(Protocol):
    """What can be dialled; errors name it by its text."""

    @property
    def address(self) -> str: ...

    @property
    def port(self) -> int: ...


async def connect(endpoint: Endpoint, make: Callable[[], P], deadline: float, egress: Egress) -> P:
    """Connect a protocol to a device before ``deadline``, a time of the loop.

    Raises EgressDenied, Unreachable, HandshakeCut, TlsFailed or PinMismatch.
    """
    connection = await dial(endpoint, deadline, egress)
    if endpoint.tls is TlsMode.PLAIN:
        with handed(connection):
            _, protocol = await asyncio.get_running_loop().create_connection(make, sock=connection)
        return protocol
    context = _context(endpoint, connection)
    transport, protocol = await _shake(endpoint, connection, context, make, deadline)
    if endpoint.tls is TlsMode.PIN:
        _insist(endpoint, transport)
    return protocol


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a handshake agreed on: ``der`` is the certificate, empty where the device shows none."""

    version: str
    cipher: str
    der: bytes


async def greet(endpoint: Endpoint, deadline: float, egress: Egress) -> Greeting | None:
    """Do the TLS handshake, judge nothing, say nothing, and hang up. None: there is no TLS.

    Raises EgressDenied, Unreachable or TlsFailed.
    """
    connection = await dial(endpoint, deadline, egress)
    if endpoint.tls is TlsMode.PLAIN:
        connection.close()
        return None
    unjudged = replace(endpoint, tls=TlsMode.PIN) if endpoint.tls is TlsMode.VERIFY else endpoint
    context = contexts(unjudged.tls, None)
    transport, _ = await _shake(unjudged, connection, context, asyncio.Protocol, deadline)
    found = transport.get_extra_info("ssl_object")
    greeting = Greeting(found.version(), found.cipher()[0], found.getpeercert(binary_form=True) or b"")
    transport.abort()
    return greeting


async def dial(place: Place, deadline: float, egress: Egress, advice: str = "") -> socket.socket:
    """Connect by TCP to the first address that takes it; all of them must be allowed, and each has its share of time.

    Raises EgressDenied, or Unreachable with ``advice`` as its next step.
    """
    failure: OSError = OSError("the name has no address")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(deadline):
            addresses = await _resolve(place)
            for _, address in addresses:
                egress.check(address, place.port)
            for tried, (family, address) in enumerate(addresses):
                # Else an address that swallows everything, often the one of IPv6, would hide those behind it.
                share = (deadline - loop.time()) / (len(addresses) - tried)
                try:
                    async with asyncio.timeout(share):
                        return await _open(family, address, place.port)
                except OSError as error:
                    failure = error
        if not failure.errno and isinstance(failure, TimeoutError):
            raise failure
    except TimeoutError:
        raise Unreachable(f"{place} does not answer.", device=str(place), next_step=advice) from None
    except (socket.gaierror, UnicodeError) as error:
        # The idna codec, which getaddrinfo asks first, has its own errors for a label that is empty or too long.
        why = error.strerror if isinstance(error, socket.gaierror) else "no DNS name is written so"
        text = f"{place.address!r} is no known name: {why}."
        raise Unreachable(text, device=str(place), next_step=advice) from None
    reason = os.strerror(failure.errno) if failure.errno else str(failure)
    text = f"{place} cannot be reached: {reason}."
    raise Unreachable(text, device=str(place), next_step=advice) from failure


async def _resolve(place: Place) -> list[tuple[int, str]]:
    """Tell family and address of each address that a place has; an address needs no look-up."""
    try:
        version = ip_address(place.address).version
    except ValueError:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(place.address, place.port, type=socket.SOCK_STREAM)
        return [(family, str(address[0])) for family, _, _, _, address in found]
    return [(socket.AF_INET6 if version == 6 else socket.AF_INET, place.address)]


async def _open(family: int, address: str, port: int) -> socket.socket:
    with ExitStack() as undo:
        connection = undo.enter_context(socket.socket(family, socket.SOCK_STREAM))
        connection.setblocking(False)
        # asyncio does this only where the protocol is named; without it a handshake loses 40 ms to a late ACK.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE:
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        await asyncio.get_running_loop().sock_connect(connection, (address, port))
        undo.pop_all()
    return connection


async def _shake(
    endpoint: Endpoint, connection: socket.socket, context: ssl.SSLContext, make: Callable[[], P], deadline: float
) -> tuple[asyncio.Transport, P]:
    """Do the TLS handshake; every failure of it is a TlsFailed."""
    kind = TlsFailed
    try:
        with handed(connection):
            async with asyncio.timeout_at(deadline):
                return await asyncio.get_running_loop().create_connection(
                    make,
                    sock=connection,
                    ssl=context,
                    server_hostname=endpoint.address if endpoint.tls is TlsMode.VERIFY else "",
                    ssl_shutdown_timeout=SHUTDOWN_SECONDS,
                )
    except TimeoutError:
        kind, reason = HandshakeCut, "it does not answer"
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not trusted, {error.verify_message}"
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        kind, reason = HandshakeCut, "it closed the connection"
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
    except OSError as error:
        kind, reason = HandshakeCut, error.strerror or str(error) or "it closed the connection"
    raise kind(f"The TLS handshake with {endpoint} failed: {reason}.", device=str(endpoint))


def _insist(endpoint: Endpoint, transport: asyncio.Transport) -> None:
    """Compare the certificate with the pin; hang up where they differ."""
    certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True) or b""
    try:
        compare(endpoint, hashlib.sha256(certificate).hexdigest())
    except PinMismatch:
        transport.abort()
        raise


def compare(endpoint: Endpoint, seen: str) -> None:
    """Raise PinMismatch unless ``seen``, a SHA-256 in lower-case hex, is the endpoint's pin."""
    pinned = (endpoint.fingerprint or "").replace(":", "").lower()
    if pinned and seen == pinned:
        return
    device = str(endpoint)
    if not pinned:
        text = f"No fingerprint is stored for {device}; it shows {seen}."
        raise PinMismatch(
            text, seen=seen, device=device, next_step="Compare it with the device's own, then accept it."
        )
    raise PinMismatch(
        f"{device} shows the fingerprint {seen}, which is not the accepted one.", seen=seen, device=device
    )


def _context(endpoint: Endpoint, connection: socket.socket) -> ssl.SSLContext:
    """Find the context for an endpoint; hang up where the tenant's authority cannot be read."""
    try:
        return contexts(endpoint.tls, endpoint.authority if endpoint.tls is TlsMode.VERIFY else None)
    except (ssl.SSLError, ValueError, TypeError) as error:
        connection.close()
        text = f"The certificate authority stored for {endpoint} cannot be read."
        raise TlsFailed(text, device=str(endpoint), next_step="Store it anew, as PEM.") from error


@lru_cache(maxsize=256)
def contexts(mode: TlsMode, authority: str | None) -> ssl.SSLContext:
    """Make the context of a mode, shared by all its devices: a context weighs far more than a connection."""
    if mode is TlsMode.VERIFY:
        context = ssl.create_default_context(cadata=authority)
        # Certificates that RouterOS signs lack extensions which Python 3.13 began to insist on.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if mode is TlsMode.ANONYMOUS:
        # An api-ssl without certificate speaks anonymous Diffie-Hellman only, which TLS 1.3 does not have.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ADH:@SECLEVEL=0")
    return context
