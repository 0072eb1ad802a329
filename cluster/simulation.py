"""The simulated fleet as a supervised child, and what it says of itself."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cluster.programs import Program, python
from cluster.servers.state import State
from fleet.clock import SystemClock
from fleet.egress import SIMULATED

PATIENCE = timedelta(seconds=2)
DOWNLOADS = "simulator-downloads"
SSH = "simulator-ssh"
"""Under which names the ports of its download server and of its routers' SSH are remembered."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is to be simulated; the same seed gives the same fleet again. ``more`` are options of the simulator."""

    devices: int
    tenants: int
    seed: int = 1
    more: tuple[str, ...] = ()


class Simulation(Program):
    """``python -m routeros.simulator``: its counts survive its own restarts."""

    name = "simulator"
    stop_patience = timedelta(seconds=5)

    def __init__(self, state: State, fleet: Fleet, clock: SystemClock) -> None:
        super().__init__(state)
        self.fleet = fleet
        self._clock = clock
        self._download_port = state.port(DOWNLOADS)
        self.ssh_port = state.port(SSH)
        self._before: dict[str, float] = {}
        self._latest: dict[str, float] = {}

    @property
    def downloads(self) -> str:
        """Tell where the simulated vendor hands packages out."""
        return f"http://{SIMULATED[1]}:{self._download_port}"

    @property
    def control(self) -> str:
        return str(self._state.run("simulator.sock"))

    def inventory(self) -> list[dict[str, Any]]:
        """Read what is simulated: an entry for each device, with address, ports, login and fingerprint."""
        found: list[dict[str, Any]] = json.loads(self._state.secret_path("simulator.json").read_text())
        return found

    def stats(self) -> dict[str, float]:
        """Ask for the counts since the first start: polls answered and failed, sessions, CPU seconds."""
        answer = self.ask({"command": "stats"})
        self._latest = {k: v for k, v in answer.items() if isinstance(v, int | float)} or self._latest
        return {k: self._before.get(k, 0) + v for k, v in self._latest.items()}

    def ready(self) -> bool:
        """Compare the process behind the socket with ours; it listens there once every router answers."""
        with socket.socket(socket.AF_UNIX) as line:
            if line.connect_ex(self.control) != 0:
                return False
            pid, _, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return bool(pid == self.pid)

    def restart(self) -> Simulation:
        self._before = self.stats()
        self._latest = {}
        super().restart()
        return self

    def _command(self) -> Sequence[str]:
        fleet = self.fleet
        return python(
            "routeros.simulator",
            *("--devices", str(fleet.devices), "--tenants", str(fleet.tenants), "--seed", str(fleet.seed)),
            *("--state", str(self._state.data(self.name)), "--control", self.control),
            *("--inventory", str(self._state.secret_path("simulator.json"))),
            *(*self._pace(), *fleet.more),
            *("--api-port", str(self._state.port("simulator-api")), "--tls-port", str(self._port)),
            *("--ssh-port", str(self.ssh_port), "--download-port", str(self._download_port)),
        )

    def _pace(self) -> Sequence[str]:
        """Let the routers' clock run as ours does."""
        if self._clock.origin is None:
            return ()
        return "--clock-origin", self._clock.origin.isoformat(), "--clock-factor", str(self._clock.factor)

    def ask(self, question: dict[str, object], patience: timedelta = PATIENCE) -> dict[str, Any]:
        """Put a question to the control socket; an empty answer when nobody is there, or none comes in time."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(patience.total_seconds())
            try:
                line.connect(self.control)
                line.sendall(json.dumps(question).encode() + b"\n")
                answer = json.loads(line.makefile().readline())
            except (OSError, ValueError):
                return {}
        return answer if isinstance(answer, dict) else {}
