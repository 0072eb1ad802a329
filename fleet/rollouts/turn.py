"""One look at a rollout that runs: which devices may begin what, within the limits, the order and the waves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from fleet.identity import DeviceId
from fleet.rollouts.ground import Ground
from fleet.rollouts.pausing import Watch
from fleet.rollouts.states import DISTURBED, Stage, Step
from fleet.rollouts.terms import Terms
from fleet.rollouts.unit import Unit

AGAIN: Final = timedelta(minutes=1)
"""How long a device that was out of reach is left alone."""

AWAY: Final = (Stage.WAITING, Stage.STAGING)
"""Where a device waits without a step until it is back: untouched, or with package files that may lie on it."""


@dataclass(slots=True)
class Turn:
    """What is under way; what is asked in a turn counts for what is asked after it.

    ``held`` are the devices with something open behind them, ``cut`` those behind one that is disturbed. ``trying``
    counts the devices of each kind that are under way, ``proven`` are the kinds of which one has been well.
    """

    terms: Terms
    ground: Ground
    units: Sequence[Unit]
    now: datetime
    proving: bool
    wave: int = 0
    held: set[DeviceId] = field(default_factory=set)
    cut: set[DeviceId] = field(default_factory=set)
    disturbed: set[DeviceId] = field(default_factory=set)
    twins: dict[DeviceId, set[DeviceId]] = field(default_factory=dict)
    uploads: Counter[str | None] = field(default_factory=Counter)
    restarts: Counter[tuple[bool, str | None]] = field(default_factory=Counter)
    trying: Counter[str] = field(default_factory=Counter)
    proven: set[str] = field(default_factory=set)

    def count(self, watch: Watch) -> None:
        """Count what is under way."""
        self.wave = wave(self.units, self.ground, watch, self.now)
        self.held = self.ground.upstream({unit.device_id for unit in self.units if not unit.stage.over})
        for pair in self.ground.apart:
            for one in pair:
                self.twins.setdefault(one, set()).update(pair - {one})
        for unit in self.units:
            if unit.step is Step.STAGE:
                self.uploads[unit.site] += 1
            if unit.begun:
                self.disturbed.add(unit.device_id)
                self.restarts[unit.parent, unit.site] += 1
        self.cut = self.ground.downstream(self.disturbed)
        for unit in self.units if self.proving else ():
            self.trying[unit.kind] += self._trying(unit)
            if watch.proves(unit, self.now):
                self.proven.add(unit.kind)

    def asks(self) -> Iterator[tuple[DeviceId, Step]]:
        """Yield what is asked now, in the order of the plan: first what goes on, then what begins."""
        idle: dict[Stage, list[Unit]] = {}
        for unit in sorted(self.units, key=lambda unit: unit.place):
            if unit.step is None:
                idle.setdefault(unit.stage, []).append(unit)
        if self.terms.open(self.now):
            yield from _asked(idle.get(Stage.ROUTERBOOT, ()), Step.BOOT, self._rested)
            yield from _asked(idle.get(Stage.STAGED, ()), Step.INSTALL, self._may_install)
        for stage in (Stage.PENDING, *AWAY):
            yield from _asked(idle.get(stage, ()), Step.STAGE, self._may_stage)

    def _rested(self, unit: Unit) -> bool:
        """Tell whether one that could not begin has been left alone for a while."""
        return unit.reason is None or unit.since is None or self.now >= unit.since + AGAIN

    def _may_stage(self, unit: Unit) -> bool:
        """Tell whether files may be brought to a device, and count it."""
        if unit.barred or (unit.stage in AWAY and (unit.down or not self._rested(unit))):
            return False
        if unit.wave > self.wave or unit.device_id in self.held or unit.device_id in self.cut:
            return False
        if self.uploads[unit.site] >= self.terms.limits.uploads:
            return False
        if self.proving and unit.kind not in self.proven and not unit.way:
            if self.trying[unit.kind]:
                return False
            self.trying[unit.kind] += 1
        self.uploads[unit.site] += 1
        return True

    def _may_install(self, unit: Unit) -> bool:
        """Tell whether a device may be restarted, and count it."""
        limits, one = self.terms.limits, unit.device_id
        most = limits.parents if unit.parent else limits.leaves
        if self.restarts[unit.parent, unit.site] >= most or len(self.disturbed) >= limits.most:
            return False
        if unit.barred or one in self.held or one in self.cut or self.twins.get(one, set()) & self.disturbed:
            return False
        self.disturbed.add(one)
        self.restarts[unit.parent, unit.site] += 1
        if self.ground.children[self.ground.ring[one]]:
            self.cut = self.ground.downstream(self.disturbed)
        return True

    def _trying(self, unit: Unit) -> bool:
        """Tell whether a device is under way so that it may prove its kind, or has just come to a good end.

        One that waits for what is behind it proves nothing meanwhile, and is in nobody's way.
        """
        if unit.stage is Stage.STAGED and unit.step is None:
            return unit.device_id not in self.held
        under_way = unit.stage in (*DISTURBED, Stage.DONE)
        return under_way or unit.step is not None or (unit.way and unit.stage is Stage.PENDING)


def _asked(idle: Iterable[Unit], step: Step, may: Callable[[Unit], bool]) -> Iterator[tuple[DeviceId, Step]]:
    return ((unit.device_id, step) for unit in idle if may(unit))


def wave(units: Sequence[Unit], ground: Ground, watch: Watch, now: datetime) -> int:
    """Tell the wave that may begin: before it none is open, and what ended has been well for as long as asked.

    A device that is out of reach holds no wave up, nor do those that wait for it.
    """
    waiting = {unit.device_id for unit in units if unit.stage in AWAY and unit.step is None}
    aside = waiting | ground.upstream(waiting)
    waves: dict[int, list[Unit]] = {}
    for unit in units:
        waves.setdefault(unit.wave, []).append(unit)
    for number in sorted(waves):
        if any(_open(unit, unit.device_id in aside) for unit in waves[number]) or now < (
            soaked(waves[number], watch) or now
        ):
            return number
    return max(waves, default=0)


def _open(unit: Unit, aside: bool) -> bool:
    """Tell whether a wave waits for a device."""
    left = aside and unit.step is None and unit.stage in (Stage.PENDING, *AWAY, Stage.STAGED)
    return not unit.stage.over and not left


def soaked(units: Sequence[Unit], watch: Watch) -> datetime | None:
    """Tell until when the devices of a wave that came through have to be well; None where none has to."""
    ended = [unit.ended_at for unit in units if unit.ended_at is not None and watch.soaks(unit)]
    if not ended:
        return None
    canaries = watch.proving and any(unit.canary for unit in units)
    return max(ended) + (watch.limits.canary_soak if canaries else watch.limits.soak)
