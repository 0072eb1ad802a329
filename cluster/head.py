"""The program that is Ray's head: ``python -m cluster.head OPTIONS``, ended by SIGTERM.

``ray start --head`` would add a server for Ray clients, and its dashboard nine processes that nobody here asks; this
starts the same node with the job server alone. It rests on Ray's inner parts as they are in the version of the lock
file. When one of its processes dies, it ends the others and itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ray._private import services
from ray._private.node import Node
from ray._private.parameter import RayParams

from cluster.servers.state import LOOPBACK, write

CPUS = 32
OBJECT_STORE = 100 * 2**20
_LOOK_EVERY = 0.25

_start_process = services.start_ray_process


class Head(Node):
    """A node whose job server starts beside the rest of it."""

    def start_api_server(self, **options: Any) -> None:
        # The kernel ends a process with the thread that started it, so the thread stays, in this pool.
        self._threads = ThreadPoolExecutor(max_workers=1)
        self.job_server = self._threads.submit(super().start_api_server, **options)


def main(asked: dict[str, Any]) -> int:
    report = Path(asked.pop("report"))
    services.start_ray_process = _only_jobs
    dead: list[Any] = []
    # Ray's own hook at the end would drain for 30 s; the actors were drained before, by whoever stops us.
    node = Head(_parameters(asked), head=True, shutdown_at_exit=False, spawn_reaper=True)
    node.job_server.result()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    write(report, json.dumps({"pid": os.getpid(), "session": node.session_name}))
    while not dead and not stop.wait(_LOOK_EVERY):
        dead = node.dead_processes()  # type: ignore[no-untyped-call]
    if dead:
        print(f"{dead[0][0]} ended; ending the others", file=sys.stderr)
    node.kill_all_processes(check_alive=False, allow_graceful=False)
    return 1 if dead else 0


def _parameters(asked: dict[str, Any]) -> RayParams:
    return RayParams(
        node_ip_address=LOOPBACK,
        node_name="flotilla",
        dashboard_host=LOOPBACK,
        dashboard_agent_listen_port=0,
        include_dashboard=True,
        no_monitor=True,
        num_cpus=CPUS,
        num_gpus=0,
        object_store_memory=OBJECT_STORE,
        resources={},
        labels={},
        **{"include_log_monitor": False, **asked},
    )


def _only_jobs(command: list[str], process_type: str, *rest: Any, **options: Any) -> Any:
    """Start one of Ray's processes; the dashboard serves jobs and what jobs need."""
    more = ["--modules-to-load=JobHead,NodeHead"] if process_type == "dashboard" else []
    return _start_process([*command, *more], process_type, *rest, **options)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
