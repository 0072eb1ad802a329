"""What all measurements of a run share: a place for files, the simulated fleet, and an OpenBao for its passwords."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.fleet import answers
from bench.fleet.bed import safe
from bench.fleet.simulated import Answered, Entry, Simulator, simulator
from cluster.servers import limits
from cluster.servers.openbao import OpenBao

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plot:
    """Some devices of the fleet; ``rows`` are those that each device's poll makes."""

    simulator: Simulator
    entries: Sequence[Entry]
    rows: Sequence[int]

    def answered(self) -> Answered:
        """Count the polls of each of these devices so far."""
        return self.simulator.answered(entry["index"] for entry in self.entries)

    def part(self, first: int, count: int) -> Plot:
        """Take some of them."""
        return Plot(self.simulator, self.entries[first : first + count], self.rows[first : first + count])


@dataclass(frozen=True, slots=True)
class Ground:
    """A fleet that has been asked once, and what its measurements share."""

    place: Path
    fleet: Plot
    safe: OpenBao
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
        served = stack.enter_context(simulator(devices, place, "--canned"))
        vault = stack.enter_context(safe(place / "safe"))
        say(f"{devices} devices are simulated; each is asked once")
        yield Ground(place, Plot(served, served.entries, answers.rows(served.entries)), vault, say)
