"""A device under way in a rollout: where it stands, and what follows from how a step ended. Pure.

pending → staging → staged → installing → rebooting → verifying ─┬→ (routerboot → rebooting → verifying) → done
   ↘ waiting ↗                                                   └→ pending, for the next version on its way
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from fleet.identity import DeviceId
from fleet.rollouts.states import DISTURBED, Result, Stage, Step, Verdict

BEGINS: Final = {Step.STAGE: Stage.STAGING, Step.INSTALL: Stage.INSTALLING, Step.BOOT: Stage.ROUTERBOOT}
"""The stage in which a device is as soon as its owner has begun a step."""

_RESTARTS: Final = frozenset({Step.INSTALL, Step.BOOT})
_RESTARTED: Final = frozenset({Stage.REBOOTING, Stage.VERIFYING})
_FILES: Final = frozenset({Stage.STAGING, Stage.STAGED, Stage.INSTALLING})
"""Where package files may lie on a device that runs as before."""

"""Where a device was told to restart: nobody tells it again, whatever is said of it then."""

CLEANED: Final = "The rollout ended before this version was installed; its package files were taken away again."
LEFT: Final = "It was not reached to take the package files away: its next restart may install them."


@dataclass(frozen=True, slots=True)
class Unit:
    """A device in a rollout.

    ``step`` is what its owner was asked to do and has not ended. ``hop`` counts the versions on its way that it has
    behind it. ``since`` is when it came to its stage, ``attempt`` counts how often somebody let it begin anew.
    ``down``: it is known not to answer just now, whatever the rollout does with it. ``barred``: something else goes
    on with it, so nothing is begun just now.
    """

    device_id: DeviceId
    wave: int
    place: int
    kind: str
    site: str | None
    hops: tuple[str, ...]
    canary: bool = False
    parent: bool = False
    stage: Stage = Stage.PENDING
    step: Step | None = None
    hop: int = 0
    since: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    verdict: Verdict | None = None
    attempt: int = 1
    down: bool = False
    barred: bool = False

    @property
    def target(self) -> str:
        """The version that it is brought to next."""
        return self.hops[min(self.hop, len(self.hops) - 1)]

    @property
    def way(self) -> bool:
        """Whether it stands between two versions: it has left the first and is not at the last."""
        return 0 < self.hop < len(self.hops)

    @property
    def touched(self) -> bool:
        """Whether anything of it may be other than before: what refuses it then is a failure."""
        return self.hop > 0 or self.stage in (*_RESTARTED, Stage.ROUTERBOOT)

    @property
    def begun(self) -> bool:
        """Whether it is cut off, or may be in a moment."""
        return self.stage in DISTURBED or self.step in _RESTARTS


@dataclass(frozen=True, slots=True)
class Told:
    """How a step ended: ``boot`` says that the boot firmware is older than the version that runs now.

    ``gates`` are the verdicts of the gates by their names, where the device was held against what it was before.
    """

    result: Result
    reason: str | None = None
    verdict: Verdict | None = None
    boot: bool = False
    gates: Mapping[str, str] = field(default_factory=dict, compare=False)


def ask(unit: Unit, step: Step) -> Unit:
    """Have a step asked of the owner; why it could not begin before is over."""
    return replace(unit, step=step, reason=None)


def begin(unit: Unit, step: Step, at: datetime) -> Unit:
    """Have a step begun by the owner."""
    return enter(unit, BEGINS.get(step, unit.stage), at)


def enter(unit: Unit, stage: Stage, at: datetime) -> Unit:
    """Bring it to a stage; in the one where it is already it stays since then."""
    return unit if unit.stage is stage else replace(unit, stage=stage, since=at)


def close(unit: Unit, stage: Stage, reason: str | None, at: datetime) -> Unit:
    """End it, without its owner or after, or let it wait in a stage that is no end."""
    ended = at if stage.over else None
    return replace(unit, stage=stage, step=None, since=at, ended_at=ended, reason=reason)


def end(unit: Unit, step: Step, told: Told, at: datetime) -> Unit:
    """Tell where a device stands after a step."""
    free = replace(unit, step=None, reason=told.reason)
    match told.result:
        case Result.LOST:
            return close(free, Stage.LOST, told.reason, at)
        case Result.FAILED:
            return replace(close(free, Stage.FAILED, told.reason, at), verdict=told.verdict)
        case Result.REFUSED:
            return close(free, Stage.FAILED if unit.touched else Stage.SKIPPED, told.reason, at)
        case Result.AWAY if unit.stage in _RESTARTED:
            return close(free, Stage.LOST, told.reason, at)
        case Result.AWAY:
            return _away(free, step, at)
        case _:
            return _done(free, step, told, at)


def _away(free: Unit, step: Step, at: datetime) -> Unit:
    """Nothing was done: bring the files anew once it is back, or try the boot firmware again."""
    if step is Step.CLEAN:
        return close(free, _unfinished(free), LEFT, at)
    return replace(free, stage=Stage.ROUTERBOOT if step is Step.BOOT else _idle(free), since=at)


def _idle(unit: Unit) -> Stage:
    """Tell where one waits that is out of reach: untouched, or with package files that may lie on it."""
    return Stage.STAGING if unit.stage in _FILES else Stage.WAITING


def _unfinished(unit: Unit) -> Stage:
    """Tell how one ends that goes no further: between two versions it is not as it was."""
    return Stage.FAILED if unit.hop else Stage.SKIPPED


def _done(free: Unit, step: Step, told: Told, at: datetime) -> Unit:
    if step is Step.CLEAN:
        return close(free, _unfinished(free), CLEANED, at)
    if step is Step.STAGE:
        return enter(free, Stage.STAGED, at)
    seen = replace(free, verdict=told.verdict)
    if step is Step.INSTALL:
        seen = replace(seen, hop=free.hop + 1)
        if seen.way:
            return enter(seen, Stage.PENDING, at)
        if told.boot:
            return replace(seen, stage=Stage.ROUTERBOOT, since=at)
    return close(seen, Stage.DONE, told.reason, at)


def orphan(unit: Unit, reason: str, at: datetime) -> Unit:
    """Tell where a device stands whose errand ended without a word of how the step ended."""
    if unit.stage.disturbed and unit.stage is not Stage.INSTALLING:
        return close(unit, Stage.LOST, f"What became of it is not known: {reason}", at)
    if unit.step is Step.CLEAN:
        return close(unit, _unfinished(unit), LEFT, at)
    return replace(unit, stage=_idle(unit), step=None, since=at, reason=reason)


def again(unit: Unit, at: datetime) -> Unit:
    """Let one that did not end well begin anew, from what it runs then: its first look tells."""
    fresh = replace(unit, stage=Stage.PENDING, step=None, since=at, ended_at=None, reason=None, verdict=None)
    return replace(fresh, attempt=unit.attempt + 1)
