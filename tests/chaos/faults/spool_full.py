"""NATS is away, and the pollers' disks are full: first by their own bound, then the kernel refuses."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psutil

from tests.chaos import observe
from tests.chaos.arena import Arena, now, until
from tests.chaos.ground import BRIEF_NODES, NODES
from tests.chaos.table import Demand, Fault, Figures, grounds, lasting, zero

VICTIM = "poller-0"
SMALLEST = 4096


def inflict(arena: Arena, span: timedelta) -> Figures:
    start, pids = now(), _pids(arena)
    with arena.down(arena.assembly.nats):
        arena.wait(span)
        until(lambda: arena.dropped, "metrics are dropped")
        by_bound = until(lambda: _stated(arena, "dropped"), "the health tells what was dropped")
        with _refused(arena.pid(VICTIM)):
            by_kernel = until(lambda: _stated(arena, VICTIM), "the health tells whose disk refuses")
    arena.calm()
    return {
        "stated": by_bound,
        "stated_refusal": by_kernel,
        "others_dropped": observe.most(arena, start, now(), "others_dropped"),
        "crashes": sum(pid != pids[name] for name, pid in _pids(arena).items()),
    }


@contextmanager
def _refused(pid: int) -> Iterator[None]:
    """Let the kernel refuse a process every byte that would make a file longer than one page."""
    process = psutil.Process(pid)
    _, hard = process.rlimit(resource.RLIMIT_FSIZE)
    process.rlimit(resource.RLIMIT_FSIZE, (SMALLEST, hard))
    try:
        yield
    finally:
        process.rlimit(resource.RLIMIT_FSIZE, (hard, hard))


def _stated(arena: Arena, what: str) -> str:
    said = arena.looks[-1].failing.get("spool", "")
    return said if what in said else ""


def _pids(arena: Arena) -> dict[str, object]:
    return {name: seen.get("pid") for name, seen in arena.actors("poller").items()}


FAULT = Fault(
    row=11,
    name="spool-full",
    title="disk full for the spool",
    inflict=inflict,
    demands=(
        Demand("stated in the health", lambda figures: bool(figures["stated"] and figures["stated_refusal"])),
        Demand("the oldest metrics are dropped and counted", lambda figures: figures["dropped"] != 0),
        Demand("no status is dropped", zero("others_dropped")),
        Demand("no crash", zero("crashes")),
    ),
    lasting=lasting(60),
    grounds=grounds(NODES, BRIEF_NODES),
)
