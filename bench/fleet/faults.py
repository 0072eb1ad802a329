"""Whether dead and slow devices delay the healthy ones: their lateness with such neighbours, and without, in pairs.

Lateness is found in the store: when a device was heard, less when it was due; so a poll's own duration is in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bench.crew import child
from bench.fleet import stored
from bench.fleet.bed import Bed, bed
from bench.fleet.chain import until_polled
from bench.fleet.grid import Window, kept, phases
from bench.fleet.ground import Ground
from bench.fleet.seeds import Seeds
from bench.rounds import spread
from db.engine import Stores

DEAD: Final = "silent"
"""Connections are taken and nothing is ever said: the costliest way to be dead, for each poll waits its full time."""

SLOW: Final = "slow:seconds=5"


@dataclass(frozen=True, slots=True)
class Wish:
    """How many devices, how often they are polled, for how many intervals each half of a pair lasts, and how many."""

    devices: int
    interval: float
    intervals: int
    pairs: int
    first: int = 0

    @property
    def dead(self) -> range:
        """A fifth of the devices."""
        return range(self.devices // 5)

    @property
    def slow(self) -> range:
        """A twentieth of them."""
        return range(self.dead.stop, self.dead.stop + self.devices // 20)

    @property
    def healthy(self) -> range:
        return range(self.slow.stop, self.devices)


def measure(ground: Ground, wish: Wish) -> dict[str, Any]:
    """Poll a fleet with and without faults, pair by pair; returns how much later the healthy ones are."""
    seeds = Seeds(ground.fleet.part(wish.first, wish.devices).entries, timedelta(seconds=wish.interval))
    pairs = []
    with ExitStack() as stack:
        made = stack.enter_context(bed(ground.room("faults"), ground.safe, log_level="warning"))
        seeds.sow(made.settings)
        stack.enter_context(child("bench.fleet.member", "writer", made.path))
        ground.say(f"{wish.pairs} pairs")
        for _ in range(wish.pairs):
            pairs.append(_pair(ground, wish, made, seeds))
    return {
        "fault_devices": {"dead": len(wish.dead), "slow": len(wish.slow), "healthy": len(wish.healthy)},
        "fault_lateness_p99_s_without": spread([without for without, _ in pairs]),
        "fault_lateness_p99_s_with": spread([faulty for _, faulty in pairs]),
        "fault_lateness_p99_s_added": spread([faulty - without for without, faulty in pairs]),
    }


def _pair(ground: Ground, wish: Wish, made: Bed, seeds: Seeds) -> tuple[float, float]:
    """Watch a poller that knows nothing yet, first without faults, then from the moment on when they begin."""
    dead, slow, every = (_order(wish, some) for some in (wish.dead, wish.slow, range(wish.devices)))
    simulator = ground.fleet.simulator
    with child("bench.fleet.member", "poller", made.path) as poller:
        poller.hear()
        until_polled(poller, wish.devices)
        time.sleep(wish.interval)
        without = _watch(wish)
        simulator.afflict(f"{dead}:{DEAD}", f"{slow}:{SLOW}")
        faulty = _watch(wish)
        simulator.afflict(f"{every}:none")
    with Stores.of(made.settings) as stores:
        return _late(stores, wish, seeds, without), _late(stores, wish, seeds, faulty)


def _watch(wish: Wish) -> Window:
    """Let some intervals pass; an answer to the last of them may take half a one more."""
    window = Window(time.time(), wish.interval, wish.intervals)
    time.sleep(window.moments[3] - window.start)
    return window


def _late(stores: Stores, wish: Wish, seeds: Seeds, window: Window) -> float:
    """Tell the lateness that 99 of 100 polls of healthy devices did not pass; a poll that was not done is a fault."""
    ids = [seeds.ids[index] for index in wish.healthy]
    return kept(window, phases(ids, wish.interval), *stored.heard(stores, ids, window.start)).late(0.99)


def _order(wish: Wish, indexes: Sequence[int]) -> str:
    """Name devices as the simulator's orders of faults do."""
    return f"{wish.first + indexes[0]}-{wish.first + indexes[-1]}"
