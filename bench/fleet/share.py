"""What Ray adds to a poll: a poller inside its actor beside the same poller as a plain process, at the same time.

Both poll as many devices in the same rhythm, each with servers of its own, and are measured in the same moments. What
Ray's own processes take where there is no work is told apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bench.crew import Worker, child
from bench.fleet.bed import bed
from bench.fleet.chain import until_polled
from bench.fleet.ground import Ground
from bench.fleet.kernel import cpu, family, spent
from bench.fleet.seeds import Seeds
from bench.rounds import ratio, spread
from cluster.runtime import Runtime
from cluster.servers.state import State


@dataclass(frozen=True, slots=True)
class Wish:
    """How many devices each poller has, how often they are polled, how long a window lasts, how many there are."""

    devices: int
    interval: float
    seconds: float
    windows: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two pollers: its process, and whom to ask how much it polled."""

    pid: int
    worker: Worker

    def polls(self) -> int:
        """Count its polls so far."""
        return int(self.worker.ask(report=True)["polls_ok"])


def measure(ground: Ground, wish: Wish) -> dict[str, Any]:
    """Let both poll, window by window; returns Ray's share with its spread."""
    with ExitStack() as stack:
        head = stack.enter_context(_head(ground))
        idle = _cores(family(head.pid), wish.seconds)
        plain = stack.enter_context(_side(ground, wish, "plain", None))
        actor = stack.enter_context(_side(ground, wish, "actor", head))
        time.sleep(wish.interval)
        ground.say(f"{wish.windows} windows of {wish.seconds:.0f} s")
        taken = _windows({"plain": plain, "actor": actor}, wish)
        beside = _cores([pid for pid in family(head.pid) if pid != actor.pid], wish.seconds)
    added = ratio([a - b for a, b in zip(taken["actor"], taken["plain"], strict=True)], taken["plain"])
    return {
        "ray_share": round(added.median, 3),
        "ray_share_spread": added,
        "ray_us_a_poll": {name: spread(each) for name, each in taken.items()},
        "ray_polls_a_second": round(wish.devices / wish.interval, 1),
        "idle_ray_cores": round(idle, 4),
        "ray_cores_beside_its_actor": round(beside, 4),
    }


@contextmanager
def _head(ground: Ground) -> Iterator[Runtime]:
    with State(ground.room("ray")) as state, Runtime(state) as head:
        yield head


@contextmanager
def _side(ground: Ground, wish: Wish, name: str, head: Runtime | None) -> Iterator[Side]:
    """Have a poller poll all of its devices, in an actor where there is a head; a writer takes what it says."""
    seeds = Seeds(ground.fleet.part(wish.first, wish.devices).entries, timedelta(seconds=wish.interval))
    with ExitStack() as stack:
        made = stack.enter_context(bed(ground.room(name), ground.safe, log_level="warning"))
        seeds.sow(made.settings)
        stack.enter_context(child("bench.fleet.member", "writer", made.path))
        worker = stack.enter_context(
            child("bench.fleet.actor", made.path, head.address, environment=head.environment())
            if head
            else child("bench.fleet.member", "poller", made.path)
        )
        pid = worker.hear()["pid"]
        until_polled(worker, wish.devices)
        yield Side(pid, worker)


def _windows(sides: dict[str, Side], wish: Wish) -> dict[str, list[float]]:
    """Measure the microseconds of CPU for each poll of both, in the same windows."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(wish.windows):
        before = {name: (cpu(side.pid), side.polls()) for name, side in sides.items()}
        time.sleep(wish.seconds)
        for name, side in sides.items():
            seconds, polls = cpu(side.pid) - before[name][0], side.polls() - before[name][1]
            found[name].append(1e6 * seconds / polls)
    return found


def _cores(pids: list[int], seconds: float) -> float:
    """Tell the cores that processes take for a while."""
    before = spent(pids)
    time.sleep(seconds)
    return (spent(pids) - before) / seconds
