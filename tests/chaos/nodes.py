"""Further Ray nodes beside the embedded head, each labelled as a machine of its own would be."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from datetime import timedelta

import psutil

from actors.crew import NODE
from cluster import usage
from cluster.programs import ROOT, Program, python, snapshot
from cluster.runtime import Runtime
from cluster.servers.state import State


class Labelled(Program):
    """A Ray node; it is ready when the supervisor has a poller on it."""

    start_patience = timedelta(seconds=180)
    # Ray gives a node 30 s, which is little where other programs have the machine.
    passing = (*Program.passing, "timed out during startup")
    stop_patience = timedelta(seconds=5)

    def __init__(self, state: State, ray: Runtime, label: str) -> None:
        super().__init__(state, {**ray.environment(), "PYTHONPATH": str(ROOT)})
        self.name = f"node-{label}"  # type: ignore[misc]
        self.label = label
        self._ray = ray

    def ready(self) -> bool:
        actors = snapshot(self._state.run("actors.json")).get("actors", {})
        return any(name.startswith(f"poller-{self.label}-") and seen.get("pid") for name, seen in actors.items())

    def kill(self) -> None:
        """End every process of the node at once, as a power cut does."""
        for process in usage.tree(self.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def _command(self) -> Sequence[str]:
        asked = {"gcs_address": self._ray.address, "labels": {NODE: self.label}, "node_name": self.name}
        return python("tests.chaos.node", json.dumps(asked))
