"""The rows of the table as values: what is inflicted, for how long, what must hold; and how one is gone through."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import TypeAlias

from fleet import plugins
from fleet.errors import FleetError
from tests.chaos.arena import Arena, Uneasy
from tests.chaos.ground import BRIEF, USUAL, Ground, Scale

Figure: TypeAlias = float | int | str | bool | None
Figures: TypeAlias = Mapping[str, Figure]


Condition: TypeAlias = Callable[[Figures], bool]

SLACK = 10
"""How many times longer a comeback may take in the suite, where other programs may have the machine."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What must hold, in words and over the figures; at one scale only, where it says so."""

    says: str
    holds: Condition
    only: Scale | None = None


def at_most(name: str, most: float) -> Condition:
    """Make the condition that a figure is known and not larger."""
    return lambda figures: isinstance(found := figures[name], int | float) and found <= most


def zero(*names: str) -> Condition:
    """Make the condition that figures are 0."""
    return lambda figures: all(figures[name] == 0 for name in names)


def within(says: str, name: str, seconds: float) -> tuple[Demand, Demand]:
    """Demand that something took at most so long: "within {} s" in ``says`` is filled in for either scale."""
    return (
        Demand(says.format(f"{seconds:g}"), at_most(name, seconds), Scale.REAL),
        Demand(says.format(f"{SLACK * seconds:g}"), at_most(name, SLACK * seconds), Scale.QUICK),
    )


ALWAYS = (
    Demand("no accepted event is lost", zero("lost")),
    Demand("nothing is stored twice, nothing from behind a fence", zero("double", "trespassed", "strange")),
    Demand(
        "no answered poll is lost but those under way in a struck poller or counted as dropped",
        zero("unheard", "untold"),
    ),
    Demand("never two owners with valid epochs", zero("overlapping", "unfenced")),
)
"""What must hold whatever happens."""

ON_TIME = (
    Demand("every device is polled meanwhile", lambda figures: figures["polled"] == figures["devices"]),
    Demand("polling on time: no due poll is missed", zero("missed"), Scale.REAL),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table, at its place.

    ``inflict`` strikes, waits until it is over and tells its figures; it is given how long to last. ``begin`` is done
    when the ground has come up, for what takes its time while other rows are gone through.
    """

    row: int
    name: str
    title: str
    inflict: Callable[[Arena, timedelta], Figures]
    demands: tuple[Demand, ...]
    lasting: Mapping[Scale, timedelta]
    grounds: Mapping[Scale, Ground]
    begin: Callable[[Arena], None] = lambda _: None

    def demanded(self, scale: Scale) -> list[Demand]:
        return [demand for demand in (*self.demands, *ALWAYS) if demand.only in (None, scale)]


def lasting(real: float, quick: float = 3.0) -> Mapping[Scale, timedelta]:
    """Say how many seconds a fault lasts at each scale."""
    return {Scale.REAL: timedelta(seconds=real), Scale.QUICK: timedelta(seconds=quick)}


def grounds(real: Ground, quick: Ground) -> Mapping[Scale, Ground]:
    """Say on what a fault is inflicted at each scale."""
    return {Scale.REAL: real, Scale.QUICK: quick}


SHARED = grounds(USUAL, BRIEF)


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a row: its figures, and whether each demand held."""

    name: str
    title: str
    lasted_s: float
    figures: Figures
    verdicts: Mapping[str, bool]
    took_s: float
    problem: str = ""

    @property
    def held(self) -> bool:
        return not self.problem and all(self.verdicts.values())

    def document(self) -> dict[str, object]:
        """Turn it into what JSON can say."""
        return {**asdict(self), "held": self.held}


@cache
def faults() -> tuple[Fault, ...]:
    """Find all rows, those of one ground side by side."""
    found = sorted(plugins.discover("tests.chaos.faults", Fault), key=lambda fault: fault.row)
    order = list(dict.fromkeys(fault.grounds[Scale.QUICK] for fault in found))
    return tuple(sorted(found, key=lambda fault: (order.index(fault.grounds[Scale.QUICK]), fault.row)))


def begin(here: Iterable[Fault], arena: Arena) -> None:
    """Begin what the rows of a ground want begun once it is up; where it does not come up, the rows will say so."""
    with suppress(Uneasy):
        arena.calm()
        for fault in here:
            fault.begin(arena)


def run(fault: Fault, arena: Arena, scale: Scale) -> Finding:
    """Go through one row."""
    span, began = fault.lasting[scale], time.monotonic()
    try:
        arena.calm()
        since = arena.begin()
        own = fault.inflict(arena, span)
        arena.calm()
        figures = {**own, **asdict(arena.balance(since))}
    except (Uneasy, FleetError) as error:
        return Finding(fault.name, fault.title, span.total_seconds(), {}, {}, _since(began), str(error))
    verdicts = {demand.says: demand.holds(figures) for demand in fault.demanded(scale)}
    return Finding(fault.name, fault.title, span.total_seconds(), figures, verdicts, _since(began))


def unfit(fault: Fault, scale: Scale, error: FleetError) -> Finding:
    """Make the finding of a row whose ground did not come up."""
    return Finding(fault.name, fault.title, fault.lasting[scale].total_seconds(), {}, {}, 0.0, str(error))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)
