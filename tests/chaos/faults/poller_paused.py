"""A poller is stopped in the middle of its polls, loses what it has, and wakes up."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import psutil

from fleet.identity import DeviceId
from tests.chaos import pauses
from tests.chaos.arena import Arena, Uneasy, now, until
from tests.chaos.ground import Scale
from tests.chaos.table import SHARED, Demand, Fault, Figures, lasting, within

VICTIM = "poller-0"
POLL_PATIENCE = timedelta(seconds=8)
"""How long a poll may take (the setting ``poll_timeout``)."""


def inflict(arena: Arena, span: timedelta) -> Figures:
    start, devices, before = now(), arena.owned(VICTIM), arena.counted("fenced")

    def refused() -> int:
        return arena.counted("fenced") - before

    # Devices take their time to answer, so that many polls are under way whenever the poller is stopped. Each reply
    # takes a little of it only: a device is asked a few things at once, and by a new owner for all that it can tell.
    arena.afflict(f"*:delay:seconds={arena.ground.interval.total_seconds() / 8}")
    arena.wait(arena.ground.interval)
    # Who wakes up soon still has answers to publish; who sleeps for long finds that all his polls took too long.
    short = _nap(arena, devices, timedelta(0))
    long = _nap(arena, devices, span) if span > POLL_PATIENCE else short
    arena.afflict("*:none")
    arena.calm()
    # The writers' own count comes a report later than what they did.
    with suppress(Uneasy):
        until(lambda: refused() == arena.balance(start).fenced, "what came too late is refused")
    return {**long, "first_slept_s": short["slept_s"], "refused": refused()}


def _nap(arena: Arena, devices: frozenset[DeviceId], span: timedelta) -> Figures:
    """Stop the poller until others poll its devices, and for a span at least; then wait until it has them again."""
    sleeper = psutil.Process(arena.pid(VICTIM))
    sleeper.suspend()
    at = now()
    arena.blow(at, devices)
    try:
        until(lambda: not arena.owned(VICTIM), "another has taken its place")
        moved = now()
        until(lambda: {a.device for a in arena.answers(moved)} >= devices, "its devices are polled")
        arena.wait(span - (now() - at))
    finally:
        sleeper.resume()
    woken = now()
    arena.blow(woken, devices)
    until(lambda: arena.owned(VICTIM) == devices, f"{VICTIM} has its share again")
    back, interval = now(), arena.ground.interval
    meanwhile = [answer for answer in arena.answers(at - 3 * interval) if answer.at < woken]
    seen = pauses.returned(meanwhile, devices, at, interval)
    return {
        "struck": len(devices),
        "slept_s": round((woken - at).total_seconds(), 2),
        "resumed_s": seen.first,
        "all_resumed_s": seen.all,
        "share_back_s": round((back - woken).total_seconds(), 2),
    }


FAULT = Fault(
    row=2,
    name="poller-paused",
    title="a paused poller (SIGSTOP) that wakes up",
    inflict=inflict,
    demands=(
        *within("another polls its devices within {} s", "all_resumed_s", 12),
        Demand("what it publishes behind the fence is refused", lambda f: f["refused"] == f["fenced"]),
        Demand("and there is such a thing", lambda f: bool(f["fenced"]), Scale.REAL),
    ),
    lasting=lasting(60),
    grounds=SHARED,
)
