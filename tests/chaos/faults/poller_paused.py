"""A poller is stopped in the middle of its polls, loses what it has, and wakes up."""

from __future__ import annotations

from datetime import timedelta

import psutil

from tests.chaos import observe
from tests.chaos.arena import Arena, now, until
from tests.chaos.table import SHARED, Demand, Fault, Figures, lasting, within

VICTIM = "poller-0"


def inflict(arena: Arena, span: timedelta) -> Figures:
    devices, refused = arena.owned(VICTIM), arena.counted("fenced")
    # Half of the time a device takes to answer: whenever the poller is stopped, many polls are under way.
    arena.afflict(f"*:delay:seconds={arena.ground.interval.total_seconds() / 2}")
    arena.wait(arena.ground.interval)
    sleeper = psutil.Process(arena.pid(VICTIM))
    sleeper.suspend()
    at = now()
    arena.blow(at, devices)
    try:
        came = observe.comeback(arena, devices, at)
        arena.wait(span - (now() - at))
    finally:
        sleeper.resume()
    arena.blow(now(), devices)
    arena.afflict("*:none")
    until(lambda: arena.owned(VICTIM) == devices, f"{VICTIM} has its share again")
    arena.wait(arena.ground.interval)
    return {**came, "slept_s": (now() - at).total_seconds(), "refused": arena.counted("fenced") - refused}


FAULT = Fault(
    row=2,
    name="poller-paused",
    title="a paused poller (SIGSTOP) that wakes up",
    inflict=inflict,
    demands=(
        *within("another polls its devices within {} s", "all_resumed_s", 12),
        Demand("what it publishes behind the fence is refused", lambda f: f["refused"] == f["fenced"]),
    ),
    lasting=lasting(60),
    grounds=SHARED,
)
