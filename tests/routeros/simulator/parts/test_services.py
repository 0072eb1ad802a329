"""How the doors of a router follow ``/ip/service``: whom a change of it locks out, and whom not."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

import pytest

from fleet.device import TlsMode
from routeros.errors import Unreachable
from routeros.simulator.parts.services import Welcome, welcome
from tests.fixtures.simulator import Factory
from tests.routeros.simulator.desk import Desk
from tests.routeros.simulator.test_simulation import entered, poll

HERE, ELSEWHERE = "192.0.2.7", "198.51.100.7"


@pytest.mark.parametrize(
    ("words", "host", "met"),
    [
        (("=address=192.0.2.0/24",), HERE, Welcome.TAKEN),
        (("=address=192.0.2.0/24",), ELSEWHERE, Welcome.REFUSED),
        (("=address=10.0.0.0/8,192.0.2.7",), HERE, Welcome.TAKEN),
        (("=address=",), ELSEWHERE, Welcome.TAKEN),
        (("=port=8730",), HERE, Welcome.REFUSED),
        (("=port=8728",), HERE, Welcome.TAKEN),
        (("=disabled=yes",), HERE, Welcome.REFUSED),
    ],
)
def test_whom_a_change_locks_out(words: tuple[str, ...], host: str, met: Welcome) -> None:
    desk = Desk()
    desk.rows("/ip/service/set", "=numbers=api", *words)
    assert welcome(desk.router, "api", host) is met
    assert welcome(desk.router, "api-ssl", host) is Welcome.TAKEN
    assert desk.rows("/system/identity/print")


def test_a_manager_that_locks_itself_out_is_refused_from_then_on(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api:
        api.path("/ip/service").update(**{".id": "api", "address": "192.0.2.0/24"})
    with pytest.raises(Unreachable):
        poll(served, 1, TlsMode.PLAIN)
    poll(served, 1, TlsMode.PIN)
    poll(served, 0, TlsMode.PLAIN)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_whoever_is_gone_before_he_is_taken_ends_nothing(simulator: Factory) -> None:
    served = simulator(1)
    entry = served.inventory[0]
    for port in (entry.ssh_port, entry.api_port, entry.api_ssl_port, entry.winbox_port):
        for _ in range(20):
            with socket.create_connection((entry.address, port), 10) as wire:
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    in_the_end(lambda: greet(entry.address, entry.ssh_port))
    in_the_end(lambda: poll(served, 0, TlsMode.PLAIN))
    in_the_end(lambda: poll(served, 0, TlsMode.PIN))


def greet(address: str, port: int) -> None:
    with socket.create_connection((address, port), 10) as wire:
        assert wire.recv(4) == b"SSH-"


def in_the_end(act: Callable[[], None]) -> None:
    """Do it as soon as the router has let go of those who are gone: until then its sessions may be used up."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return act()
        except (ConnectionError, Unreachable):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
