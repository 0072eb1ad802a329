"""The probe: greets a device, shows its certificate before any credential is sent, and asks what it is and can."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from fleet.clock import Clock
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import Egress
from routeros import transport
from routeros.client import connect
from routeros.probe import certificate, findings, questions
from routeros.probe.certificate import Certificate
from routeros.probe.findings import Probe


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the handshake showed; ``certificate`` is None for anonymous TLS."""

    version: str
    cipher: str
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class Call:
    """How a device is asked: how long one step may take, which addresses are allowed, and our clock."""

    timeout: timedelta
    egress: Egress
    clock: Clock


async def greet(endpoint: Endpoint, call: Call) -> Greeting | None:
    """Do the TLS handshake and say nothing; None where the endpoint is plain.

    Raises EgressDenied, Unreachable or TlsFailed. The certificate is not judged here: see ``accept``.
    """
    deadline = asyncio.get_running_loop().time() + call.timeout.total_seconds()
    greeting = await transport.greet(endpoint, deadline, call.egress)
    if greeting is None:
        return None
    return Greeting(greeting.version, greeting.cipher, certificate.read(greeting.der) if greeting.der else None)


async def accept(endpoint: Endpoint, greeting: Greeting | None, call: Call) -> None:
    """Judge the certificate without saying anything to the device.

    Raises PinMismatch where it is not the pinned one or none is pinned yet, TlsFailed where no authority vouches
    for it, and what ``greet`` raises.
    """
    if endpoint.tls is TlsMode.PIN:
        transport.compare(endpoint, greeting.certificate.fingerprint if greeting and greeting.certificate else "")
    elif endpoint.tls is TlsMode.VERIFY:
        deadline = asyncio.get_running_loop().time() + call.timeout.total_seconds()
        (await transport.connect(endpoint, _Silent, deadline, call.egress)).line.abort()


class _Silent(asyncio.Protocol):
    """Keeps its transport and says nothing."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.line = cast(asyncio.Transport, transport)


async def probe(endpoint: Endpoint, login: Login, call: Call) -> Probe:
    """Log in and ask everything at once; nothing is changed on the device.

    Raises what ``client.connect`` and ``Client.calls`` raise.
    """
    asked = questions.commands(login.username)
    async with await connect(endpoint, login, timeout=call.timeout, egress=call.egress) as client:
        before = call.clock.now()
        replies = await client.calls(asked, timeout=call.timeout)
        middle = before + (call.clock.now() - before) / 2
    return findings.read({c.menu: r for c, r in zip(asked, replies, strict=True)}, login.username, middle)
