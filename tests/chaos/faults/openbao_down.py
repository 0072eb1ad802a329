"""OpenBao is away: polling goes on with what is cached, then says whose password it cannot open."""

from __future__ import annotations

import subprocess
from datetime import timedelta

from tests.chaos import observe, sources
from tests.chaos.arena import Arena, now, until
from tests.chaos.table import ON_TIME, SHARED, Demand, Fault, Figures, lasting, zero

CACHED = timedelta(minutes=5)
"""How long a poller keeps a password."""

SOME = "0-9"
VICTIM = "poller-0"
PRIVATE = ("simulator.json", "simulator")
"""What the simulated routers themselves know."""


def inflict(arena: Arena, span: timedelta) -> Figures:
    # A password is kept for a while from when it was last opened, and a session that stands needs none.
    _hang_up(arena, SOME)
    start = now()
    with arena.down(arena.assembly.openbao):
        cached = _hang_up(arena, SOME)
        arena.wait(span)
        polled = observe.seen_since(arena, start + arena.ground.interval)
        if span > CACHED:
            arena.afflict(f"{SOME}:down")
            arena.afflict(f"{SOME}:none")
        else:
            # A poller that has just begun has nothing cached, as all have after five minutes.
            devices = arena.owned(VICTIM)
            arena.blow(arena.kill(arena.pid(VICTIM)), devices)
        stated = until(lambda: _stating(arena), "devices whose password cannot be opened say so")
        failing = until(lambda: observe.failing(arena, start, now(), "openbao"), "the health tells of it")
    rhythm = observe.rhythm(arena, start, now())
    arena.calm()
    return {
        "devices": len(arena.devices),
        "polled": polled,
        "reconnected_from_cache": cached,
        "stating": stated,
        "health": failing,
        "breakers_open": observe.most(arena, start, now(), "breakers_open"),
        "plain_on_disk": _plain_on_disk(arena),
        "plain_in_stream": len(arena.plain()),
        "polls_per_s": rhythm["polls_per_s"],
    }


def _hang_up(arena: Arena, order: str) -> int:
    """Cut the sessions of some devices, and tell how many are polled again over new ones."""
    first, last = map(int, order.split("-"))
    numbers = set(range(first, last + 1))
    devices = frozenset(d for d in arena.devices if set(arena.places(frozenset({d}))) & numbers)
    arena.afflict(f"{order}:down")
    at = now()
    arena.blow(at, devices)
    arena.afflict(f"{order}:none")
    until(lambda: {a.device for a in arena.answers(at)} >= devices, "they are polled over new sessions")
    return len(devices)


def _stating(arena: Arena) -> int:
    return sum("OpenBao" in error for _, _, error in sources.states(arena.stores, arena.devices))


def _plain_on_disk(arena: Arena) -> int:
    """Count the files of the state directory in which a device's password stands."""
    words = b"\n".join(arena.passwords())
    skipped = [f"--exclude={PRIVATE[0]}", f"--exclude-dir={PRIVATE[1]}"]
    command = ["grep", "-rlaF", "-f", "-", "--devices=skip", *skipped, str(arena.state)]
    found = subprocess.run(command, input=words, capture_output=True, check=False)
    return len(found.stdout.splitlines())


FAULT = Fault(
    row=10,
    name="openbao-down",
    title="OpenBao down",
    inflict=inflict,
    demands=(
        ON_TIME[0],
        Demand("new sessions open by the cache", lambda f: f["reconnected_from_cache"] == 10),
        Demand("then it is stated, by devices and health", lambda f: bool(f["stating"] and f["health"])),
        Demand("it is not held against the devices", zero("breakers_open")),
        Demand("nothing in plain text on disk, in logs or in the stream", zero("plain_on_disk", "plain_in_stream")),
    ),
    lasting=lasting(600),
    grounds=SHARED,
)
