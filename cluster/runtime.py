"""Ray on one machine: a head of our own, on loopback, behind a token, with what a driver needs to reach it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from cluster.servers import ask
from cluster.servers.process import Launch
from cluster.servers.server import Server
from cluster.servers.state import LOOPBACK, State, write
from fleet import settings

ROOT = Path(__file__).resolve().parents[1]

# A session's sockets lie some 65 characters below the temporary directory, and a socket's path ends at 107.
_SHORT = 40
_HEAD = {
    # Our actors are few, live long and take what they need: no processes in reserve, and nobody ends them because
    # other programs fill the machine's memory.
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_memory_monitor_refresh_ms": "0",
    # Ray's workers yield to everybody (15) by default; ours are what the machine is there for.
    "RAY_worker_niceness": "0",
    # Death is seen by the head at once, so only a hung node is left to these: 10 s, for small machines are slow.
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "3000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_enable_metrics_collection": "0",
    "RAY_task_events_report_interval_ms": "0",
    "RAY_ROTATION_MAX_BYTES": "16777216",
    "RAY_ROTATION_BACKUP_COUNT": "1",
    "DASHBOARD_METRIC_PORT": "0",
}


class Runtime(Server):
    """A local Ray head. It is disposable: what must last lies in the stores, and a new head knows nothing of the old.

    When any part of it dies the whole head ends; ``restart`` makes a new one on the same ports.
    """

    name = "ray"
    start_patience = timedelta(minutes=3)
    # Ray gives a node 30 s, which is little where other programs have the machine: then it is tried again.
    passing = (*Server.passing, "timed out during startup")
    stop_patience = timedelta(seconds=6)

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._jobs_port = 0

    @property
    def url(self) -> str:
        return self.jobs_url

    @property
    def address(self) -> str:
        """What ``ray.init(address=…)`` takes."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def jobs_url(self) -> str:
        """What ``JobSubmissionClient`` takes."""
        return f"http://{LOOPBACK}:{self._jobs_port}"

    @property
    def token(self) -> str:
        """What the job server asks for."""
        return self._token_path().read_text()

    def environment(self) -> Mapping[str, str]:
        """Say what a driver needs in its environment before it imports Ray."""
        return {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self._token_path()),
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_DEDUP_LOGS": "0",
        }

    def ready(self) -> bool:
        """Ask the job server for its session, which the head that we started has written down."""
        session = self._session()
        if session is None:
            return False
        answer = ask.get(self._jobs_port, "/api/version", {"Authorization": f"Bearer {self.token}"})
        return answer.body.get("session_name") == session

    def _session(self) -> str | None:
        """Return the session of this very head, once all of it is up."""
        try:
            said = json.loads(self._report.read_text())
        except (OSError, ValueError):
            return None
        return str(said["session"]) if said["pid"] == self.pid else None

    @property
    def _report(self) -> Path:
        return self._state.run("ray-head.json")

    def _token_path(self) -> Path:
        self._state.secret("ray-token", make=lambda: secrets.token_hex(32))
        return self._state.secret_path("ray-token")

    def _launch(self) -> Launch:
        self._jobs_port = self._state.port("ray-jobs")
        place = self._state.run("ray")
        _tidy(place)
        asked = {
            "gcs_server_port": self.port,
            "dashboard_port": self._jobs_port,
            "temp_dir": str(_short(place)),
            "report": str(self._report),
        }
        extra = {**_HEAD, **self.environment(), "PYTHONPATH": str(ROOT)}
        return Launch(
            command=(sys.executable, "-m", "cluster.head", json.dumps(asked)),
            directory=place,
            environment=settings.environment(self._state.path, **extra),
        )


def _tidy(place: Path) -> None:
    """Keep the newest session's logs for whoever asks why it ended, and remove the older ones."""
    place.mkdir(mode=0o700, exist_ok=True)
    for old in sorted(place.glob("session_2*"))[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def _short(place: Path) -> Path:
    """Return a path to ``place`` that leaves room for the names of sockets."""
    if len(os.fsencode(place)) <= _SHORT:
        return place
    memo = place / "short"
    if not (memo.exists() and (link := Path(memo.read_text())).is_symlink() and link.resolve() == place.resolve()):
        link = Path(tempfile.mkdtemp(prefix="flotilla-")) / "ray"
        link.symlink_to(place)
        write(memo, str(link))
    return link
