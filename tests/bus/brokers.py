"""A NATS server of a test's own, that it may kill, freeze and restart."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.servers.nats import Nats
from cluster.servers.state import State


class Broker(Nats):
    """A NATS server; ``restart()`` brings a killed one back on its port, with its streams."""

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Return when every thread has stopped: one on another core may answer for a moment after the signal."""
        self._signal(signal.SIGSTOP)
        assert self.pid is not None
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.pid is not None
        os.kill(self.pid, number)


@contextmanager
def running(place: Path) -> Iterator[Broker]:
    """Run a broker over a new state directory."""
    with State(place) as state, Broker(state) as server:
        yield server
