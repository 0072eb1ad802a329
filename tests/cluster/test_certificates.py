"""The web server's certificate: made where it is needed, believed by who trusts the authority, renewed in time."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from cluster import certificates
from cluster.certificates import AUTHORITY, SERVER, Identity
from cluster.programs import Web
from cluster.servers.state import State
from fleet.errors import BadSetting, StartRefused
from fleet.settings import Settings

NOW = datetime.now(UTC)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as made:
        yield made


def settings(state: State, **more: Any) -> Settings:
    return Settings(state=state.path, **{"web_host": "0.0.0.0", **more})


@pytest.mark.parametrize(
    ("host", "tls", "secured"),
    [
        ("127.0.0.1", "auto", False),
        ("::1", "auto", False),
        ("localhost", "auto", False),
        ("0.0.0.0", "auto", True),
        ("::", "auto", True),
        ("192.0.2.1", "auto", True),
        ("fleet.example", "auto", True),
        ("127.0.0.1", "on", True),
        ("0.0.0.0", "off", False),
    ],
)
def test_tls_is_on_where_others_can_come(host: str, tls: str, secured: bool) -> None:
    assert certificates.secured(Settings(web_host=host, web_tls=tls)) is secured


def test_a_local_server_needs_no_certificate(state: State) -> None:
    certificates.prepare(state, settings(state, web_host="127.0.0.1"))
    assert not state.secret_path(SERVER).exists()


def test_the_address_says_so(state: State) -> None:
    web = Web(state, settings(state), {})
    web.claim()
    assert web.url.startswith("https://127.0.0.1:")


def test_who_trusts_the_authority_believes_the_server(state: State) -> None:
    asked = settings(state)
    certificates.prepare(state, asked)
    with served(asked) as port:
        trust = certificates.trust(asked)
        for host in ("127.0.0.1", "localhost"):
            assert httpx.get(f"https://{host}:{port}/", verify=trust, trust_env=False, timeout=60).text == "https"
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"https://127.0.0.1:{port}/", verify=ssl.create_default_context(), trust_env=False, timeout=60)


def test_keys_are_the_owners_alone(state: State) -> None:
    certificates.prepare(state, settings(state))
    assert {state.secret_path(name).stat().st_mode & 0o777 for name in (AUTHORITY, SERVER)} == {0o600}
    shown = certificates.authority(settings(state))
    assert shown is not None
    assert "PRIVATE" not in shown.read_text()
    assert len(certificates.fingerprint(shown)) == 95


def test_a_second_start_changes_nothing_until_the_end_is_near(state: State) -> None:
    asked = settings(state)
    certificates.prepare(state, asked, NOW)
    first = kept(state)
    certificates.prepare(state, asked, NOW + timedelta(days=300))
    assert kept(state) == first
    certificates.prepare(state, asked, NOW + timedelta(days=340))
    later = kept(state)
    assert later[AUTHORITY] == first[AUTHORITY]
    assert later[SERVER] != first[SERVER]


def test_another_name_and_another_authority_need_another_certificate(state: State) -> None:
    certificates.prepare(state, settings(state), NOW)
    first = kept(state)
    certificates.prepare(state, settings(state, web_host="fleet.example"), NOW)
    second = kept(state)
    assert second[AUTHORITY] == first[AUTHORITY]
    assert second[SERVER] != first[SERVER]
    state.secret_path(AUTHORITY).write_text("broken")
    certificates.prepare(state, settings(state), NOW)
    third = kept(state)
    assert third[AUTHORITY] != second[AUTHORITY]
    assert third[SERVER] != second[SERVER]


def test_ones_own_certificate_is_taken_and_a_broken_one_refused(state: State, tmp_path: Path) -> None:
    certificates.prepare(state, settings(state))
    own = tmp_path / "own.pem"
    own.write_text(state.secret_path(SERVER).read_text())
    asked = settings(state, web_certificate=str(own), web_key=str(own))
    certificates.prepare(state, asked)
    assert certificates.files(asked) == (str(own), str(own))
    assert certificates.authority(asked) is None
    for broken in ({"web_certificate": str(own)}, {"web_certificate": "/none", "web_key": "/none"}):
        with pytest.raises(BadSetting) as refused:
            certificates.prepare(state, settings(state, **broken))
        assert "PEM" in refused.value.next_step


def test_without_any_certificate_nothing_is_served(state: State) -> None:
    with pytest.raises(StartRefused) as refused:
        certificates.files(settings(state))
    assert "web_tls" in refused.value.next_step


def kept(state: State) -> dict[str, bytes]:
    """Tell the certificates by their fingerprints."""
    read = {name: Identity.read(state.secret_path(name).read_text()) for name in (AUTHORITY, SERVER)}
    return {name: identity.certificate.tbs_certificate_bytes for name, identity in read.items()}


async def _scheme(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the scheme that a request came by."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["scheme"].encode()})


@contextmanager
def served(asked: Settings) -> Iterator[int]:
    """Serve under the certificate, on a port of the kernel's choice."""
    certificate, key = certificates.files(asked)
    config = uvicorn.Config(_scheme, log_level="error", lifespan="off", ssl_certfile=certificate, ssl_keyfile=key)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()
