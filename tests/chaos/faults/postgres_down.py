"""PostgreSQL is killed, stays away, and comes back."""

from __future__ import annotations

from datetime import timedelta

from tests.chaos import observe
from tests.chaos.arena import Arena
from tests.chaos.table import ON_TIME, SHARED, Fault, Figures, lasting


def inflict(arena: Arena, span: timedelta) -> Figures:
    return observe.outage(arena, span, arena.assembly.postgres)


FAULT = Fault(
    row=8,
    name="postgres-down",
    title="PostgreSQL down",
    inflict=inflict,
    demands=ON_TIME,
    lasting=lasting(60),
    grounds=SHARED,
)
