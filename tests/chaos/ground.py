"""On what the faults are inflicted: how many devices, how fast, how many pollers, writers and nodes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Scale(StrEnum):
    """Outages as long as the table says, or the same with seconds and scaled lives."""

    REAL = "real"
    QUICK = "quick"


@dataclass(frozen=True, slots=True)
class Ground:
    """A fleet and who polls it. Faults on equal grounds share one that runs.

    ``nodes`` are Ray nodes beside the head; each has as many pollers as the head. With a ``factor`` the fleet's clock
    runs so many times as fast as the wall's. ``more`` are options of the simulator.
    """

    devices: int = 200
    interval: timedelta = timedelta(seconds=2)
    pollers: int = 2
    writers: int = 2
    lease: timedelta = timedelta(seconds=5)
    spool_bytes: int = 256 * 2**20
    nodes: tuple[str, ...] = ()
    tenants: int = 2
    factor: float = 1.0
    more: tuple[str, ...] = ()

    def settings(self) -> dict[str, object]:
        """Write it as settings."""
        fast = {"clock_origin": datetime.now(UTC), "clock_factor": self.factor} if self.factor != 1 else {}
        return {
            **fast,
            "interval": self.interval,
            "pollers": self.pollers,
            "writers": self.writers,
            "lease_ttl": self.lease,
            "spool_bytes": self.spool_bytes,
            "log_level": "info",
        }


USUAL = Ground()
BRIEF = Ground(devices=100, interval=timedelta(seconds=1), lease=timedelta(seconds=3))

NODES = Ground(pollers=1, spool_bytes=2**20, nodes=("b", "c"))
BRIEF_NODES = replace(BRIEF, pollers=1, spool_bytes=2**20, nodes=("b", "c"))
"""Three nodes with a poller each; what they may keep on disk is soon full."""

MANY = Ground(devices=1000, interval=timedelta(seconds=10))
