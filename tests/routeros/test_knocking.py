"""Knocking at doors: what routers, other servers and nobody answer, and that nothing more is said to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.device import Endpoint, TlsMode
from fleet.errors import EgressDenied
from fleet.scanning import Service
from routeros.knocking import WORD, Answer, knock
from tests.fixtures.simulator import EGRESS, Served
from tests.routeros.scripted import HERE

LONG = timedelta(seconds=20)


def ask(place: Endpoint, service: Service) -> Answer | None:
    return asyncio.run(knock(place, service, EGRESS, LONG))


@pytest.mark.parametrize("device", range(3))
def test_a_router_speaks_at_both_doors(fleet_of_three: Served, device: int) -> None:
    entry = fleet_of_three.inventory[device]
    plain = ask(Endpoint(entry.address, entry.api_port), Service.API)
    assert plain == Answer(Service.API, entry.api_port, speaks=True)
    secured = ask(Endpoint(entry.address, entry.api_ssl_port), Service.API_SSL)
    assert secured == Answer(Service.API_SSL, entry.api_ssl_port, entry.fingerprint, speaks=True)


def test_one_without_a_certificate_speaks_too(simulator: Callable[..., Served]) -> None:
    fleet = simulator(1)
    fleet.fault(0, "no-certificate")
    entry = fleet.inventory[0]
    answer = ask(Endpoint(entry.address, entry.api_ssl_port), Service.API_SSL)
    assert answer == Answer(Service.API_SSL, entry.api_ssl_port, None, speaks=True)


def test_other_doors_are_only_open(fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[0]
    for service, port in ((Service.WINBOX, entry.winbox_port), (Service.SSH, entry.ssh_port)):
        assert ask(Endpoint(entry.address, port), service) == Answer(service, port)


def test_nobody_is_nothing(fleet_of_three: Served) -> None:
    for service in Service:
        assert ask(Endpoint("127.64.0.1", 1), service) is None


def test_no_login_is_tried(fleet_of_three: Served) -> None:
    entry = fleet_of_three.inventory[1]
    before = fleet_of_three.control("stats")
    ask(Endpoint(entry.address, entry.api_port), Service.API)
    ask(Endpoint(entry.address, entry.api_ssl_port), Service.API_SSL)
    after = fleet_of_three.control("stats")
    changed = {name for name in after if after[name] != before.get(name)}
    assert not [name for name in changed if "login" in name or "command" in name], changed


@asynccontextmanager
async def server(answer: bytes, heard: list[bytes]) -> AsyncIterator[int]:
    """A server that is no router: it says something at once, and keeps what it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        heard.append(await reader.read(1000))
        writer.close()

    async with await asyncio.start_server(serve, HERE, 0) as listening:
        yield listening.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    "says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"\xff" * 99_999, b"\x05hello\x00"]
)
def test_another_server_is_an_open_port(says: bytes) -> None:
    heard: list[bytes] = []

    async def run() -> tuple[Answer | None, int]:
        async with server(says, heard) as port:
            return await knock(Endpoint(HERE, port), Service.API, EGRESS, LONG), port

    answer, port = asyncio.run(run())
    assert answer == Answer(Service.API, port, speaks=False)
    assert b"".join(heard) == WORD


def test_a_port_without_tls_is_open_and_no_more() -> None:
    heard: list[bytes] = []

    async def run() -> tuple[Answer | None, int]:
        async with server(b"HTTP/1.1 400 Bad Request\r\n\r\n", heard) as port:
            return await knock(Endpoint(HERE, port), Service.API_SSL, EGRESS, LONG), port

    answer, port = asyncio.run(run())
    assert answer == Answer(Service.API_SSL, port)
    assert {said[:1] for said in heard} == {b"", b"\x16"}, "a handshake was begun, and nothing else was said"


@pytest.mark.parametrize("service", Service)
@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "0.0.0.0"])
def test_nothing_is_said_to_what_is_denied(address: str, service: Service) -> None:
    heard: list[bytes] = []

    async def run() -> None:
        async with server(b"", heard) as port:
            with pytest.raises(EgressDenied):
                await knock(replace(Endpoint(address, port), tls=TlsMode.PLAIN), service, EGRESS, LONG)

    asyncio.run(run())
    assert heard == []
