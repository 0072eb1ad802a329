"""The vault on a real OpenBao: batches, broken secrets, tenants apart, tokens that end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import hvac
import pytest

from cluster.servers.openbao import OpenBao
from db.vault import BATCH, BrokenSecret, Vault
from fleet.errors import Unavailable
from fleet.identity import TenantId
from fleet.settings import Settings

NORTH, SOUTH = TenantId(uuid4()), TenantId(uuid4())


@pytest.fixture
def vault(openbao: OpenBao) -> Iterator[Vault]:
    vault = Vault(openbao.url, openbao.role_id, openbao.secret_id)
    for tenant in (NORTH, SOUTH):
        vault.ensure(tenant)
    yield vault
    vault.close()


def end_token(openbao: OpenBao, vault: Vault) -> None:
    """End the token that the vault holds, as its time to live would."""
    hvac.Client(openbao.url, token=vault._client.token).auth.token.revoke_self()


def test_what_is_sealed_opens_again(vault: Vault) -> None:
    secrets = [b"password", b"", "pässwörd".encode(), bytes(range(256))]
    sealed = vault.seal(NORTH, secrets)
    assert all(text.startswith("vault:v1:") for text in sealed)
    assert vault.open(NORTH, sealed) == secrets


def test_nothing_is_asked_about_nothing(vault: Vault) -> None:
    assert vault.seal(NORTH, []) == []
    assert vault.open(NORTH, []) == []


def test_more_than_a_batch_keeps_its_order(vault: Vault) -> None:
    secrets = [str(n).encode() for n in range(2 * BATCH + 1)]
    assert vault.open(NORTH, vault.seal(NORTH, secrets)) == secrets


@pytest.mark.parametrize("bad", ["", "nonsense", "vault:v1:AAAA", "vault:v9:AAAA", "vault:v1:%", "vault:v1:é"])
def test_a_bad_ciphertext_costs_only_itself(vault: Vault, bad: str) -> None:
    first, last = vault.seal(NORTH, [b"first", b"last"])
    opened = vault.open(NORTH, [first, bad, last])
    assert opened[::2] == [b"first", b"last"]
    assert isinstance(opened[1], BrokenSecret)
    assert opened[1].reason


def test_a_tenant_cannot_open_anothers_secret(vault: Vault) -> None:
    assert isinstance(vault.open(SOUTH, vault.seal(NORTH, [b"password"]))[0], BrokenSecret)


def test_a_tenant_without_a_key_opens_nothing_and_seals_nothing(vault: Vault) -> None:
    nobody = TenantId(uuid4())
    assert isinstance(vault.open(nobody, vault.seal(NORTH, [b"password"]))[0], BrokenSecret)
    with pytest.raises(Unavailable, match="key"):
        vault.seal(nobody, [b"password"])


def test_a_key_is_made_once(vault: Vault) -> None:
    sealed = vault.seal(NORTH, [b"password"])
    vault.ensure(NORTH)
    assert vault.open(NORTH, sealed) == [b"password"]


def test_a_token_that_ended_is_renewed(openbao: OpenBao, vault: Vault) -> None:
    sealed = vault.seal(NORTH, [b"password"])
    end_token(openbao, vault)
    assert vault.open(NORTH, sealed) == [b"password"]


def test_an_openbao_that_is_away_is_unavailable() -> None:
    vault = Vault("http://127.0.0.1:9", "role", "secret", timedelta(seconds=1))
    with pytest.raises(Unavailable, match="OpenBao"):
        vault.open(NORTH, ["vault:v1:AAAA"])


def test_without_an_openbao_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://192.0.2.1:8200")
    with pytest.raises(Unavailable, match="openbao_url"):
        Vault.of(Settings())


def test_no_proxy_comes_between(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert vault.open(NORTH, vault.seal(NORTH, [b"password"])) == [b"password"]


def test_a_wrong_approle_says_what_to_check(openbao: OpenBao) -> None:
    vault = Vault.of(Settings(openbao_url=openbao.url, openbao_role_id="x", openbao_secret_id="y"))
    with pytest.raises(Unavailable, match="openbao_role_id"):
        vault.seal(NORTH, [b"password"])


def test_the_product_can_neither_export_nor_delete_a_key(vault: Vault) -> None:
    vault.seal(NORTH, [b"password"])
    transit = vault._client.secrets.transit
    with pytest.raises(hvac.exceptions.Forbidden):
        transit.export_key(f"tenant-{NORTH}", "encryption-key")
    with pytest.raises(hvac.exceptions.Forbidden):
        transit.delete_key(f"tenant-{NORTH}")


class Refusing(BaseHTTPRequestHandler):
    """An OpenBao that lets in and seals one of two secrets."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        entering = "login" in self.path
        results = [{"ciphertext": "vault:v1:AAAA"}, {"error": "key is read-only"}]
        answer = {"auth": {"client_token": "t"}} if entering else {"data": {"batch_results": results}}
        self.send_response(200 if entering else 400)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_PUT = do_POST

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def test_a_secret_that_is_not_sealed_is_told_of_and_nothing_is_returned() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server, ThreadPoolExecutor(1) as threads:
        threads.submit(server.serve_forever)
        vault = Vault(f"http://127.0.0.1:{server.server_port}", "role", "secret")
        try:
            with pytest.raises(Unavailable, match="key is read-only"):
                vault.seal(NORTH, [b"one", b"two"])
        finally:
            vault.close()
            server.shutdown()
