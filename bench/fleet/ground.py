"""What all measurements of a run share: a place for files, the simulated fleet, and an OpenBao for its passwords."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.fleet import answers
from bench.fleet.bed import safe
from bench.fleet.simulated import Simulator, simulator
from cluster.servers import limits
from cluster.servers.openbao import OpenBao

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ground:
    """A fleet that has been asked once; ``rows`` are those that each device's poll makes."""

    place: Path
    simulator: Simulator
    safe: OpenBao
    rows: list[int]
    say: Say

    def room(self, name: str) -> Path:
        """Name a directory for the state of one chain; its path is short, for sockets lie in it."""
        return self.place / name


@contextmanager
def ground(devices: int, say: Say) -> Iterator[Ground]:
    """Serve a fleet until left; every device is asked once, so that it gives its answers from memory from then on."""
    limits.open_files()
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-")))
        served = stack.enter_context(simulator(devices, place))
        vault = stack.enter_context(safe(place / "safe"))
        say(f"{devices} devices are simulated; each is asked once")
        yield Ground(place, served, vault, answers.rows(served.entries), say)
