"""What a push stands on: the order, the way to the device, and what was seen of a step with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from fleet.changes import Seen
from fleet.clock import Clock
from fleet.errors import FleetError
from fleet.vantage import View
from routeros.backup.files import Fetch
from routeros.client import Client
from routeros.plan.operation import Operation
from routeros.plan.path import Path

PATIENCE: Final = timedelta(minutes=20)
"""So long a device is looked for before it counts as lost: more than a dead line takes with safe mode alone."""

GLANCE: Final = timedelta(seconds=2)
"""Between two looks at a device that is not seen, or in safe mode still."""

SETTLE: Final = timedelta(seconds=3)
"""A restore point that is being loaded shows itself within this time."""

RESTART: Final = timedelta(seconds=5)
EDGE: Final = timedelta(seconds=5)
VERIFYING: Final = timedelta(seconds=60)
"""So long a fresh connection is tried for where no timer says how long there is."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be pushed. ``key`` is the change's own, for marks.

    ``risky``: somebody said that an action may cut the path to the device. ``override`` is the name of the device as
    the person wrote it who takes the risk.
    """

    change_id: UUID
    operations: tuple[Operation, ...] = field(repr=False)
    key: bytes = field(repr=False)
    risky: bool = False
    override: str | None = None

    @property
    def mark(self) -> str:
        """The change in short, for names on the device."""
        return self.change_id.hex[:12]


class Ground(Protocol):
    """What a push stands on: a way to the device, the right to act, the time."""

    @property
    def clock(self) -> Clock: ...
    @property
    def fetch(self) -> Fetch | None: ...
    @property
    def path(self) -> Path: ...

    async def connect(self) -> Client: ...
    def may(self) -> bool: ...

    async def elsewhere(self, poller: str | None) -> View:
        """Tell whether the device is reached from another node, by a poller there or by any."""

    async def keep(self, before: bytes) -> None:
        """Keep what the touched menus hold, for whoever may have to bring it back; raises NotOurs, or Unavailable."""

    async def kept(self) -> bytes | None:
        """Tell what was kept, None where nothing is; raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen of a step, and what there is to note with it."""

    seen: Seen
    detail: Mapping[str, object] = field(default_factory=dict)


DONE: Final = Found(Seen.DONE)


def refused(error: FleetError) -> Found:
    """Tell of a step of which the device holds nothing."""
    return Found(Seen.REFUSED, {"error": str(error), "error_code": error.code})


def unknown(error: FleetError) -> Found:
    """Tell of a step of which nobody knows what the device did."""
    return Found(Seen.UNKNOWN, {"error": str(error), "error_code": error.code})


LATE: Final = {
    "error": "There was too little time left before the device's timer: it was left to revert.",
    "error_code": "too_late",
}
ABSENT: Final = {"error": "A fresh connection does not find what was to be there.", "error_code": "not_there"}
DEAF: Final = {"error": "The device's gateway answers it no longer.", "error_code": "gateway_lost"}
APART: Final = "A poller of another node, {poller}, cannot log in to the device any more: {why}"
UNSEEN: Final = {"error": "The device was not seen again in time.", "error_code": "lost"}

HELD: Final = {"error": "The device did not give safe mode to this session.", "error_code": "held"}
INTERRUPTED: Final = {
    "error": "Whoever pushed was lost in the middle; the device was looked at and left in order.",
    "error_code": "interrupted",
}
