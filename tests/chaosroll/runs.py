"""Make runs: one, or many in processes of their own, and count what they came to."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing import get_context
from typing import Final

import structlog

from tests.chaosroll import world
from tests.chaosroll.fleet import befallen
from tests.chaosroll.judge import Verdict
from tests.chaosroll.points import NOWHERE, Points, drawn, edges
from tests.chaosroll.shelf import Shelf, Store
from tests.chaosroll.world import Wish
from tests.fixtures.patient import PatientLoop

STRATEGIES: Final = ("everything", "canary", "sites", "rolling")
FLEETS: Final = 5
"""So many fleets of different seeds take part in turn."""

ABORTS: Final = 7
"""Each so many runs a person aborts the rollout on its way."""


def run(shelf: Shelf, wish: Wish) -> Verdict:
    """Make a run, and judge it."""

    async def body() -> Verdict:
        async with world.opened(shelf, wish) as there:
            state = await there.go()
            return await asyncio.to_thread(there.verdict, state)

    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        return runner.run(body())


def wished(number: int, points: Points = NOWHERE) -> Wish:
    """Tell what a run of a number is: who has which mishap, by which strategy, and whether a person aborts it."""
    aborts = number % ABORTS == ABORTS - 1
    return Wish(
        mishaps=befallen(number),
        points=points,
        strategy=STRATEGIES[number % len(STRATEGIES)],
        abort=timedelta(minutes=1 + number % 17) if aborts else None,
        seed=1 + number % FLEETS,
    )


def quiet() -> None:
    """Let nothing be logged: so many runs say too much."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@dataclass
class Tally:
    """What many runs came to."""

    runs: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    double_reboots: list[str] = field(default_factory=list)
    parent_before_child: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    untrue_reasons: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def count(self, number: int, one: Verdict, seconds: float) -> None:
        """Count a run."""
        self.runs += 1
        self.states[one.state.value] += 1
        self.ends += one.ends
        self.lost += one.lost
        self.struck.update(one.struck)
        self.seconds.append(seconds)
        for name in ("double_reboots", "parent_before_child", "unresolved", "untrue_reasons"):
            getattr(self, name).extend(
                f"run {number} ({', '.join(one.struck)}): {what}" for what in getattr(one, name)
            )

    def __add__(self, other: Tally) -> Tally:
        """Count the runs of both."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in Tally.__annotations__})

    @property
    def wrong(self) -> list[str]:
        return [*self.double_reboots, *self.parent_before_child, *self.unresolved, *self.untrue_reasons]


Edges = tuple[Sequence[tuple[str, int]], int]
"""The edges of a run that nobody disturbs, each with how often it comes, and how many entries there are in all."""

Made = tuple[int, Verdict, float]


def first(store: Store) -> Edges:
    """Make a run that nobody disturbs; tells its edges, each with how often it came, and how many entries there were.

    Raises AssertionError where already that went wrong.
    """
    found = run(store.copy(), wished(0))
    assert not found.wrong, found.wrong
    return found.known, found.entries


def many(store: Store, numbers: Sequence[int], book: Edges, processes: int, until: float) -> Tally:
    """Make the runs of some numbers, as long as there is time."""
    tally, spawn = Tally(), get_context("spawn")
    with ProcessPoolExecutor(processes, spawn) as pool:
        shares = [numbers[share::processes] for share in range(processes)]
        given = [(store.copy().written(), share, book, until) for share in shares]
        for done in as_completed([pool.submit(_share, *one) for one in given]):
            for number, verdict, seconds in done.result():
                tally.count(number, verdict, seconds)
    return tally


def _share(text: str, numbers: Sequence[int], book: Edges, until: float) -> list[Made]:
    quiet()
    return list(_made(Shelf.read(text), numbers, book, until))


def _made(shelf: Shelf, numbers: Sequence[int], book: Edges, until: float) -> Iterator[Made]:
    for number in numbers:
        began = time.monotonic()
        if began > until:
            return
        found = run(shelf, wished(number, drawn(number, *book)))
        seconds = time.monotonic() - began
        print(f"run {number}: {found.state}, {len(found.wrong)} wrong, {seconds:.1f} s", flush=True)
        yield number, found, seconds


def untouched(known: Sequence[tuple[str, int]], tally: Tally) -> int:
    """Tell how many edges no run has struck."""
    struck = {text.partition(" #")[0] for text in tally.struck}
    wanted = {f"{who} {'before' if before else 'after'} {name}" for name, _, who, before in edges(known)}
    return len(wanted - struck)
