"""Short pauses for a process that serves many at once: of the collector of garbage, and of threads for each other."""

from __future__ import annotations

import gc
import sys

SWITCH = 0.00005
"""Seconds after which a thread lets another one run: a request must not wait for a whole group of streams."""

YOUNG = 10_000
"""New objects after which the youngest are looked through; thousands of streams make that many in a second."""


def install() -> None:
    """Settle a process that has loaded what it needs.

    A full collection of a web process with all its modules takes a third of a second, in which nobody is served; what
    is there now will stay, and is not looked through again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)
    sys.setswitchinterval(SWITCH)
