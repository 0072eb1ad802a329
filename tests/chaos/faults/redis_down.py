"""Redis is killed and stays away: nobody can prove that he lives, and nobody may take his place."""

from __future__ import annotations

from datetime import timedelta

from tests.chaos import observe, sources
from tests.chaos.arena import Arena
from tests.chaos.table import ON_TIME, SHARED, Demand, Fault, Figures, lasting, zero


def inflict(arena: Arena, span: timedelta) -> Figures:
    before = sources.owners(arena.stores)
    figures = observe.outage(arena, span, arena.assembly.valkey)
    after = sources.owners(arena.stores)
    return {**figures, "moved": sum(before[place] != after[place] for place in before)}


FAULT = Fault(
    row=9,
    name="redis-down",
    title="Redis down",
    inflict=inflict,
    demands=(*ON_TIME, Demand("the same owners, under the same epochs", zero("moved"))),
    lasting=lasting(60),
    grounds=SHARED,
)
