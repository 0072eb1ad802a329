"""The command line of a router: what SSH, scripts, the scheduler and ``/import`` run."""

from __future__ import annotations

from routeros.simulator.console.printed import Printed
from routeros.simulator.console.shell import Shell, execute, play

__all__ = ["Printed", "Shell", "execute", "play"]
