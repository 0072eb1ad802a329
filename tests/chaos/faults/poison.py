"""An event that no store can take stands in the stream."""

from __future__ import annotations

from datetime import timedelta

from tests.chaos import letters
from tests.chaos.arena import Arena, now, until
from tests.chaos.table import SHARED, Demand, Fault, Figures, lasting

TRIES = 5
TOO_LARGE = 2**40
"""No number for a column of four bytes."""

AHEAD = timedelta(minutes=30)
"""So it stays the newest status of its device: an older one in a batch is not even written."""

BACK_OFF = timedelta(seconds=60)


def begin(arena: Arena) -> None:
    """Put it into the stream: what it takes until it is given up goes by while other rows are gone through."""
    device = min(arena.devices)
    letters.poison(arena.assembly.settings, arena.stores, device, TOO_LARGE, now() + AHEAD)


def inflict(arena: Arena, _: timedelta) -> Figures:
    letter = until(lambda: letters.newest(arena.assembly.settings), "the event is a dead letter", BACK_OFF)
    return {
        "dead_letters": letter.count,
        "tries": letter.tries,
        "reason": letter.reason,
        "dead": sum(int(seen.get("dead") or 0) for seen in arena.actors("writer").values()),
    }


FAULT = Fault(
    row=12,
    name="poison",
    title="a poison event",
    inflict=inflict,
    begin=begin,
    demands=(
        # A delivery that a killed or standing writer did not handle counts as well: other rows go on meanwhile.
        Demand(f"in the dead-letter stream after {TRIES} tries, no fewer", lambda f: f["tries"] >= TRIES),
        Demand("it alone", lambda f: f["dead_letters"] == 1),
    ),
    lasting=lasting(0, 0),
    grounds=SHARED,
)
