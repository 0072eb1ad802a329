"""Clients that nobody here wrote work against the simulator unchanged, and read what ours reads."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import librouteros
import pytest
import routeros_api
from librouteros.exceptions import FatalError, TrapError
from librouteros.login import token
from librouteros.query import Key, Or
from routeros_api.exceptions import RouterOsApiCommunicationError

from fleet.clock import FakeClock
from fleet.device import TlsMode
from routeros.client import connect
from routeros.simulator.simulation import Options
from routeros.words import Command, Row
from tests.fixtures.simulator import EGRESS, THREE, Factory, Served, running

MENUS = (
    "/system/resource",
    "/system/identity",
    "/system/health",
    "/system/license",
    "/system/package",
    "/system/clock",
    "/interface",
    "/interface/ethernet",
    "/ip/address",
    "/ip/service",
    "/user",
)


@pytest.fixture(scope="module")
def still() -> Iterator[Served]:
    """Three routers whose clock stands still, so that two clients must read the same."""
    with running(Options(3, personas=THREE, clock=FakeClock())) as served:
        yield served


def unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def entered(served: Served, device: int, *, tls: bool = True) -> Iterator[librouteros.api.Api]:
    entry = served.inventory[device]
    port = entry.api_ssl_port if tls else entry.api_port
    wrap = unchecked().wrap_socket if tls else None
    api = librouteros.connect(
        entry.address, entry.username, entry.password, port=port, ssl_wrapper=wrap, encoding="utf-8"
    )
    try:
        yield api
    finally:
        api.close()


def ours(served: Served, device: int, menus: tuple[str, ...], tls: TlsMode = TlsMode.PIN) -> list[list[Row]]:
    async def ask() -> list[list[Row]]:
        span = timedelta(seconds=10)
        client = await connect(served.endpoint(device, tls), served.login(device), timeout=span, egress=EGRESS)
        replies = await client.calls([Command(f"{menu}/print") for menu in menus], timeout=span)
        await client.close()
        assert all(isinstance(reply, list) for reply in replies), replies
        return [[dict(row) for row in reply] for reply in replies if isinstance(reply, list)]

    return asyncio.run(ask())


def raw(rows: Iterator[dict[str, object]]) -> list[Row]:
    """Undo what librouteros makes of values."""
    words = {True: "true", False: "false"}
    return [{k: words[v] if isinstance(v, bool) else str(v) for k, v in row.items()} for row in rows]


def dotted(rows: Iterable[Row]) -> list[Row]:
    """Undo what RouterOS-api makes of ``.id``."""
    return [{".id" if k == "id" else k: v for k, v in row.items()} for row in rows]


@pytest.mark.parametrize("device", range(3))
@pytest.mark.parametrize("tls", [True, False])
def test_librouteros_reads_what_our_client_reads(still: Served, device: int, tls: bool) -> None:
    mine = ours(still, device, MENUS, TlsMode.PIN if tls else TlsMode.PLAIN)
    with entered(still, device, tls=tls) as api:
        theirs = [raw(api(f"{menu}/print")) for menu in MENUS]
    assert theirs == [[row for row in rows if row] for rows in mine]


@pytest.mark.parametrize("device", range(3))
def test_routeros_api_reads_what_our_client_reads(still: Served, device: int) -> None:
    entry = still.inventory[device]
    pool = routeros_api.RouterOsApiPool(
        entry.address,
        username=entry.username,
        password=entry.password,
        port=entry.api_ssl_port,
        plaintext_login=True,
        use_ssl=True,
        ssl_context=unchecked(),
    )
    api = pool.get_api()
    theirs = [dotted(api.get_resource(menu).get()) for menu in MENUS]
    pool.disconnect()
    assert theirs == ours(still, device, MENUS)


def test_routeros_api_has_commands_in_flight_by_tag(still: Served) -> None:
    entry = still.inventory[1]
    pool = routeros_api.RouterOsApiPool(
        entry.address, username=entry.username, password=entry.password, port=entry.api_port, plaintext_login=True
    )
    api = pool.get_api()
    promises = [api.get_resource(menu).get_async() for menu in reversed(MENUS)]
    theirs = [dotted(promise.get()) for promise in promises]
    with pytest.raises(RouterOsApiCommunicationError, match="no such command prefix"):
        api.get_resource("/caps-man/interface").get()
    pool.disconnect()
    assert list(reversed(theirs)) == ours(still, 1, MENUS)


def test_librouteros_async_polls_and_asks_queries(still: Served) -> None:
    entry = still.inventory[1]

    async def ask() -> list[dict[str, object]]:
        api = await librouteros.async_connect(
            entry.address, entry.username, entry.password, port=entry.api_ssl_port, ssl_wrapper=unchecked()
        )
        name, kind = Key("name"), Key("type")
        found = api.path("/interface").select(name, kind).where(Or(kind == "wifi", kind == "bridge"))
        rows = [row async for row in found]
        await api.close()
        return rows

    assert [row["name"] for row in asyncio.run(ask())] == ["wifi1", "wifi2", "bridge"]


def test_librouteros_changes_a_router_and_another_session_sees_it(simulator: Factory) -> None:
    served = simulator(2)
    with entered(served, 1) as api, entered(served, 1, tls=False) as other:
        api.path("/system/identity").update(name="renamed é")
        assert list(other("/system/identity/print")) == [{"name": "renamed é"}]
        added = api.path("/ip/address").add(address="192.0.2.1/24", interface="bridge", comment="no")
        ports = other.path("/interface")
        ether2 = next(row for row in ports if row["name"] == "ether2")
        ports.update(**{".id": ether2[".id"], "disabled": True})
        assert next(row for row in api.path("/interface") if row["name"] == "ether2")["running"] is False
        api.path("/ip/address").remove(added)
        assert added not in {row[".id"] for row in other.path("/ip/address")}
        with pytest.raises(TrapError, match="no such item"):
            api.path("/ip/address").remove(added)
    assert next(iter(ours(served, 0, ("/system/identity",)))) != [{"name": "renamed é"}]


def test_librouteros_logs_in_by_a_challenge_before_6_43(simulator: Factory) -> None:
    served = simulator(1, personas=("rb951",))
    entry = served.inventory[0]
    api = librouteros.connect(
        entry.address, entry.username, entry.password, port=entry.api_port, login_method=token, encoding="utf-8"
    )
    assert list(api("/system/identity/print")) == [{"name": entry.identity}]
    api.close()
    with pytest.raises(FatalError, match="not logged in"):
        list(
            librouteros.connect(entry.address, entry.username, entry.password, port=entry.api_port)(
                "/system/identity/print"
            )
        )


def test_each_router_shows_its_own_certificate(still: Served) -> None:
    for entry in still.inventory:
        pem = ssl.get_server_certificate((entry.address, entry.api_ssl_port))
        assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest() == entry.fingerprint
    assert len({entry.fingerprint for entry in still.inventory}) == 3
