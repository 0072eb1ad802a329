"""The contract of an errand: what a file in ``actors/errands`` declares, and what it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from actors.access import Access
from actors.vantage import Elsewhere
from bus.publisher import Outlet
from db.engine import Stores
from db.vault import Vault
from fleet.clock import Clock
from fleet.device import Device
from fleet.errands import Ending, Errand
from routeros.depot.mirror import Mirror

NOWHERE: Final = Mirror(Path("/nonexistent"), 0)
"""The mirror of who has none: it holds nothing."""


@dataclass(frozen=True, slots=True)
class Means:
    """What all errands of a poller share."""

    access: Access
    stores: Stores
    vault: Vault
    outlet: Outlet
    clock: Clock
    mirror: Mirror = NOWHERE
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One errand in the hands of its device's owner, under the ``epoch`` of the partition.

    ``may()`` is asked in the same step of the loop in which anything is sent that changes the device: it says no once
    the lease is about to end, a store is away, or the device is another's.
    """

    errand: Errand
    device: Device
    epoch: int
    means: Means
    may: Callable[[], bool]

    @property
    def resumed(self) -> bool:
        """Somebody began before, and nobody knows how far that went: the device is read first."""
        return self.errand.attempt > 1


@dataclass(frozen=True, slots=True)
class Duty:
    """A kind of errand and how it is done. Put one at module level of a file in ``actors/errands``.

    ``run`` is cancelled where the device becomes another's, who begins it again. What it raises: Unavailable and an
    unreachable device put the errand back, any other FleetError is how it failed; a crash is tried again a few times.
    """

    kind: str
    run: Callable[[Visit], Awaitable[Ending]]
