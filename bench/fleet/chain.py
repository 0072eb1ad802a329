"""A chain from the devices to the rows as plain processes, which works in its turn and rests otherwise.

While it rests its poller is stopped by the kernel: connections stay, and nothing of it runs.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

import numpy as np
import psycopg

from bench.crew import Worker, child
from bench.fleet import stored
from bench.fleet.answers import STEADY
from bench.fleet.bed import Bed, bed
from bench.fleet.ground import Ground, Plot
from bench.fleet.kernel import Parts, Reading, family
from bench.fleet.seeds import Seeds, device_id
from db.engine import Stores

RESTING: Final = {"lease_ttl": "5m", "poll_timeout": "30m", "log_level": "warning", "slow_every": "10d"}
"""What lets a poller that was stopped go on as if nothing had been: neither its lease nor a reply counts as late.

Slow collectors run in the first poll only: the usual chain has none, and in a fleet that is polled more often they
are a smaller part of a poll. What they cost is in the product's own figures, where they run three times as often.
"""

LOOK_EVERY: Final = 0.1
SETTLED: Final = 0.3
"""Seconds without an answer, after which none is under way any more."""

PATIENCE: Final = 600.0
"""Seconds for the first poll of all devices: what nobody has asked yet takes a canned simulator longest."""

WRONG: Final = "wrong"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a chain spent on polls: CPU seconds by part."""

    polls: int
    seconds: float
    cpu: dict[str, float]

    @property
    def us(self) -> float:
        """Microseconds of CPU for each poll."""
        return 1e6 * sum(self.cpu.values()) / self.polls

    def us_by_part(self) -> dict[str, float]:
        """Microseconds of CPU for each poll, part by part."""
        return {part: 1e6 * seconds / self.polls for part, seconds in self.cpu.items()}


class Chain(Protocol):
    """One way from the devices to the rows."""

    def turn(self) -> Turn:
        """Work for a while, and tell what that cost."""
        ...

    def check(self) -> str:
        """Drain, and tell where not all rows of all polls are stored once; empty where they are."""
        ...


@dataclass(slots=True)
class Tally:
    """What the simulator answered while a chain had its turns, by device."""

    plot: Plot
    ok: Any = field(init=False)

    def __post_init__(self) -> None:
        self.ok = np.zeros(len(self.plot.entries), dtype=np.int64)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count what is answered in here."""
        before = np.array(self.plot.answered().ok)
        yield
        self.ok += np.array(self.plot.answered().ok) - before

    def rows(self) -> int:
        """Tell the rows that follow from the polls counted."""
        return int((self.ok * np.array(self.plot.rows)).sum())


@dataclass(slots=True)
class Ours:
    """The product's poller and writer on a bed of their own. A turn lasts ``seconds`` once it polls in its rhythm."""

    poller: Worker
    writer: Worker
    pids: tuple[int, int]
    bed: Bed
    tally: Tally
    interval: float
    seconds: float

    def turn(self) -> Turn:
        with self.tally.counting():
            self._go(signal.SIGCONT)
            time.sleep(self.interval + 1.0)
            polls, before = self.tally.plot.answered().polls, Reading.of(self._parts())
            time.sleep(self.seconds)
            polls, after = self.tally.plot.answered().polls - polls, Reading.of(self._parts())
            self._go(signal.SIGSTOP)
            settle(self.tally.plot)
        return Turn(polls, after.at - before.at, after.since(before))

    def check(self) -> str:
        with self.tally.counting():
            self._go(signal.SIGCONT)
            self.poller.asks.close()
            self.poller.hears.read()
        self.writer.asks.close()
        self.writer.hears.read()
        with Stores.of(self.bed.settings) as stores:
            rows, duplicates = stored.totals(stores, 0.0)
        # What a device is asked seldom makes rows of a few polls, which nobody can count beforehand.
        steady = [one.family.name for one in STEADY if one.family]
        return _agree("ours", self.tally.rows(), sum(rows.get(name, 0) for name in steady), duplicates)

    def _go(self, number: signal.Signals) -> None:
        os.kill(self.pids[0], number)

    def _parts(self) -> Parts:
        poller, writer = self.pids
        servers = {"nats": family(self.bed.nats.pid), "postgres": family(self.bed.postgres.pid)}
        return {"poller": [poller], "writer": [writer]} | servers


