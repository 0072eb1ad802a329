"""A device that may take part in a rollout, as it was known when the plan was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fleet.device import State
from fleet.identity import DeviceId
from fleet.versions import known


class Return(StrEnum):
    """How a device can be taken back to what it ran: from its other partition, by a downgrade, or not at all."""

    PARTITION = "partition"
    DOWNGRADE = "downgrade"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a device.

    ``version`` is empty where it was never heard. ``parents`` is what it is reached over, as ``fleet.topology``
    tells; none where nothing is known of that. ``floor`` is the oldest version that may be installed, ``backup_at``
    when its whole configuration was seen last.
    """

    id: DeviceId
    name: str
    site: str | None
    model: str
    architecture: str
    version: str
    serial: str
    packages: frozenset[str] = frozenset()
    state: State = State.UP
    pushing: bool = False
    backup_at: datetime | None = None
    parents: frozenset[DeviceId] = frozenset()
    partitions: int = 1
    floor: str = ""

    @property
    def kind(self) -> str:
        """What devices have in common that are upgraded alike: model, architecture and version."""
        return f"{self.model} {self.architecture} {self.version}"


def way_back(candidate: Candidate, target: str) -> Return:
    """Tell how a device that is brought to ``target`` can be taken back.

    A way down within a major version keeps the configuration; between two it does not.
    """
    if candidate.partitions > 1:
        return Return.PARTITION
    begun, wanted, floor = (known(text) for text in (candidate.version, target, candidate.floor))
    if begun is None or wanted is None or begun.major != wanted.major or (floor is not None and begun < floor):
        return Return.NONE
    return Return.DOWNGRADE
