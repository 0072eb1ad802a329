"""OpenBao is away: polling goes on with what is cached, then says whose password it cannot open."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeAlias

from fleet import partition
from fleet.identity import DeviceId
from tests.chaos import observe, sources
from tests.chaos.arena import Arena, Uneasy, now, until
from tests.chaos.table import SHARED, Demand, Fault, Figures, lasting, zero

CACHED = timedelta(minutes=5)
"""How long a poller keeps a password."""

Kept: TypeAlias = Callable[[frozenset[DeviceId]], frozenset[DeviceId]]

SOME = "0-9"
VICTIM = "poller-0"
PRIVATE = ("simulator.json", "simulator")
"""What the simulated routers themselves know."""


def inflict(arena: Arena, span: timedelta) -> Figures:
    # A password is kept for a while from when it was last opened, and a session that stands needs none.
    _hang_up(arena, SOME, lambda devices: devices)
    start, held = now(), sources.owners(arena.stores)

    def kept(devices: frozenset[DeviceId]) -> frozenset[DeviceId]:
        """Leave out what another polls meanwhile, who cannot know the passwords."""
        here = sources.owners(arena.stores)
        return frozenset(d for d in devices if here[partition.of(d)][0] == held[partition.of(d)][0])

    with arena.down(arena.assembly.openbao):
        cached = _hang_up(arena, SOME, kept)
        arena.wait(span)
        silent = _silent(arena, start + arena.ground.interval, kept)
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
        "silent": silent,
        "reconnected_from_cache": cached,
        "stating": stated,
        "health": failing,
        "breakers_open": observe.most(arena, start, now(), "breakers_open"),
        "plain_on_disk": _plain_on_disk(arena),
        "plain_in_stream": len(arena.plain()),
        "polls_per_s": rhythm["polls_per_s"],
    }


def _silent(arena: Arena, since: datetime, kept: Kept) -> int:
    """Wait until all that were kept were polled after an instant, or patience ends; tells how many were not."""

    def silent() -> frozenset[DeviceId]:
        return kept(arena.devices) - {answer.device for answer in arena.answers(since)}

    with suppress(Uneasy):
        until(lambda: not silent(), "every device is polled")
    return len(silent())


def _hang_up(arena: Arena, order: str, kept: Kept) -> int:
    """Cut the sessions of some devices, and tell how many are polled again over new ones: those that were kept."""
    first, last = map(int, order.split("-"))
    numbers = set(range(first, last + 1))
    devices = frozenset(d for d in arena.devices if set(arena.places(frozenset({d}))) & numbers)
    arena.afflict(f"{order}:down")
    at = now()
    arena.blow(at, devices)
    arena.afflict(f"{order}:none")

    def back() -> int:
        asked = kept(devices)
        return len(asked) if asked <= {answer.device for answer in arena.answers(at)} else 0

    return until(back, "they are polled over new sessions")


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
        Demand("every device that keeps its owner is polled meanwhile", zero("silent")),
        Demand("new sessions open by the cache", lambda f: bool(f["reconnected_from_cache"])),
        Demand("then it is stated, by devices and health", lambda f: bool(f["stating"] and f["health"])),
        Demand("it is not held against the devices", zero("breakers_open")),
        Demand("nothing in plain text on disk, in logs or in the stream", zero("plain_on_disk", "plain_in_stream")),
    ),
    lasting=lasting(600),
    grounds=SHARED,
)
