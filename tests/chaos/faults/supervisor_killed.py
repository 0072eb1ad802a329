"""The supervisor is killed while partitions are on their way from one poller to another."""

from __future__ import annotations

import time
from datetime import timedelta

import psutil

from fleet import partition
from tests.chaos import observe, sources
from tests.chaos.arena import Arena, now, until
from tests.chaos.table import SHARED, Demand, Fault, Figures, lasting, within

VICTIM = "poller-1"


def inflict(arena: Arena, _: timedelta) -> Figures:
    devices, supervisor = arena.owned(VICTIM), arena.pid("supervisor")
    _take_away(arena)
    # An owner finishes its polls before it gives partitions over: slow devices keep them on their way.
    arena.afflict(f"*:delay:seconds={arena.ground.interval.total_seconds()}")
    moving = until(lambda: sources.moving(arena.stores), "partitions are on their way")
    at = arena.kill(supervisor)
    until(lambda: _complete(arena), "every partition has its rightful owner")
    settled = (now() - at).total_seconds()
    arena.afflict("*:none")
    return {"moving": moving, "settled_s": round(settled, 2), **observe.comeback(arena, devices, at)}


def _take_away(arena: Arena) -> None:
    """Let a poller lose its share by sleeping, and wake up: it is to have it back."""
    devices, sleeper = arena.owned(VICTIM), psutil.Process(arena.pid(VICTIM))
    sleeper.suspend()
    arena.blow(now(), devices)
    try:
        until(lambda: not arena.owned(VICTIM), f"{VICTIM} has lost its share")
    finally:
        sleeper.resume()
    arena.blow(now(), devices)
    while not sources.moving(arena.stores):
        time.sleep(0.01)


def _complete(arena: Arena) -> bool:
    right = partition.owners(dict.fromkeys(("poller-0", "poller-1"), 1.0))
    held = sources.owners(arena.stores)
    return len(held) == partition.PARTITIONS and all(held[place][0] == right[place] for place in held)


FAULT = Fault(
    row=6,
    name="supervisor-killed",
    title="the supervisor killed in the middle of a hand-over",
    inflict=inflict,
    demands=(
        Demand("it was in the middle of a hand-over", lambda figures: bool(figures["moving"])),
        *within("the assignment is complete and unique within {} s", "settled_s", 10),
    ),
    lasting=lasting(0, 0),
    grounds=SHARED,
)
