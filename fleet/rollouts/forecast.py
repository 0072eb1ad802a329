"""Foresee how long a rollout takes, wave by wave: what it would decide is asked of what will decide. Pure.

Steps take as long as the pace says, everything goes well, and who is out of reach is not waited for.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from fleet.identity import DeviceId
from fleet.rollouts.deciding import Rollout
from fleet.rollouts.foreseen import Forecast, Stretch
from fleet.rollouts.pace import Pace, booted
from fleet.rollouts.plan import Plan
from fleet.rollouts.states import Result, RolloutState, Stage, Step, Verdict
from fleet.rollouts.turn import AWAY, Turn
from fleet.rollouts.unit import Told, Unit, ask, end

GRAINS: Final = ((200, timedelta(seconds=5)), (1000, timedelta(seconds=10)))
COARSE: Final = timedelta(seconds=20)
"""What spans are rounded to, so that devices end together: the more there are of them, the coarser."""

TURNS: Final = 500
"""After so many turns a wave is taken to go on at the rate of its later half: it is long, and much the same."""


def of_plan(plan: Plan, pace: Pace, now: datetime) -> Forecast:
    """Foresee how long a plan takes that is started ``now``, or when it says."""
    rollout = Rollout(RolloutState.RUNNING, plan.terms, plan.ground, plan.proving)
    return foresee(rollout, [one.unit() for one in plan.members], pace, now)


def foresee(
    rollout: Rollout, units: Sequence[Unit], pace: Pace, now: datetime, began: datetime | None = None
) -> Forecast:
    """Foresee when a rollout ends whose devices stand so ``now``; it ``began`` then, or begins."""
    terms, waves = rollout.terms, _waves(units)
    begins = began or max(now, terms.starts_at or now)
    grain = next((grain for most, grain in GRAINS if len(units) <= most), COARSE)
    at, left, found = begins, 0, []
    for number, those in sorted(waves.items()):
        course = Course(rollout, those, pace, grain, max(at, now) if _open(those) else at)
        course.run()
        left += len(course.open)
        over = sum(one.stage.over for one in those)
        ended = None if course.open or left else course.ended(at)
        found.append(Stretch(number, len(those), over, at, ended))
        at = max(course.at, course.ended(at)) + _soak(rollout, those)
    return Forecast(now, begins, None if left else found[-1].ends_at if found else begins, left, tuple(found))


@dataclass(slots=True)
class Course:
    """One wave on its way: ``open`` are the devices that are not over, ``hands`` when owners are free again."""

    rollout: Rollout
    units: Sequence[Unit]
    pace: Pace
    grain: timedelta
    at: datetime
    open: dict[DeviceId, Unit] = field(default_factory=dict)
    hands: list[datetime] = field(default_factory=list)
    _ends: list[tuple[datetime, int, DeviceId]] = field(default_factory=list)
    _last: datetime | None = None
    _counted: count[int] = field(default_factory=count)

    def run(self) -> None:
        """Go on until all are over, or nothing more can be."""
        self.hands = [self.at] * self.pace.hands
        for one in sorted(_open(self.units), key=lambda unit: unit.place):
            self.open[one.device_id] = one if one.step else replace(one, reason=None, down=False)
            if one.step:
                self._begin(one, self.pace.left(one, self.at))
        begun, half = len(self.open), (self.at, 0)
        for turn in count(1):
            if not self.open or self.at >= self.rollout.terms.expires_at or not self._turn():
                return
            over = begun - len(self.open)
            if turn == TURNS // 2:
                half = self.at, over
            elif turn >= TURNS and over > half[1]:
                self._go_on((self.at - half[0]) / (over - half[1]))
                return

    def ended(self, begins: datetime) -> datetime:
        """Tell when the last of them was over."""
        known = [one.ended_at for one in self.units if one.ended_at is not None]
        return max([begins, *known, *([self._last] if self._last else [])])

    def _go_on(self, each: timedelta) -> None:
        """Let the others end one after the other, until the rollout's time is over."""
        most = int((self.rollout.terms.expires_at - self.at) / each)
        ended = list(self.open)[:most]
        self._last = self.at = self.at + each * len(ended)
        for one in ended:
            del self.open[one]

    def _turn(self) -> bool:
        """Ask what may be asked, and go on to when the next step ends; False where nothing comes."""
        turn = Turn(self.rollout.terms, self.rollout.ground, list(self.open.values()), self.at, proving=False)
        turn.count(self.rollout.watch)
        for device_id, step in turn.asks():
            self.open[device_id] = one = ask(self.open[device_id], step)
            self._begin(one, self.pace.lasts(one, step))
        opens = self.rollout.terms.opens(self.at)
        comes = [*(ends for ends, *_ in self._ends[:1]), *([opens] if opens > self.at else [])]
        if not comes:
            return False
        self.at = min(comes)
        while self._ends and self._ends[0][0] <= self.at:
            self._end(heapq.heappop(self._ends)[2])
        return True

    def _begin(self, one: Unit, takes: timedelta) -> None:
        rounded = max(self.grain, round(takes / self.grain) * self.grain)
        ends = max(self.at, self.hands[0]) + rounded
        heapq.heapreplace(self.hands, ends)
        heapq.heappush(self._ends, (ends, next(self._counted), one.device_id))

    def _end(self, device_id: DeviceId) -> None:
        one = self.open[device_id]
        step = one.step or Step.CLEAN
        boots = self.rollout.terms.boot and step is Step.INSTALL and booted(one.kind)
        now = end(one, step, Told(Result.DONE, verdict=Verdict.PASS, boot=boots), self.at)
        self.open[device_id] = now
        if now.stage.over:
            self._last = self.at
            del self.open[device_id]


def _waves(units: Iterable[Unit]) -> dict[int, list[Unit]]:
    found: dict[int, list[Unit]] = {}
    for one in units:
        found.setdefault(one.wave, []).append(one)
    return found


def _open(units: Iterable[Unit]) -> list[Unit]:
    """Tell the devices that are not over, and not out of reach."""
    away = (one for one in units if not one.stage.over)
    return [one for one in away if one.step or not (one.down and one.stage in (Stage.PENDING, *AWAY))]


def _soak(rollout: Rollout, units: Iterable[Unit]) -> timedelta:
    canaries = rollout.proving and any(one.canary for one in units)
    return rollout.terms.limits.canary_soak if canaries else rollout.terms.limits.soak
