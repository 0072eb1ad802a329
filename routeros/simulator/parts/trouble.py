"""What a router's faults make of a command, and of the bytes of its replies."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from routeros.simulator.device.noise import draw, key
from routeros.simulator.doors.wire import Call
from routeros.simulator.faults import Kind
from routeros.simulator.outcome import Refused
from routeros.simulator.router import Condition, Router


@dataclass(frozen=True, slots=True)
class Plight:
    """How a command fares: never answered, answered with nonsense, refused, or answered so many seconds late."""

    lost: bool = False
    garbage: bool = False
    refused: Refused | None = None
    seconds: float = 0.0


def plight(router: Router, call: Call, number: int) -> Plight:
    """Decide how the command of this number fares on a router that has faults."""
    faults = router.faults
    if (drop := faults.get(Kind.DROP)) and draw(key(router.model.root, "drop", number)) < drop.number("share"):
        return Plight(lost=True)
    late = faults.get(Kind.LATE)
    seconds = sum(faults[kind].number("seconds") for kind in (Kind.SLOW, Kind.DELAY) if kind in faults)
    if late and number % max(1, int(late.number("every"))) == 0:
        seconds += late.number("seconds")
    return Plight(garbage=Kind.GARBAGE in faults, refused=_trap(router, call), seconds=seconds)


def _trap(router: Router, call: Call) -> Refused | None:
    trap = router.faults.get(Kind.TRAP)
    if trap is None or not call.path.startswith(trap.text("menu")):
        return None
    return Refused(trap.text("message"), int(trap.number("category")))


def flaps(router: Router, polls: int) -> bool:
    """Tell whether the session ends with the poll that comes after so many."""
    flap = router.faults.get(Kind.FLAP)
    return flap is not None and polls % max(1, int(flap.number("every"))) == 0


def is_deaf(router: Router) -> bool:
    """Tell whether a router hears nothing of what is said to it."""
    return router.condition is not Condition.UP or Kind.SILENT in router.faults


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes) -> None: ...


class Spout:
    """Lets bytes out in order, but in other pieces and at other times than they were written.

    Pieces of ``size`` bytes (0: whatever is there), ``every`` so many seconds, the first after ``hold``.
    """

    def __init__(self, sink: Sink, size: int = 0, every: float = 0.0, hold: float = 0.0) -> None:
        self._sink, self._size, self._every, self._hold = sink, size, every, hold
        self._held: deque[bytes] = deque()
        self._stop: Callable[[], object] | None = None

    def write(self, data: bytes) -> None:
        self._held.append(data)
        if self._stop is None:
            self._wait(self._hold)

    def drain(self) -> None:
        """Let everything out at once."""
        self.stop()
        if self._held:
            self._sink.write(b"".join(self._held))
            self._held.clear()

    def stop(self) -> None:
        """Let nothing more out by itself."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _wait(self, seconds: float) -> None:
        self._stop = asyncio.get_running_loop().call_later(seconds, self._piece).cancel

    def _piece(self) -> None:
        self._stop = None
        waiting = b"".join(self._held)
        self._held.clear()
        piece, rest = waiting[: self._size or None], waiting[self._size or len(waiting) :]
        if rest:
            self._held.append(rest)
            self._wait(self._every)
        self._sink.write(piece)


def spout(router: Router, sink: Sink) -> Spout | None:
    """Make the spout that a router's faults ask for; None where bytes go their usual way."""
    faults = router.faults
    hold = faults[Kind.GLUE].number("seconds") if Kind.GLUE in faults else 0.0
    if Kind.TRICKLE in faults:
        return Spout(sink, 1, faults[Kind.TRICKLE].number("seconds"), hold)
    if Kind.SPLIT in faults:
        return Spout(sink, max(1, int(faults[Kind.SPLIT].number("size"))), 0.0, hold)
    return Spout(sink, 0, 0.0, hold) if hold else None
