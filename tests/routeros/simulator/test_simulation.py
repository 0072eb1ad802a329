"""A fleet behind its sockets: limits, faults, counts, and what a stop leaves behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from fleet.clock import FakeClock
from fleet.device import Login, TlsMode
from fleet.errors import BadInput, FleetError, StartRefused
from routeros.client import Client, connect
from routeros.errors import LoginFailed, ProtocolError, TimedOut, TlsFailed, Unreachable
from routeros.simulator.device.model import Model
from routeros.simulator.router import Condition
from routeros.simulator.simulation import Options, files_to_allow
from routeros.words import Command
from tests.fixtures.simulator import EGRESS, Factory, Served, running
from tests.routeros.simulator.test_clients import entered

Errors: TypeAlias = type[FleetError] | tuple[type[FleetError], ...]
POLL = Command("/system/resource/print", ("uptime",))
LONG, SHORT = timedelta(seconds=60), timedelta(milliseconds=200)


def poll(served: Served, device: int, tls: TlsMode = TlsMode.PIN, timeout: timedelta = LONG) -> None:
    """Connect, ask once, close; raises what our client raises."""

    async def ask() -> None:
        client = await connect(served.endpoint(device, tls), served.login(device), timeout=LONG, egress=EGRESS)
        try:
            assert await client.call(POLL, timeout=timeout)
        finally:
            await client.close()

    asyncio.run(ask())


def stats(served: Served, **more: int) -> dict[str, int]:
    return served.control("stats", **more)


def settle(served: Served, met: Callable[[dict[str, int]], bool]) -> dict[str, int]:
    """Ask for the counts until they are as expected: a connection's end is noticed a moment later."""
    pause = threading.Event()
    for _ in range(10_000):
        if met(found := stats(served)):
            return found
        pause.wait(0.002)
    raise AssertionError(found)


@pytest.mark.parametrize("tls", [TlsMode.PIN, TlsMode.PLAIN])
def test_polls_are_counted_for_the_fleet_and_for_each_device(simulator: Factory, tls: TlsMode) -> None:
    served = simulator(3)
    for device in (0, 1, 1):
        poll(served, device, tls)
    found = settle(served, lambda now: now["sessions"] == 0)
    assert (found["polls_ok"], found["polls_failed"], found["logins"], found["commands"]) == (3, 0, 3, 3)
    assert found["cpu_seconds"] > 0
    assert stats(served, device=1) == {"polls_ok": 2, "polls_failed": 0}


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        ("garbage", ProtocolError),
        ("down", (Unreachable, TlsFailed)),
        ("refuse-login", LoginFailed),
        ("slow", TimedOut),
    ],
)
def test_a_fault_is_felt_counted_and_over_when_it_is_lifted(simulator: Factory, kind: str, errors: Errors) -> None:
    served = simulator(2)
    served.fault(1, kind)
    with pytest.raises(errors):
        poll(served, 1, timeout=SHORT if errors is TimedOut else LONG)
    settle(served, lambda now: now["polls_failed"] == 1)
    poll(served, 0)
    served.fault(1, "none")
    poll(served, 1)
    assert settle(served, lambda now: now["sessions"] == 0)["polls_ok"] == 2


def test_a_router_that_goes_down_cuts_its_sessions(simulator: Factory) -> None:
    served = simulator(2)

    async def live() -> Client:
        client = await connect(served.endpoint(1), served.login(1), timeout=LONG, egress=EGRESS)
        await client.call(POLL, timeout=LONG)
        await asyncio.to_thread(served.fault, 1, "down")
        with pytest.raises(Unreachable):
            await client.call(POLL, timeout=LONG)
        return client

    assert asyncio.run(live()).closed
    assert stats(served)["sessions"] == 0


def test_a_router_that_boots_cuts_its_sessions_and_can_be_entered_again(simulator: Factory) -> None:
    model = Model(1, 0, ("chr",))
    boot = float(model.boots.next(FakeClock().now().timestamp())[0])
    clock = FakeClock(FakeClock().now() + timedelta(seconds=boot - FakeClock().now().timestamp() - 1))
    served = simulator(1, personas=("chr",), clock=clock)

    async def live() -> None:
        client = await connect(served.endpoint(0), served.login(0), timeout=LONG, egress=EGRESS)
        clock.advance(timedelta(seconds=3))
        async with asyncio.timeout(60):
            while not client.closed:
                await asyncio.sleep(0)

    asyncio.run(live())
    router = served.router(0)
    assert router.booted(clock.now().timestamp()) == clock.now().timestamp()
    assert router.condition is Condition.SILENT


def test_a_service_takes_twenty_sessions(simulator: Factory) -> None:
    served = simulator(1)
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(entered(served, 0, tls=False))
        with pytest.raises(ConnectionError):
            stack.enter_context(entered(served, 0, tls=False))
        stack.enter_context(entered(served, 0, tls=True))
    settle(served, lambda now: now["sessions"] == 0)
    poll(served, 0, TlsMode.PLAIN)


