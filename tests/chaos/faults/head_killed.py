"""Ray's head is killed, and with it every actor."""

from __future__ import annotations

from datetime import timedelta

from tests.chaos import observe
from tests.chaos.arena import Arena
from tests.chaos.table import SHARED, Fault, Figures, lasting, within


def inflict(arena: Arena, _: timedelta) -> Figures:
    pid = arena.assembly.ray.pid
    assert pid is not None
    at = arena.kill(pid)
    arena.blow(at, arena.devices)
    return observe.comeback(arena, arena.devices, at)


FAULT = Fault(
    row=3,
    name="head-killed",
    title="the Ray head killed",
    inflict=inflict,
    demands=within("all devices are polled again within {} s", "all_resumed_s", 30),
    lasting=lasting(0, 0),
    grounds=SHARED,
)
