"""Every device takes a session and drops it at each poll; then each comes back at once, and drops it again."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.chaos import observe
from tests.chaos.arena import Arena, now, until
from tests.chaos.ground import BRIEF, MANY, Scale
from tests.chaos.table import Demand, Fault, Figures, at_most, grounds, lasting


def inflict(arena: Arena, span: timedelta) -> Figures:
    calm = _watched(arena, span / 2)
    arena.afflict("*:flap:every=2")
    changing = _watched(arena, span / 2)
    arena.afflict("*:flap:every=1")
    begun = now()
    opened = until(lambda: _open(arena) == len(arena.devices), "every breaker is open", 4 * span)
    damped = _watched(arena, span)
    arena.afflict("*:none")
    due = len(arena.devices) / arena.ground.interval.total_seconds()
    return {
        "due_per_s": due,
        "calm_cores": calm["cores"],
        "changing_cores": changing["cores"],
        "opened": opened,
        "opened_s": round((now() - begun - span).total_seconds(), 1),
        "damped_cores": damped["cores"],
        "damped_sessions_per_s": damped["sessions_per_s"],
        "damped_ratio": round(damped["sessions_per_s"] / due, 3),
    }


def _watched(arena: Arena, span: timedelta) -> dict[str, float]:
    """Tell what the pollers cost in a span, in cores, and how many sessions they began each second."""
    start, logins = now(), arena.demo.simulation.stats()["logins"]
    arena.wait(span)
    seconds = (now() - start).total_seconds()
    more = arena.demo.simulation.stats()["logins"] - logins
    return {"cores": round(_cpu(arena, start) / seconds, 3), "sessions_per_s": round(more / seconds, 1)}


def _cpu(arena: Arena, start: datetime) -> float:
    seen = observe.looks(arena, start, now())
    first, last = seen[0].actors, seen[-1].actors
    return sum(
        float(last[name]["cpu_seconds"]) - float(first[name]["cpu_seconds"])
        for name in last.keys() & first.keys()
        if name.startswith("poller") and last[name].get("pid") == first[name].get("pid")
    )


def _open(arena: Arena) -> int:
    return sum(int(seen.get("breakers_open") or 0) for seen in arena.actors("poller").values())


FAULT = Fault(
    row=13,
    name="flapping",
    title="all devices flap at every poll",
    inflict=inflict,
    demands=(
        Demand("breakers damp: at most half of the due polls are tried", at_most("damped_ratio", 0.5)),
        Demand(
            "CPU bounded: one core for all pollers while sessions come and go",
            at_most("changing_cores", 1.0),
            Scale.REAL,
        ),
        Demand("and less than that once the breakers are open", at_most("damped_cores", 0.5), Scale.REAL),
    ),
    lasting=lasting(60, 4),
    grounds=grounds(MANY, BRIEF),
)
