"""What routers show over TLS: their certificate, another one, or none at all."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from datetime import timedelta

import librouteros
import pytest

from fleet.device import TlsMode
from routeros.client import connect
from routeros.errors import PinMismatch, TlsFailed
from routeros.simulator.doors.certificates import certificates
from routeros.simulator.doors.tls import CONTEXTS, Tls
from routeros.simulator.parts.log import Log
from routeros.words import Command
from tests.fixtures.simulator import EGRESS, Factory, Served
from tests.routeros.simulator.desk import Desk
from tests.routeros.simulator.test_clients import unchecked

SPAN = timedelta(minutes=1)


@pytest.fixture
def served(simulator: Factory) -> Served:
    return simulator(3)


def reads(served: Served, device: int, mode: TlsMode) -> str:
    """Connect in a mode and tell the identity that is read."""

    async def ask() -> str:
        client = await connect(served.endpoint(device, mode), served.login(device), timeout=SPAN, egress=EGRESS)
        rows = await client.call(Command("/system/identity/print"), timeout=SPAN)
        await client.close()
        return dict(rows[0])["name"]

    return asyncio.run(ask())


def test_contexts_are_kept_and_bounded() -> None:
    router = Desk().router
    names = [(f"1/{n}", "127.64.0.1") for n in range(CONTEXTS + 1)]
    found = Tls(certificates(names, None))
    first = found.context(router)
    assert found.context(router) is first
    for number in range(1, CONTEXTS + 1):
        found._kept((f"1/{number}", "", False), None)
    assert found.context(router) is not first


def test_one_port_serves_routers_with_a_certificate_and_without(served: Served) -> None:
    served.fault(1, "no-certificate")
    assert reads(served, 1, TlsMode.ANONYMOUS) == served.inventory[1].identity
    assert reads(served, 0, TlsMode.PIN) == served.inventory[0].identity
    with pytest.raises(TlsFailed):
        reads(served, 1, TlsMode.PIN)
    with pytest.raises(TlsFailed):
        reads(served, 0, TlsMode.ANONYMOUS)
    served.fault(1, "none")
    assert reads(served, 1, TlsMode.PIN) == served.inventory[1].identity


def test_a_certificate_is_taken_away_and_given_back_while_it_runs(served: Served) -> None:
    entry = served.inventory[2]
    api = librouteros.connect(entry.address, entry.username, entry.password, port=entry.api_port)
    service = api.path("/ip/service")
    service.update(**{".id": "api-ssl", "certificate": "none"})
    with pytest.raises(TlsFailed):
        reads(served, 2, TlsMode.PIN)
    assert reads(served, 2, TlsMode.ANONYMOUS) == entry.identity
    told = [(note.topics, note.message) for note in served.router(2).part(Log).entries]
    assert ("ssl,error", "no common ciphers") in told
    service.update(**{".id": "api-ssl", "certificate": "api", "tls-version": "only-1.2"})
    assert reads(served, 2, TlsMode.PIN) == entry.identity
    with pytest.raises(ssl.SSLError):
        shaken(served, 2, ssl.TLSVersion.TLSv1_3)
    api.close()


def shaken(served: Served, device: int, version: ssl.TLSVersion) -> None:
    """Shake hands by one version of TLS, as an old or a new client would."""
    entry, context = served.inventory[device], unchecked()
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((entry.address, entry.api_ssl_port), 10) as plain,
        context.wrap_socket(plain) as line,
    ):
        assert line.version() == version.name.replace("_", ".")


def test_any_version_from_1_2_on(served: Served) -> None:
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        shaken(served, 0, version)


def test_librouteros_talks_to_a_router_without_a_certificate(served: Served) -> None:
    served.fault(0, "no-certificate")
    context = unchecked()
    context.set_ciphers("ADH:@SECLEVEL=0")
    entry = served.inventory[0]
    api = librouteros.connect(
        entry.address, entry.username, entry.password, port=entry.api_ssl_port, ssl_wrapper=context.wrap_socket
    )
    assert list(api("/system/identity/print")) == [{"name": entry.identity}]
    api.close()


@pytest.mark.parametrize("kind", ["expired-certificate", "changed-certificate"])
def test_another_certificate_does_not_match_the_pin(served: Served, kind: str) -> None:
    served.fault(1, kind)
    with pytest.raises(PinMismatch) as raised:
        reads(served, 1, TlsMode.PIN)
    entry = served.inventory[1]
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((entry.address, entry.api_ssl_port)))
    assert raised.value.seen == hashlib.sha256(shown).hexdigest() != entry.fingerprint
    served.fault(1, "none")
    assert reads(served, 1, TlsMode.PIN) == entry.identity


def test_nonsense_in_the_handshake_is_a_failure_of_tls(served: Served) -> None:
    served.fault(0, "bad-tls")
    with pytest.raises(TlsFailed):
        reads(served, 0, TlsMode.PIN)
    assert reads(served, 0, TlsMode.PLAIN) == served.inventory[0].identity
