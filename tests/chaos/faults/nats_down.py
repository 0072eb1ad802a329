"""NATS is killed, stays away, and comes back."""

from __future__ import annotations

from datetime import timedelta

from tests.chaos import observe
from tests.chaos.arena import Arena, now
from tests.chaos.table import ON_TIME, SHARED, Demand, Fault, Figures, lasting, zero


def inflict(arena: Arena, span: timedelta) -> Figures:
    start = now()
    figures = observe.outage(arena, span, arena.assembly.nats)
    return {**figures, "breakers_open": observe.most(arena, start, now(), "breakers_open")}


FAULT = Fault(
    row=7,
    name="nats-down",
    title="NATS down, then restarted",
    inflict=inflict,
    demands=(
        *ON_TIME,
        Demand("no breaker opened", zero("breakers_open")),
        Demand("nothing dropped", zero("dropped")),
    ),
    lasting=lasting(60),
    grounds=SHARED,
)
