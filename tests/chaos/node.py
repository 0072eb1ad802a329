"""The program that is a further Ray node on this machine: ``python -m tests.chaos.node OPTIONS``, ended by SIGTERM.

It does what ``ray start --address --labels`` does, which would look for the head at this machine's outer address,
while ours is on loopback. When one of its processes dies, it ends the others and itself.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from typing import Any

from ray._private.node import Node
from ray._private.parameter import RayParams

from cluster.servers.state import LOOPBACK

CPUS = 4
OBJECT_STORE = 100 * 2**20
LOOK_EVERY = 0.25


def main(asked: dict[str, Any]) -> int:
    parameters = RayParams(
        node_ip_address=LOOPBACK,
        dashboard_agent_listen_port=0,
        num_cpus=CPUS,
        num_gpus=0,
        object_store_memory=OBJECT_STORE,
        resources={},
        **{"include_log_monitor": False, **asked},
    )
    node = Node(parameters, head=False, shutdown_at_exit=False, spawn_reaper=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    dead: list[Any] = []
    while not dead and not stop.wait(LOOK_EVERY):
        dead = node.dead_processes()  # type: ignore[no-untyped-call]
    node.kill_all_processes(check_alive=False, allow_graceful=False)
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
