"""How long the steps of a rollout take of a device: as usual, or as devices of its model were seen to take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from fleet.firmware import architecture
from fleet.rollouts.states import Stage, Step
from fleet.rollouts.unit import Unit

USUAL: Final[Mapping[Step, timedelta]] = {
    Step.STAGE: timedelta(minutes=2),
    Step.INSTALL: timedelta(minutes=4),
    Step.BOOT: timedelta(minutes=3),
    Step.CLEAN: timedelta(seconds=10),
}
"""What is taken for true as long as nothing was seen: 15 MB at 1 Mbit/s; a restart, and a while to be well."""

HANDS: Final = 64
"""How many devices an owner goes on with at a time."""

GOLDEN: Final = 0.6180339887498949
"""Multiples of it lie evenly between whole numbers, however many they are."""

EVEN: Final = 1.7320508075688772
"""An even spread reaches so many standard deviations to either side of its mean."""

QUICKEST: Final = 0.2
"""No device is quicker than so much of the mean."""

AHEAD: Final[Mapping[Stage, float]] = {
    Stage.STAGING: 1.0,
    Stage.INSTALLING: 1.0,
    Stage.ROUTERBOOT: 1.0,
    Stage.REBOOTING: 0.9,
    Stage.VERIFYING: 0.4,
}
"""Which part of its step a device has ahead of it when it comes to a stage."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long steps take. ``seen`` is by model and step, that of the model "" counts for models that were not seen.

    ``gap`` passes until an owner begins with what it was asked, ``hands`` are the devices that owners go on with at
    a time. ``spread`` is the standard deviation of what was seen: a wave waits for its slowest device.
    """

    seen: Mapping[tuple[str, Step], timedelta] = field(default_factory=dict)
    gap: timedelta = timedelta(seconds=2)
    hands: int = HANDS
    spread: Mapping[tuple[str, Step], timedelta] = field(default_factory=dict)

    def takes(self, kind: str, step: Step) -> timedelta:
        """Tell how long a step takes of a device of a kind in the mean."""
        key = self._key(kind, step)
        return self.gap + (USUAL[step] if key is None else self.seen[key])

    def lasts(self, unit: Unit, step: Step) -> timedelta:
        """Tell how long a step is taken to last of a device: devices are evenly as quick and as slow as was seen."""
        mean, key = self.takes(unit.kind, step), self._key(unit.kind, step)
        if key is None or key not in self.spread:
            return mean
        aside = 2 * (unit.place * GOLDEN % 1.0) - 1
        return max(mean + EVEN * aside * self.spread[key], mean * QUICKEST)

    def _key(self, kind: str, step: Step) -> tuple[str, Step] | None:
        return next((key for key in ((model(kind), step), ("", step)) if key in self.seen), None)

    def left(self, unit: Unit, now: datetime) -> timedelta:
        """Tell how long the step still takes that was asked of a device."""
        step = unit.step or Step.CLEAN
        ahead = self.lasts(unit, step) * AHEAD.get(unit.stage, 1.0)
        gone = now - unit.since if unit.stage in AHEAD and unit.since else timedelta(0)
        return max(ahead - gone, timedelta(0))


def model(kind: str) -> str:
    """Tell the model of a kind, which is followed by architecture and version."""
    return kind.rsplit(" ", 2)[0]


def booted(kind: str) -> bool:
    """Tell whether devices of a kind have boot firmware of their own: those of x86 have none."""
    return architecture(kind.rsplit(" ", 2)[-2]) != "x86" if kind.count(" ") > 1 else True