def test_a_disabled_service_takes_nobody_and_keeps_whom_it_has(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api:
        api.path("/ip/service").update(**{".id": "api", "disabled": "yes"})
        with pytest.raises(Unreachable):
            poll(served, 1, TlsMode.PLAIN)
        assert list(api("/system/identity/print"))
    poll(served, 1, TlsMode.PIN)
    poll(served, 0, TlsMode.PLAIN)


def test_an_address_without_a_router_is_refused(simulator: Factory) -> None:
    served = simulator(1)
    for address in ("127.64.0.2", "127.64.0.0", "127.0.0.1"):
        with pytest.raises(ConnectionError):
            knock(address, served.inventory[0].api_port)


def knock(address: str, port: int) -> None:
    with socket.create_connection((address, port), 10) as wire:
        wire.sendall(b"\x06/login\0")
        if not wire.recv(1):
            raise ConnectionError("no answer")


def test_nonsense_ends_one_connection_only(simulator: Factory) -> None:
    served = simulator(1)
    entry = served.inventory[0]
    shouted(entry.address, entry.api_ssl_port, b"GET / HTTP/1.0\r\n\r\n")
    shouted(entry.address, entry.api_port, b"\x16\x03\x01\x02\x00\x01" + bytes(19) + b"\xf8")
    poll(served, 0)
    assert stats(served)["polls_failed"] == 0


def shouted(address: str, port: int, nonsense: bytes) -> None:
    """Send what is no protocol of this port, and wait until the router has ended the connection."""
    with socket.create_connection((address, port), 10) as wire, suppress(ConnectionError):
        wire.sendall(nonsense)
        while wire.recv(4096):
            pass


def test_a_wrong_password_is_one_failed_poll(simulator: Factory) -> None:
    served = simulator(1)

    async def enter() -> None:
        await connect(served.endpoint(0), Login("flotilla", "wrong"), timeout=LONG, egress=EGRESS)

    with pytest.raises(LoginFailed):
        asyncio.run(enter())
    assert settle(served, lambda now: now["sessions"] == 0)["polls_failed"] == 1


def test_a_client_that_takes_nothing_holds_little(simulator: Factory) -> None:
    served = simulator(1, personas=("crs326",))
    with entered(served, 0, tls=False) as api:
        wire = api.protocol.transport.sock
        wire.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.sendall(b"\x10/interface/print\0" * 4_000_000)
        poll(served, 0)
        assert served.simulation.ledger.commands < 10_000
    settle(served, lambda now: now["sessions"] == 0)


@pytest.mark.parametrize(
    "request_",
    [
        {"command": "explode"},
        {"command": "fault", "device": 9, "kind": "down"},
        {"command": "fault", "device": "0", "kind": "down"},
        {"command": "fault", "device": 0, "kind": "sad"},
        {"command": "fault", "device": 0, "kind": "slow", "seconds": -1},
        {"command": "fault", "device": 0, "kind": "slow", "seconds": "long"},
        {"command": "stats", "device": -1},
    ],
)
def test_a_request_that_makes_no_sense_is_told(simulator: Factory, request_: dict[str, Any]) -> None:
    served = simulator(1)
    with pytest.raises(BadInput):
        served.control(**request_)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(0), "0 devices cannot be served. Choose 1 to"),
        (Options(10**6), "1000000 devices cannot"),
        (Options(1, tenants=0), "0 tenants"),
        (Options(1, api_port=70000), "70000 is no port"),
        (Options(1, personas=("toaster",)), "no persona 'toaster'"),
    ],
)
def test_a_fleet_that_cannot_be_is_told(options: Options, message: str) -> None:
    with pytest.raises(BadInput, match=message), running(options):
        pass


def test_a_port_that_is_taken_is_told(simulator: Factory) -> None:
    taken = simulator(1).simulation.api_port
    with (
        pytest.raises(StartRefused, match=f"The port {taken} is taken. Choose another one"),
        running(Options(1, tls_port=taken)),
    ):
        pass


def test_too_few_files_are_told_and_more_are_allowed() -> None:
    with pytest.raises(StartRefused, match=r"needs 164 open files and may have 70\. Raise the limit"):
        files_to_allow(164, 50, 70)
    assert files_to_allow(164, 50, 200) == 164
    assert files_to_allow(164, 1024, 4096) == 1024


def test_a_stop_ends_every_session() -> None:
    with running(Options(1)) as served:
        entry = served.inventory[0]
        wire = socket.create_connection((entry.address, entry.api_port), 60)
        wire.sendall(b"\x06/login\0")
    with wire:
        wire.settimeout(60)
        try:
            while wire.recv(4096):
                pass
        except ConnectionError:
            pass
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("simulator")]


def test_tenants_share_the_sites_out() -> None:
    with running(Options(40, tenants=3)) as served:
        sites = {entry.site: entry.tenant for entry in served.inventory}
        assert all(sites[entry.site] == entry.tenant for entry in served.inventory)
        assert set(sites.values()) == {0, 1, 2}
        assert {entry.username for entry in served.inventory} == {"flotilla"}
        assert len({entry.password for entry in served.inventory}) == 40
