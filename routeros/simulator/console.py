"""The command line of a router: what SSH, scripts, the scheduler and ``/import`` run."""

from __future__ import annotations

from dataclasses import dataclass

from routeros.simulator.router import Active, Router


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed, lines ended by ``\\n``; ``failed`` where an error, whose text is printed, ended it."""

    text: str = ""
    failed: bool = False


def execute(router: Router, who: Active | None, script: str) -> Printed:
    """Run console text, such as ``/system identity set name=x; :put [/system identity get name]``."""
    raise NotImplementedError
