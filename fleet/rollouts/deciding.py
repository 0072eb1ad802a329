"""Decide what comes next in a rollout: pure, and the same however often it is asked.

``advance`` is given where the rollout and each of its devices stand. It tells what is to be asked of which owner, who
is closed without one, and whether the rollout pauses or ends. Its caller stores that before anything is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fleet.identity import DeviceId
from fleet.rollouts.ground import Ground
from fleet.rollouts.pausing import Watch
from fleet.rollouts.states import AHEAD, ENDED, RolloutState, Stage, Step
from fleet.rollouts.terms import Terms
from fleet.rollouts.turn import Turn
from fleet.rollouts.unit import Unit

ABORTED: Final = "The rollout was aborted before it began with this device."
EXPIRED: Final = "The rollout's time ran out before this device's turn, or before it was in reach."
HALFWAY: Final = "It runs {version}, a version on its way: the rollout ended before it was at {target}."
UNBOOTED: Final = "It runs its version; its boot firmware was not written any more, for the rollout ended."


@dataclass(frozen=True, slots=True)
class Rollout:
    """A rollout as decisions need it; ``forgiven`` is until when failures do not pause it (any more)."""

    state: RolloutState
    terms: Terms
    ground: Ground
    proving: bool = True
    forgiven: datetime | None = None

    @property
    def watch(self) -> Watch:
        """What its devices are judged by."""
        return Watch(self.terms.limits, self.proving, self.forgiven)


@dataclass(frozen=True, slots=True)
class Ask:
    """A step is asked of a device's owner."""

    device_id: DeviceId
    step: Step


@dataclass(frozen=True, slots=True)
class Close:
    """A device's part in it is over without its owner, or it waits in a stage that is no end."""

    device_id: DeviceId
    stage: Stage
    reason: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """What is to be done now; ``state`` is the one into which the rollout goes, with why, None where it stays."""

    acts: tuple[Ask | Close, ...] = ()
    state: RolloutState | None = None
    why: str | None = None


def advance(rollout: Rollout, units: Sequence[Unit], now: datetime) -> Decisions:
    """Tell what comes next."""
    if rollout.state in ENDED or rollout.state in AHEAD:
        return Decisions()
    if rollout.state is RolloutState.ABORTING:
        return _closing(units, ABORTED, RolloutState.ABORTED)
    if now >= rollout.terms.expires_at:
        return _closing(units, EXPIRED, RolloutState.EXPIRED)
    if all(unit.stage.over for unit in units):
        return Decisions(state=RolloutState.DONE)
    if rollout.state is RolloutState.PAUSED:
        return Decisions()
    if why := rollout.watch.reason(units):
        return Decisions(state=RolloutState.PAUSED, why=why)
    begins = rollout.terms.starts_at
    if begins is not None and now < begins:
        return Decisions()
    turn = Turn(rollout.terms, rollout.ground, units, now, rollout.proving)
    turn.count(rollout.watch)
    return Decisions(tuple(Ask(device_id, step) for device_id, step in turn.asks()))


def _closing(units: Sequence[Unit], why: str, state: RolloutState) -> Decisions:
    """Begin nothing more, take files back, and end once nothing is under way."""
    acts = tuple(act for unit in units if not unit.stage.over and (act := _closed(unit, why)))
    over = all(unit.stage.over for unit in units)
    return Decisions(acts, state if over else None, why if over else None)


def _closed(unit: Unit, why: str) -> Ask | Close | None:
    if unit.step is not None:
        return None
    if unit.stage is Stage.ROUTERBOOT:
        return Close(unit.device_id, Stage.DONE, UNBOOTED)
    if unit.stage in (Stage.STAGED, Stage.STAGING):
        return Ask(unit.device_id, Step.CLEAN)
    if unit.way:
        runs, target = unit.hops[unit.hop - 1], unit.hops[-1]
        return Close(unit.device_id, Stage.FAILED, HALFWAY.format(version=runs, target=target))
    return Close(unit.device_id, Stage.SKIPPED, why)
