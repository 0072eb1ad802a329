"""Our own programs as supervised child processes: the simulator, the conductor and the web server."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import httpx

from cluster import certificates
from cluster.servers.process import Launch
from cluster.servers.server import Server
from cluster.servers.state import LOOPBACK, State, port_free
from fleet import settings
from fleet.errors import StartRefused

ROOT = Path(__file__).resolve().parents[1]
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104


def python(module: str, *arguments: str) -> Sequence[str]:
    """Make the command that runs one of our modules in this virtual environment."""
    return (sys.executable, "-m", module, *arguments)


def snapshot(path: Path) -> dict[str, Any]:
    """Read a JSON file that a program writes about itself; empty when there is none, or none that is whole."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Program(Server):
    """A program of ours over one state directory, which tells it all the rest."""

    def __init__(self, state: State, more: Mapping[str, str] | None = None) -> None:
        super().__init__(state)
        self._more = dict(more or {})

    @property
    def url(self) -> str:
        return ""

    def _command(self) -> Sequence[str]:
        raise NotImplementedError

    def _launch(self) -> Launch:
        return Launch(self._command(), ROOT, settings.environment(self._state.path, **self._more))


class Conductor(Program):
    """The Ray driver: it starts the actors, watches them and drains them at the end."""

    name = "conductor"
    stop_patience = timedelta(seconds=20)

    def _command(self) -> Sequence[str]:
        return python("cluster.conductor")

    def drain(self) -> dict[str, dict[str, Any]]:
        """End it in order; return what the actors said when they had finished."""
        pid = self.pid
        self.stop()
        seen = snapshot(self._state.run("actors.json"))
        return dict(seen["actors"]) if seen.get("conductor") == pid else {}

    def abandon(self) -> None:
        """End it without a drain: its head is gone, so there is nobody left to ask."""
        if self._child is not None:
            self._child.stop(timedelta(0))
            self._child = None

    def actors(self) -> dict[str, dict[str, Any]]:
        """Tell what is known of each actor; empty before the first look."""
        seen = snapshot(self._state.run("actors.json"))
        return dict(seen["actors"]) if seen.get("conductor") == self.pid else {}

    def ready(self) -> bool:
        return bool(self.actors())


class Web(Program):
    """The web server: REST, the login page and the dashboard on one port."""

    name = "web"
    stop_patience = timedelta(seconds=5)

    def __init__(self, state: State, asked: settings.Settings, more: Mapping[str, str]) -> None:
        super().__init__(state, more)
        self._asked = asked

    @property
    def url(self) -> str:
        host = LOOPBACK if self._asked.web_host in ANYWHERE else self._asked.web_host
        scheme = "https" if certificates.secured(self._asked) else "http"
        return f"{scheme}://{host}:{self._port}"

    def claim(self) -> None:
        """Settle the port, before anything is started; raises StartRefused when the one asked for is taken."""
        wanted = self._asked.web_port
        if wanted and not port_free(wanted):
            raise StartRefused(
                f"Port {wanted} is taken.", "Name another one with --port, or 0 to let the kernel choose."
            )
        self._port = wanted or self._state.port(self.name)

    def start(self) -> Self:
        certificates.prepare(self._state, self._asked)
        self._bring_up(keep_port=True)
        return self

    def _command(self) -> Sequence[str]:
        return python("cluster.web", str(self._port))

    def ready(self) -> bool:
        """Ask the server for its health, once the one that says it serves is ours."""
        if snapshot(self._state.run("web.json")).get("pid") != self.pid:
            return False
        try:
            # It is ours, whatever names a certificate of one's own has.
            found = httpx.get(f"{self.url}/api/health", timeout=2, trust_env=False, verify=False)  # noqa: S501
            return found.status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False
