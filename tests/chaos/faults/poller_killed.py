"""A poller actor is killed."""

from __future__ import annotations

from datetime import timedelta

from tests.chaos import observe
from tests.chaos.arena import Arena
from tests.chaos.ground import Scale
from tests.chaos.table import SHARED, Demand, Fault, Figures, at_most, lasting, within

VICTIM = "poller-0"


def inflict(arena: Arena, _: timedelta) -> Figures:
    devices = arena.owned(VICTIM)
    at = arena.kill(arena.pid(VICTIM))
    arena.blow(at, devices)
    return observe.comeback(arena, devices, at)


FAULT = Fault(
    row=1,
    name="poller-killed",
    title="a poller actor killed",
    inflict=inflict,
    demands=(
        *within("its due polls resume within {} s", "resumed_s", 10),
        *within("all of them, an interval later: within {} s", "all_resumed_s", 12),
        Demand("spread: no herd", at_most("herd_ratio", 0.5), Scale.REAL),
    ),
    lasting=lasting(0, 0),
    grounds=SHARED,
)
