"""Rollouts of several tenants at once through Ray; jobs, pollers, nodes, NATS and PostgreSQL are killed meanwhile."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import psutil

from cluster.servers.server import Server
from fleet.errors import Conflict, FleetError
from fleet.rollouts import RolloutState
from fleet.rollouts.states import ENDED
from tests.chaos.arena import Arena, Uneasy, until
from tests.chaos.ground import Ground
from tests.chaosroll.fleet import ABSENT, CORES, MIDDLE, MISHAPS, SIZE, Mishap
from tests.chaosroll.judge import Verdict, judged
from tests.chaosroll.parties import FAULTS, Party, entries, parties, shelve
from tests.chaosroll.runs import Tally

ABREAST: Final = 4
"""So many rollouts, each of a tenant of its own, go on at a time."""

JOB, POLLER, NODE, NATS, POSTGRES = "job", "poller", "node", "nats", "postgres"
VICTIMS: Final = (JOB, POLLER, NODE, NATS, POSTGRES)
EDGES: Final = (
    "stage:staging",
    "stage:staged:done",
    "install:installing",
    "install:rebooting",
    "install:verifying",
    "install:routerboot:done",
    "boot:routerboot",
    "boot:rebooting",
    "boot:verifying",
    "boot:done:done",
)
"""What an entry of a journal may be of a device with boot firmware that comes through."""

STRATEGIES: Final = ("everything", "sites", "everything", "rolling")
FACTOR: Final = 15.0
INTERVAL: Final = timedelta(seconds=20)
LABEL: Final = "b"
PERSONAS: Final = "hap_ax2,hap_ax3"
GROUND: Final = Ground(
    devices=ABREAST * (SIZE + 4),
    tenants=ABREAST,
    interval=INTERVAL * FACTOR,
    pollers=1,
    writers=1,
    nodes=(LABEL,),
    factor=FACTOR,
    more=("--steady", "--personas", PERSONAS),
)
"""A site has eight routers, so a tenant has some more than take part. ``INTERVAL`` is on the wall."""

LOOK: Final = 0.1
STEADILY: Final = 1.0
PATIENCE: Final = 900.0
"""Seconds between two looks at the journals, and at how the rollouts stand, and until a round is given up."""


@dataclass(frozen=True, slots=True)
class Blow:
    """Who is killed as soon as some rollout has so many entries of an edge."""

    who: str
    edge: str
    turn: int

    def __str__(self) -> str:
        return f"{self.who} at {self.edge} #{self.turn}"


def drawn(number: int) -> list[Blow]:
    """Draw the blows of a round: each edge once, and after as many rounds as there are victims each with each."""
    draw = random.Random(number)
    return [
        Blow(VICTIMS[(place + number) % len(VICTIMS)], edge, draw.randint(1, 25)) for place, edge in enumerate(EDGES)
    ]


def befallen(number: int) -> dict[int, Mishap]:
    """Draw who has which mishap."""
    draw = random.Random(number)
    leaves = draw.sample(range(CORES + MIDDLE, SIZE), len(FAULTS))
    return dict(zip(leaves, (MISHAPS[name] for name in FAULTS), strict=True))


@dataclass
class Round:
    """Rollouts that go on side by side, and who was killed meanwhile."""

    arena: Arena
    number: int
    parties: list[Party]
    blows: list[Blow] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)
    away: dict[str, threading.Thread] = field(default_factory=dict)
    back: set[UUID] = field(default_factory=set)
    going: dict[UUID, Party] = field(default_factory=dict)

    def go(self) -> list[Verdict]:
        """Start them, kill who is to be killed, and judge each."""
        target = f"7.26.{self.number + 1}"
        shelve(self.arena, target)
        for place, party in enumerate(self.parties):
            seed = self.number * len(self.parties) + place
            strategy = STRATEGIES[seed % len(STRATEGIES)]
            self.going[party.start(target, strategy, befallen(seed))] = party
        begun, self.blows = self._now(), drawn(self.number)
        end, looked = time.monotonic() + PATIENCE, 0.0
        while self.going and time.monotonic() < end:
            with suppress(FleetError):
                self._strike()
                if time.monotonic() >= looked:
                    looked = time.monotonic() + STEADILY
                    self._tend(begun)
            time.sleep(LOOK)
        for thread in self.away.values():
            thread.join()
        found = [self._judged(party) for party in self.parties]
        for party in self.parties:
            party.lift(*FAULTS)
        return found

    def _now(self) -> datetime:
        return self.arena.assembly.settings.clock().now()

    def _judged(self, party: Party) -> Verdict:
        (case,) = until(lambda: (party.case(),), "the books are open")
        (row,) = until(lambda: (party.rollout.row(),), "the books are open")
        found = judged(case, row.state)
        found.struck, found.lost = list(self.struck), Counter()
        return found

    def _tend(self, begun: datetime) -> None:
        """See which are over; go on where one paused, and let come back who was away."""
        for rollout_id, party in list(self.going.items()):
            state = party.rollout.row().state
            if state in ENDED:
                del self.going[rollout_id]
            elif state is RolloutState.PAUSED:
                with suppress(Conflict):
                    party.rollout.resume(self._now())
            if self._now() >= begun + ABSENT and rollout_id not in self.back:
                party.lift("absent")
                self.back.add(rollout_id)

    def _strike(self) -> None:
        counts = entries(self.arena, [party.rollout.rollout_id for party in self.parties])
        most: Counter[str] = Counter()
        for (_, edge), count in counts.items():
            most[edge] = max(most[edge], count)
        for one in [one for one in self.blows if most[one.edge] >= one.turn]:
            if STRIKES[one.who](self):
                self.blows.remove(one)
                self.struck.append(str(one))
                self.lost[one.who] += 1

    def jobs(self) -> bool:
        """Kill the jobs of all rollouts that go on; False while none runs."""
        wanted = {str(one) for one in self.going}
        pids = [one.pid for one in psutil.process_iter(["cmdline"]) if _works_for(one, wanted)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(pids)

    def poller(self) -> bool:
        """Kill one of the pollers, this one and that one in turn."""
        name = ("poller-0", f"poller-{LABEL}-0")[self.lost[POLLER] % 2]
        pid = int(self.arena.actors().get(name, {}).get("pid") or 0)
        return bool(pid) and _killed(pid)

    def node(self) -> bool:
        """Cut the power of the node that is not the head, and have it come back."""
        if NODE in self.away and self.away[NODE].is_alive():
            return False
        node = self.arena.nodes[LABEL]
        node.kill()
        self.away[NODE] = threading.Thread(target=node.restart)
        self.away[NODE].start()
        return True

    def server(self, server: Server) -> bool:
        """Kill a server; it is started again by whoever watches."""
        return server.pid is not None and _killed(server.pid)


STRIKES: Final[Mapping[str, Callable[[Round], bool]]] = {
    JOB: Round.jobs,
    POLLER: Round.poller,
    NODE: Round.node,
    NATS: lambda one: one.server(one.arena.assembly.nats),
    POSTGRES: lambda one: one.server(one.arena.assembly.postgres),
}


def _killed(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _works_for(process: psutil.Process, wanted: set[str]) -> bool:
    command = process.info["cmdline"] or []
    return "jobs.rollout" in command and bool(wanted.intersection(command))


def many(count: int, first: int = 0) -> tuple[Tally, Counter[str]]:
    """Make so many runs, or a few more: ``ABREAST`` are a round. Tells also who was killed how often."""
    tally, lost = Tally(), Counter[str]()
    with opened() as (arena, those):
        for number in range(first, first + -(-count // ABREAST)):
            began, one = time.monotonic(), Round(arena, number, those)
            for place, verdict in enumerate(one.go()):
                tally.count(number * ABREAST + place, verdict, (time.monotonic() - began) / ABREAST)
            lost += one.lost
            print(f"through Ray: {tally.runs} runs, {dict(lost)}, wrong: {len(tally.wrong)}", flush=True)
    return tally, lost


@contextmanager
def opened() -> Iterator[tuple[Arena, list[Party]]]:
    """Run a Flotilla with two Ray nodes over simulated routers until left, every router polled."""
    with tempfile.TemporaryDirectory(prefix="flotilla-roll-") as place, Arena(Path(place) / "state", GROUND) as arena:
        those = parties(arena)
        polled = INTERVAL * 3
        with suppress(Uneasy):
            until(
                lambda: arena.demo.simulation.stats().get("polls_ok", 0) >= GROUND.devices, "all are polled", polled
            )
        yield arena, those