@dataclass(slots=True)
class Usual:
    """The usual chain on a bed of its own. A turn is a sweep of all devices, until all of it is stored."""

    poller: Worker
    store: Worker
    pids: tuple[int, int]
    bed: Bed
    devices: int
    values: int = 0

    def turn(self) -> Turn:
        before = Reading.of(self._parts())
        published = self.poller.ask(sweeps=1)
        while self.store.ask()["events"] < published["events"]:
            time.sleep(LOOK_EVERY)
        after = Reading.of(self._parts())
        self.values = published["values"]
        return Turn(self.devices, after.at - before.at, after.since(before))

    def check(self) -> str:
        with psycopg.connect(self.bed.postgres.url) as connection:
            row = connection.execute("SELECT count(*) FROM samples").fetchone()
        return _agree("the usual chain", self.values, row[0] if row else 0, 0)

    def _parts(self) -> Parts:
        poller, store = self.pids
        servers = {"nats": family(self.bed.nats.pid), "postgres": family(self.bed.postgres.pid)}
        return {"poller": [poller], "store": [store]} | servers


@contextmanager
def ours(ground: Ground, name: str, plot: Plot, interval: float, seconds: float) -> Iterator[Ours]:
    """Have a poller and a writer ready, every device polled, and at rest; ``pure`` in the name means the parser."""
    seeds, tally = Seeds(plot.entries, timedelta(seconds=interval)), Tally(plot)
    more = ["pure"] if "pure" in name else []
    with ExitStack() as stack:
        made = stack.enter_context(bed(ground.room(name), ground.safe, **RESTING))
        seeds.sow(made.settings)
        writer = stack.enter_context(child("bench.fleet.member", "writer", made.path))
        with tally.counting():
            poller = stack.enter_context(child("bench.fleet.member", "poller", made.path, *more))
            pids = poller.hear()["pid"], writer.hear()["pid"]
            stack.callback(os.kill, pids[0], signal.SIGCONT)
            until_polled(poller, len(plot.entries))
            os.kill(pids[0], signal.SIGSTOP)
            settle(plot)
        yield Ours(poller, writer, pids, made, tally, interval, seconds)


def settle(plot: Plot) -> None:
    """Wait until the simulator has answered what was asked of it before a poller was stopped."""
    last = -1
    while (polls := plot.answered().polls) != last:
        last = polls
        time.sleep(SETTLED)


def until_polled(poller: Worker, devices: int) -> None:
    """Wait until a poller has polled every device."""
    end = time.monotonic() + PATIENCE
    while poller.ask(report=True).get("polls_ok", 0) < devices:
        if time.monotonic() > end:
            raise SystemExit(f"bench: a poller does not poll: {poller.ask(report=True)}")
        time.sleep(LOOK_EVERY)


@contextmanager
def usual(ground: Ground, name: str, plot: Plot) -> Iterator[Usual]:
    """Have the usual chain ready, every device polled once; ``raw`` in the name leaves increase and rate out."""
    with ExitStack() as stack:
        made = stack.enter_context(bed(ground.room(name.replace(" ", "-")), ground.safe))
        asked = made.state.run("usual.json")
        targets = [{**entry, "id": str(device_id(entry))} for entry in plot.entries]
        nats, token, postgres = made.nats.url, made.nats.token, made.postgres.url
        asked.write_text(json.dumps({"nats": nats, "token": token, "postgres": postgres, "targets": targets}))
        more = ["raw"] if "raw" in name else []
        poller = stack.enter_context(child("bench.fleet.usual", "poll", str(asked), *more))
        store = stack.enter_context(child("bench.fleet.usual", "store", str(asked)))
        chain = Usual(poller, store, (poller.hear()["pid"], store.hear()["pid"]), made, len(targets))
        chain.turn()
        yield chain


def _agree(whose: str, due: int, told: int, duplicates: int) -> str:
    if due == told and not duplicates:
        return ""
    return f"{whose}: {due} rows are due, {told} are stored, {duplicates} of them twice"


def interleaved(chains: Mapping[str, Chain], rounds: int) -> dict[str, list[Turn]]:
    """Give every chain its turn, round by round."""
    turns: dict[str, list[Turn]] = {name: [] for name in chains}
    for _ in range(rounds):
        for name, chain in chains.items():
            turns[name].append(chain.turn())
    return turns


def checked(chains: Mapping[str, Chain]) -> dict[str, list[str]]:
    """Drain all chains; what does not agree stands under ``wrong``, beside figures that are not to be believed."""
    wrong = [said for chain in chains.values() if (said := chain.check())]
    return {WRONG: wrong} if wrong else {}


def mean_by_part(turns: Sequence[Turn]) -> dict[str, float]:
    """Tell the microseconds of each part for a poll, over all turns."""
    polls = sum(turn.polls for turn in turns)
    return {part: round(1e6 * sum(turn.cpu[part] for turn in turns) / polls, 1) for part in turns[0].cpu}
