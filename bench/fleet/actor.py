"""A poller in Ray: ``python -m bench.fleet.actor STATE ADDRESS`` makes the actor as the product does.

It prints a line of JSON with the actor's own word of itself for each line of its input, its process among it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import ray

from actors.polling import PollerActor
from bench.fleet.orphans import end_with_parent
from fleet import logs

OPTIONS = {"name": "poller-0", "namespace": "flotilla", "num_cpus": 0, "max_concurrency": 4}
"""Those of ``actors.crew``, but that the actor ends with this driver."""


def main(state: str, address: str) -> None:
    ray.init(address=address, namespace="flotilla", log_to_driver=False, configure_logging=False)
    actor: Any = ray.remote(PollerActor).options(**OPTIONS).remote("poller-0", state)
    print(json.dumps(ray.get(actor.ping.remote()), default=str), flush=True)
    for _ in sys.stdin:
        print(json.dumps(ray.get(actor.ping.remote()), default=str), flush=True)
    ray.get(actor.drain.remote(10.0))
    ray.kill(actor)


if __name__ == "__main__":
    end_with_parent()
    logs.configure("bench", "warning")
    main(sys.argv[1], sys.argv[2])
