"""The Ray driver of one machine: it starts the actors, watches them every second and drains them at the end.

It is a process of its own because Ray ends every driver whose head dies. What it sees of the actors is written to
``run/actors.json`` in the state directory.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import timedelta

import ray

from actors import group
from cluster.servers.state import write
from fleet import logs, settings
from fleet.settings import Settings
from jobs import resuming

LOOK_EVERY = timedelta(seconds=1)

log = logs.get(__name__)


def main() -> None:
    """Run until SIGTERM; ends by itself when Ray's head is gone."""
    asked = settings.load()
    logs.configure("conductor", asked.log_level)
    stop = threading.Event()
    _end_by(stop)
    asked = _located(asked, stop)
    ray.init(address=asked.ray_address, namespace=group.NAMESPACE, log_to_driver=False, configure_logging=False)
    _end_by(stop)
    actors = group.start(asked)
    threading.Thread(target=resuming.keep, args=(asked, stop), name="runs", daemon=True).start()
    while not stop.wait(LOOK_EVERY.total_seconds()):
        report(asked, actors.ping())
    report(asked, actors.drain())
    log.info("drained")


def _end_by(stop: threading.Event) -> None:
    """Let SIGTERM end the loop; Ray's ``init`` puts a handler of its own in the place of ours."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _located(asked: Settings, stop: threading.Event) -> Settings:
    """Wait until Ray's head is announced; it starts beside us and takes longer."""
    while not asked.ray_address and not stop.wait(0.05):
        asked = settings.load()
    return asked


def report(asked: Settings, actors: dict[str, dict[str, object]]) -> None:
    """Write what each actor said of itself, for the assembly, the demo and ``flotilla status``."""
    text = json.dumps({"conductor": os.getpid(), "actors": actors}, default=str)
    write(asked.state / "run" / "actors.json", text)


if __name__ == "__main__":
    main()
