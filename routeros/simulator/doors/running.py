"""A command of the API that is not finished yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from routeros.simulator.doors.wire import Call


@dataclass(eq=False, slots=True)
class Running:
    """A command that is not finished; ``stop`` lets go of its timer or its watch."""

    call: Call
    stop: Callable[[], None]
    sections: int = 0
