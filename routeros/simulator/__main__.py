"""Serve a fleet of simulated routers: ``python -m routeros.simulator --devices 200``."""

from __future__ import annotations

import json
import sys

from fleet.errors import FleetError
from routeros.simulator import command
from routeros.simulator.simulation import Simulation


class Lines:
    """Says nothing but one line of JSON when all routers answer."""

    def say(self, line: str) -> None:
        """Keep silent: a program waits for the one line."""

    def ready(self, simulation: Simulation) -> None:
        sys.stdout.write(json.dumps(simulation.ready()) + "\n")
        sys.stdout.flush()

    def beat(self, simulation: Simulation) -> None:
        """Keep silent."""


def main() -> None:
    """Serve until told to stop; bad input is one line and exit status 2."""
    asked = command.parser("python -m routeros.simulator").parse_args()
    try:
        command.run(asked, Lines())
    except FleetError as error:
        sys.stderr.write(f"simulator: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
