"""A device that may take part in a rollout, as it was known when the plan was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from fleet.device import State
from fleet.identity import DeviceId
from fleet.versions import APART, Version, known

SMALL: Final = 17_000_000
"""Boards with 16 MB of flash tell up to so many bytes."""

DRIVER: Final = "Its radios need the package wireless from 7.13 on: it is brought, too."
TIGHT: Final = "It has 16 MB of flash: RouterOS from 7.13 on may not fit, and then it stays on what it runs."


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
    when its whole configuration was seen last. ``flash`` is its disk in bytes, 0 where that is not known; ``driver``:
    its radios need the older wireless driver, which left the main package at 7.13.
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
    flash: int = 0
    driver: bool = False

    @property
    def kind(self) -> str:
        """What devices have in common that are upgraded alike: model, architecture and version."""
        return f"{self.model} {self.architecture} {self.version}"


def crosses(candidate: Candidate, step: Version) -> bool:
    """Tell whether a device needs the package ``wireless`` at a version, which it has no need of now."""
    runs = known(candidate.version)
    return candidate.driver and runs is not None and runs < APART <= step


def notes(candidate: Candidate, hops: Sequence[str]) -> tuple[str, ...]:
    """Tell what a person should know of a device before a plan is approved."""
    steps = [step for hop in hops if (step := known(hop)) is not None]
    told = []
    if any(crosses(candidate, step) for step in steps):
        told.append(DRIVER)
    if 0 < candidate.flash <= SMALL and any(step >= APART for step in steps):
        told.append(TIGHT)
    return tuple(told)


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
