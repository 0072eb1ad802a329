"""PostgreSQL is away, and a poller is killed meanwhile: its events and its successor's wait in one backlog."""

from __future__ import annotations

from datetime import timedelta

from tests.chaos import observe
from tests.chaos.arena import Arena, now
from tests.chaos.table import SHARED, Fault, Figures, lasting, within

VICTIM = "poller-1"


def inflict(arena: Arena, span: timedelta) -> Figures:
    devices, pid = arena.owned(VICTIM), arena.pid(VICTIM)
    others = arena.devices - devices
    with arena.down(arena.assembly.postgres):
        arena.wait(span / 2)
        at = arena.kill(pid)
        arena.blow(at, devices)
        arena.wait(span / 2)
        back = now()
    rest = observe.rhythm(arena, at, back)
    came = observe.comeback(arena, devices, at)
    away = (back - at).total_seconds()
    return {**came, "others": len(others), **rest, "resumed_after_return_s": _after(came["all_resumed_s"], away)}


def _after(all_resumed: object, away: float) -> float | None:
    return round(max(0.0, all_resumed - away), 2) if isinstance(all_resumed, int | float) else None


FAULT = Fault(
    row=4,
    name="postgres-down-poller-killed",
    title="PostgreSQL down and a poller killed meanwhile",
    inflict=inflict,
    demands=within("all devices are polled again within {} s of its return", "resumed_after_return_s", 15),
    lasting=lasting(60, 4),
    grounds=SHARED,
)
