"""The four TLS modes: what each accepts, what it refuses, and that nothing is said before that."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvloop

from fleet.device import Endpoint, TlsMode
from fleet.egress import Egress
from fleet.errors import EgressDenied
from routeros import transport
from routeros.client import connect
from routeros.errors import PinMismatch, TlsFailed, Unreachable
from tests.fixtures.leaping import LeapingLoop
from tests.routeros.certificates import anonymous, issue, serving
from tests.routeros.scripted import ADMIN, EGRESS, HERE, RESOURCE, SECOND, SURE, Peer, Router, router


class Bare(asyncio.Protocol):
    """A protocol that keeps its transport."""

    transport: asyncio.BaseTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport


async def friendly(peer: Peer) -> None:
    """Accept the login and answer everything with nothing."""
    while True:
        _, tag = await peer.command()
        peer.say("!done", tag)


def play(context: ssl.SSLContext | None, scenario: Callable[[Router], Awaitable[None]], **endpoint: object) -> None:
    async def run() -> None:
        async with asyncio.timeout(60), router(friendly, context, **endpoint) as here:
            await scenario(here)

    asyncio.run(run())


async def works(here: Router) -> None:
    async with await here.enter() as client:
        assert await client.call(RESOURCE, timeout=SURE) == []


def refused(kind: type[Exception], text: str) -> Callable[[Router], Awaitable[None]]:
    """Expect a refusal before a word was said."""

    async def scenario(here: Router) -> None:
        with pytest.raises(kind, match=text):
            await here.enter()
        await asyncio.sleep(0)
        assert [peer.heard for peer in here.peers if peer.heard] == []

    return scenario


def test_a_certificate_of_the_authority_is_accepted(tmp_path: Path) -> None:
    authority = issue("authority")
    tls = serving(issue("router", HERE, authority), tmp_path)
    play(tls, works, tls=TlsMode.VERIFY, authority=authority.pem)


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    tls = serving(issue("router", HERE, issue("authority")), tmp_path)
    expected = refused(TlsFailed, "not trusted")
    play(tls, expected, tls=TlsMode.VERIFY, authority=issue("another").pem)
    play(tls, expected, tls=TlsMode.VERIFY, authority=None)


def test_a_certificate_for_another_address_is_refused(tmp_path: Path) -> None:
    authority = issue("authority")
    tls = serving(issue("router", "127.64.9.9", authority), tmp_path)
    play(tls, refused(TlsFailed, "not trusted.*mismatch"), tls=TlsMode.VERIFY, authority=authority.pem)


@pytest.mark.parametrize("authority", ["nonsense", "ä"])
def test_an_authority_that_cannot_be_read_is_told(authority: str) -> None:
    play(None, refused(TlsFailed, "authority stored .* cannot be read"), tls=TlsMode.VERIFY, authority=authority)


@pytest.mark.parametrize("form", [str, str.upper, lambda h: ":".join(h[i : i + 2] for i in range(0, 64, 2))])
def test_a_pinned_certificate_is_accepted(tmp_path: Path, form: Callable[[str], str]) -> None:
    issued = issue("router")
    play(serving(issued, tmp_path), works, tls=TlsMode.PIN, fingerprint=form(issued.fingerprint))


@pytest.mark.parametrize("pinned", ["0" * 64, "", None, "ä"])
def test_another_certificate_than_the_pinned_one_hears_no_login(tmp_path: Path, pinned: str | None) -> None:
    issued = issue("router")

    async def scenario(here: Router) -> None:
        with pytest.raises(PinMismatch, match=issued.fingerprint) as caught:
            await here.enter()
        assert caught.value.seen == issued.fingerprint
        await here.hung_up.wait()
        assert here.peers[0].heard == []

    play(serving(issued, tmp_path), scenario, tls=TlsMode.PIN, fingerprint=pinned)


def test_an_anonymous_connection_is_made_only_where_asked_for(tmp_path: Path) -> None:
    tls = anonymous(tmp_path)
    play(tls, works, tls=TlsMode.ANONYMOUS)
    play(tls, refused(TlsFailed, "handshake"), tls=TlsMode.PIN, fingerprint="0" * 64)
    play(tls, refused(TlsFailed, "handshake"), tls=TlsMode.VERIFY)


def test_anonymous_does_not_take_a_certificate(tmp_path: Path) -> None:
    play(serving(issue("router"), tmp_path), refused(TlsFailed, "handshake"), tls=TlsMode.ANONYMOUS)


def test_tls_with_a_plain_service_fails() -> None:
    play(None, refused(TlsFailed, "handshake"), tls=TlsMode.PIN, fingerprint="0" * 64)


def test_a_silent_handshake_ends_in_time() -> None:
    async def run() -> None:
        async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with closing(writer):
                await reader.read()

        server = await asyncio.start_server(swallow, HERE, 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            with pytest.raises(TlsFailed, match="does not answer"):
                await connect(Endpoint(HERE, port), ADMIN, timeout=timedelta(milliseconds=50), egress=EGRESS)

    asyncio.run(run())


def test_a_closed_port_is_unreachable() -> None:
    async def run() -> None:
        with socket.create_server((HERE, 0)) as free:
            port = free.getsockname()[1]
        with pytest.raises(Unreachable, match="refused") as caught:
            await connect(Endpoint(HERE, port, TlsMode.PLAIN), ADMIN, timeout=SURE, egress=EGRESS)
        assert caught.value.device == f"{HERE}:{port}"

    asyncio.run(run())


@pytest.mark.parametrize("name", ["nowhere.invalid", "a..invalid", "a" * 64 + ".invalid"])
def test_an_unknown_name_is_unreachable(name: str) -> None:
    async def run() -> None:
        with pytest.raises(Unreachable, match=re.escape(name)):
            await connect(Endpoint(name, 1), ADMIN, timeout=30 * SECOND, egress=EGRESS)

    asyncio.run(run())


def test_without_a_pin_no_fingerprint_is_the_accepted_one() -> None:
    with pytest.raises(PinMismatch):
        transport.compare(Endpoint(HERE, 1, TlsMode.PIN), "")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.64.0.1", "::1", "169.254.169.254", "localhost"])
def test_an_address_that_nobody_granted_is_not_even_dialled(address: str) -> None:
    async def scenario(here: Router) -> None:
        endpoint = replace(here.endpoint, address=address)
        with pytest.raises(EgressDenied):
            await connect(endpoint, ADMIN, timeout=SURE)
        with pytest.raises(EgressDenied):
            await connect(endpoint, ADMIN, timeout=SURE, egress=Egress.of(["10.0.0.0/8"]))
        assert here.peers == []

    play(None, scenario)


def test_small_writes_are_not_held_back_and_a_dead_line_is_noticed() -> None:
    async def scenario(here: Router) -> None:
        deadline = asyncio.get_running_loop().time() + 5
        protocol = await transport.connect(here.endpoint, Bare, deadline, EGRESS)
        line = protocol.transport.get_extra_info("socket")
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, between, count = (
            line.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name, _ in transport.KEEPALIVE
        )
        assert idle + between * count <= 90
        protocol.transport.close()

    play(None, scenario)


@pytest.mark.parametrize("mode", [TlsMode.PLAIN, TlsMode.PIN])
def test_the_client_works_on_uvloop(tmp_path: Path, mode: TlsMode) -> None:
    issued = issue("router")

    async def main() -> None:
        tls = serving(issued, tmp_path) if mode is TlsMode.PIN else None
        async with router(friendly, tls) as here:
            here.endpoint = replace(here.endpoint, tls=mode, fingerprint=issued.fingerprint)
            await works(here)
            here.endpoint = replace(here.endpoint, tls=TlsMode.ANONYMOUS)
            with pytest.raises(TlsFailed):
                await here.enter()

    uvloop.run(main())


class Swallowing(LeapingLoop):
    """Knows a name of two addresses; the first swallows whatever is sent to it."""

    async def getaddrinfo(self, host: object, port: object, **_: object) -> list[Any]:  # type: ignore[override]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.64.200.2", HERE)]

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if address[0] != HERE:
            await asyncio.Event().wait()
        await super().sock_connect(sock, address)


def test_an_address_that_swallows_everything_does_not_hide_the_next_one() -> None:
    async def run() -> None:
        deadline = asyncio.get_running_loop().time() + 10
        with socket.create_server((HERE, 0)) as server:
            port = server.getsockname()[1]
            with await transport.dial(Endpoint("twofold.example", port), deadline, EGRESS) as line:
                assert line.getpeername() == (HERE, port)
        with pytest.raises(Unreachable, match="does not answer"):
            await transport.dial(Endpoint("127.64.200.2", port), deadline, EGRESS)

    with asyncio.Runner(loop_factory=Swallowing) as runner:
        runner.run(run())
