"""Devices and searches that point at ourselves, by address and by name: none of it is reached."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_network
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import make_url

from actors.access import Access
from actors.chore import Occasion
from actors.chores.scans import go_on
from actors.credentials import Credentials
from api.app import create_app
from db import inventory
from db.platform import platform_session
from fleet import listeners
from fleet.device import Device, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from fleet.errors import EgressDenied
from fleet.identity import DeviceId
from fleet.settings import Settings
from routeros import ssh
from routeros.ssh import Host
from tests.fixtures.database import Database
from tests.fixtures.web import NOW, Web, home

PATIENCE = timedelta(seconds=20)
EMBEDDED = Settings()
LITERAL = ("127.0.0.1", "127.0.0.53", "127.64.0.9", "::1", "0.0.0.0", "169.254.169.254", "fe80::1", "fd00:ec2::254")
WRAPPED = (
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::ffff:169.254.169.254",
)
NAMES = ("localhost", "LOCALHOST", "0x7f000001", "0x7f.0x1")
"""Names that resolve to ourselves on any machine, numbers that only the resolver takes for an address among them."""


@dataclass(frozen=True, slots=True)
class Trap:
    """Listeners of ours on one port of several loopback addresses, and what has knocked there."""

    port: int
    listeners: list[socket.socket] = field(default_factory=list)

    def sprung(self) -> bool:
        for listener in self.listeners:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                continue
            return True
        return False


@pytest.fixture
def trap() -> Iterator[Trap]:
    with ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        made = Trap(first.getsockname()[1], [first])
        for family, address in ((socket.AF_INET, "127.64.0.9"), (socket.AF_INET6, "::1")):
            made.listeners.append(stack.enter_context(socket.create_server((address, made.port), family=family)))
        for listener in made.listeners:
            listener.setblocking(False)
        yield made


def connect(web: Web, device: Device, settings: Settings = EMBEDDED) -> None:
    """Enter a device as a poller does."""
    access = Access(Credentials(web.context.vault), PATIENCE, own=listeners.networks(settings))
    asyncio.run(access.connect(device))


def pointed(web: Web, database: Database, address: str, port: int) -> Device:
    """Let the first device of north point somewhere, whatever the API says to it."""
    (sealed,) = web.context.vault.seal(web.north.id, [b"secret"])
    with psycopg.connect(database.admin_url) as admin:
        admin.execute(
            "UPDATE devices SET address = %s, port = %s, tls = 'plain', secret = %s WHERE id = %s",
            (address, port, sealed, web.north.devices[0].id),
        )
    (found,) = inventory.some(web.context.stores, [web.north.devices[0].id])
    return found


@pytest.mark.parametrize("address", [*LITERAL, *WRAPPED])
def test_no_address_of_ours_becomes_a_device(shared_web: Web, address: str, trap: Trap) -> None:
    web = shared_web
    client = web.client(web.key(web.north))
    body = {"name": "x", "address": address, "port": trap.port, "username": "u", "password": "p"}
    made = client.post(f"{home(web.north)}/devices", json=body)
    moved = client.patch(
        f"{home(web.north)}/devices/{web.north.devices[0].id}", json={"address": address, "port": trap.port}
    )
    for answer in (made, moved):
        assert (answer.status_code, answer.get_json()["code"]) == (422, "egress_denied")


@pytest.mark.parametrize("address", [*LITERAL, *WRAPPED, *NAMES])
def test_one_that_points_at_us_is_not_polled(
    shared_web: Web, shared_database: Database, address: str, trap: Trap
) -> None:
    for mode in TlsMode:
        device = pointed(shared_web, shared_database, address, trap.port)
        with pytest.raises(EgressDenied):
            connect(shared_web, replace(device, endpoint=replace(device.endpoint, tls=mode, fingerprint="ab" * 32)))
    host = Host(address, trap.port, consent="a test")
    with pytest.raises(EgressDenied):
        asyncio.run(ssh.connect(host, Login("u", "p"), timeout=PATIENCE, egress=Egress.of(device.networks)))
    assert not trap.sprung()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_judged_when_it_is_resolved(web: Web, name: str, trap: Trap) -> None:
    client = web.client(web.key(web.north))
    body = {"name": "x", "address": name, "port": trap.port, "username": "u", "password": "p", "tls": "plain"}
    made = client.post(f"{home(web.north)}/devices", json=body)
    if made.status_code == 201:
        (device,) = inventory.some(web.context.stores, [DeviceId(UUID(made.get_json()["id"]))])
        with pytest.raises(EgressDenied):
            connect(web, device)
    else:
        assert made.status_code == 422
    assert not trap.sprung()


def test_our_own_servers_are_nobodys_even_where_all_is_granted(web: Web, database: Database) -> None:
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, ["127.0.0.0/8", "0.0.0.0/0", "::/0"])
    port = make_url(database.admin_url).port
    assert port is not None
    for address in ("127.0.0.1", "localhost", "::ffff:127.0.0.1"):
        with pytest.raises(EgressDenied):
            connect(web, pointed(web, database, address, port))


@pytest.mark.parametrize("network", ["127.0.0.1", "127.0.0.0/29", "127.64.0.8/29", "::1", "::ffff:127.0.0.1"])
def test_no_search_reaches_us(web: Web, database: Database, network: str, trap: Trap) -> None:
    client = web.client(web.key(web.north))
    wanted = {"network": network, "ports": {"api": trap.port, "api-ssl": trap.port, "ssh": trap.port}}
    answer = client.post(f"{home(web.north)}/scans", json=wanted)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "egress_denied")
    begun = client.post(f"{home(web.north)}/scans", json={**wanted, "network": "10.20.0.0/29"})
    assert begun.status_code == 202
    with psycopg.connect(database.admin_url) as admin:
        admin.execute("UPDATE scans SET network = %s, total = 1", (network,))
    go_on(Occasion(web.context.stores, NOW))
    told = client.get(begun.headers["Location"]).get_json()
    assert (told["state"], told["answered"], told["found"]) == ("failed", 0, [])
    assert not trap.sprung()


def test_what_is_named_as_our_own_is_reached_by_nobody(web: Web, database: Database, trap: Trap) -> None:
    settings = Settings(own_networks=(ip_network("127.64.0.8/29"),), nats_url=f"nats://127.64.1.1:{trap.port}")
    context = replace(web.context, settings=settings, own=listeners.networks(settings))
    client = replace(web, app=create_app(context), context=context).client(web.key(web.north))
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, [str(SIMULATED)])
    for address in ("127.64.0.9", "127.64.1.1"):
        body = {"name": "x", "address": address, "port": trap.port, "username": "u", "password": "p"}
        assert client.post(f"{home(web.north)}/devices", json=body).get_json()["code"] == "egress_denied"
        with pytest.raises(EgressDenied):
            connect(web, pointed(web, database, address, trap.port), settings)
    wanted = {"network": "127.64.0.0/28", "ports": {"api": trap.port}}
    assert client.post(f"{home(web.north)}/scans", json=wanted).get_json()["code"] == "egress_denied"
    begun = web.client(web.key(web.north)).post(f"{home(web.north)}/scans", json=wanted)
    assert begun.status_code == 202
    go_on(Occasion(web.context.stores, NOW, settings=settings))
    assert client.get(begun.headers["Location"]).get_json()["state"] == "failed"
    assert not trap.sprung()
