"""OpenBao is made whole or anew, and the product's role reaches its keys and nothing else."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import hvac
import pytest

from cluster.servers.openbao import OpenBao
from cluster.servers.state import State
from fleet.errors import StartRefused
from tests.cluster.servers.test_server import answers


@pytest.fixture
def entered(openbao: OpenBao) -> hvac.Client:
    client = hvac.Client(url=openbao.url)
    client.auth.approle.login(role_id=openbao.role_id, secret_id=openbao.secret_id)
    return client


def test_the_role_seals_and_opens(entered: hvac.Client) -> None:
    transit = entered.secrets.transit
    transit.create_key(name="tenant")
    plain = base64.b64encode(b"secret").decode()
    sealed = transit.encrypt_data(name="tenant", plaintext=plain)["data"]["ciphertext"]
    assert transit.decrypt_data(name="tenant", ciphertext=sealed)["data"]["plaintext"] == plain


def test_a_batch_of_three_hundred_is_taken(entered: hvac.Client) -> None:
    entered.secrets.transit.create_key(name="batch")
    batch = [{"plaintext": base64.b64encode(b"secret" * 20).decode()}] * 300
    answer = entered.secrets.transit.encrypt_data(name="batch", batch_input=batch)
    assert len(answer["data"]["batch_results"]) == 300


@pytest.mark.parametrize("path", ["transit/export/encryption-key/tenant", "sys/mounts", "auth/token/accessors"])
def test_the_role_reads_nothing_else(entered: hvac.Client, path: str) -> None:
    with pytest.raises(hvac.exceptions.Forbidden):
        entered.adapter.get(f"/v1/{path}")


def test_the_role_deletes_no_key(entered: hvac.Client) -> None:
    with pytest.raises(hvac.exceptions.Forbidden):
        entered.secrets.transit.delete_key(name="tenant")


def test_its_secrets_are_private_and_the_root_token_is_nowhere(openbao: OpenBao, server_state: State) -> None:
    kept = sorted(server_state.path.joinpath("secrets").glob("openbao-*"))
    assert [path.name for path in kept] == ["openbao-approle", "openbao-recovery", "openbao-unseal"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_a_making_that_was_cut_begins_anew(tmp_path: Path) -> None:
    with State(tmp_path) as state:
        directory = state.data("openbao")
        directory.mkdir()
        (directory / "vault.db").write_text("half")
        with OpenBao(state) as server:
            answers(server)
            assert server.role_id


def test_data_without_their_key_are_refused_untouched(home: State) -> None:
    with OpenBao(home):
        pass
    path = home.secret_path("openbao-unseal")
    key = path.read_text()
    path.unlink()
    with pytest.raises(StartRefused, match="openbao-unseal is missing"):
        OpenBao(home).start()
    path.write_text(key)
    with OpenBao(home) as server:
        answers(server)
