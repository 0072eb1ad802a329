"""``/export``: a router's configuration as text."""

from __future__ import annotations

from dataclasses import dataclass

from routeros.simulator.router import Router


@dataclass(frozen=True, slots=True)
class Style:
    """How to export: everything (verbose) or what differs from the defaults, a line for each, secrets or not."""

    verbose: bool = False
    terse: bool = False
    sensitive: bool = False
    path: str = ""


def export(router: Router, style: Style) -> str:
    """Write the configuration as ``/export`` does, lines ended by ``\\n``."""
    raise NotImplementedError
