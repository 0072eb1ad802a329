"""Processes that do not outlive whoever started them, even where they are stopped and nobody can ask them to end."""

from __future__ import annotations

import ctypes
import signal

DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of ``prctl(2)``."""


def end_with_parent() -> None:
    """Have the kernel end this process when its parent's thread ends."""
    ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL)
