"""What many connections cost, and what a long line costs: memory of each, CPU per poll as they grow, round trips."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from bench.crew import Worker, child, worker
from bench.latency import ROUND_TRIP
from bench.rounds import Spread, ratio, spread
from bench.target import Target

FEW: Final = 100
MANY: Final = 5000
KB: Final = 1024


def growth(way: str, target: Target, rounds: int) -> tuple[Spread, float]:
    """Compare a poll among many connections with one among few; tell also the KB that a connection takes."""
    with worker(way, target) as few, worker(way, target) as many:
        few.ask(open=FEW)
        size = _weigh(many, FEW, MANY)
        spent: dict[str, list[float]] = {"few": [], "many": []}
        for _ in range(rounds):
            spent["few"].append(few.ask(sweeps=MANY // FEW)["cpu"])
            spent["many"].append(many.ask(sweeps=1)["cpu"])
    return ratio(spent["many"], spent["few"]), size


def weight(way: str, target: Target, few: int, many: int) -> float:
    """Tell the KB of this process that a connection takes, from ``few`` to ``many`` of them, each polled."""
    with worker(way, target) as one:
        return _weigh(one, few, many)


def _weigh(one: Worker, few: int, many: int) -> float:
    sizes: list[int] = []
    for count in (few, many):
        one.ask(open=count)
        sizes.append(one.ask(sweeps=2)["rss"])
    return (sizes[1] - sizes[0]) / (many - few) / KB


def round_trips(way: str, target: Target, polls: int) -> tuple[Spread, Spread]:
    """Tell how many round trips a poll of one device takes: those of a few bytes in turn with it, and of 20 ms."""
    with delayed(target) as far, worker(way, far) as one:
        one.ask(open=1)
        pairs = one.ask(trips=polls, address=far.address(0), port=far.plain)["seconds"]
        return spread([poll / bare for bare, poll in pairs]), spread([poll / ROUND_TRIP for _, poll in pairs])


@contextmanager
def delayed(target: Target) -> Iterator[Target]:
    """Put 10 ms of line each way before a target."""
    with child("bench.latency", str(target.plain)) as relay:
        yield replace(target, plain=relay.hear()["port"], devices=1)
