"""Forecasts of rollouts over devices of which some are slower than others, whose job and owners look now and then."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from random import Random
from statistics import mean, pstdev

import pytest

from fleet.identity import DeviceId
from fleet.rollouts import Ask, Limits, Plan, Result, Rollout, RolloutState, Step, Told, Verdict, advance, unit
from fleet.rollouts.forecast import of_plan
from fleet.rollouts.pace import Pace
from fleet.strategies import canary, everything
from fleet.strategy import Strategy
from tests.fleet.rollouts.world import NOON, candidate, planned, terms

JOB, OWNER = 10.0, 40.0
"""Seconds between two looks of the job and of the owner, as on a clock that is twenty times as fast as the wall's."""

LIMITS = Limits(leaves=10, uploads=10, most=60)


@dataclass
class Uneven:
    """A rollout whose devices restart in their own time.

    ``spans`` are what steps took, ``waits`` what went before.
    """

    plan: Plan
    dice: Random
    spans: defaultdict[Step, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: list[float] = field(default_factory=list)
    ends: list[tuple[datetime, int, DeviceId, Step]] = field(default_factory=list)
    asked: list[tuple[datetime, Ask]] = field(default_factory=list)
    numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.units = {one.device_id: one.unit() for one in self.plan.members}
        self.restart = {one: self.dice.uniform(45, 110) for one in self.units}
        self.rollout = Rollout(RolloutState.RUNNING, self.plan.terms, self.plan.ground, self.plan.proving)

    def run(self) -> timedelta:
        """Go through it; tells how long it took."""
        job, owner = NOON, NOON + timedelta(seconds=OWNER / 3)
        while True:
            now = min([job, owner, *(one[0] for one in self.ends[:1])])
            self._end(now)
            if now >= owner:
                owner += timedelta(seconds=OWNER)
                self._begin(now)
            if now >= job:
                job += timedelta(seconds=JOB)
                if self._decided(now):
                    return now - NOON

    def _end(self, now: datetime) -> None:
        while self.ends and self.ends[0][0] <= now:
            _, _, one, step = heapq.heappop(self.ends)
            told = Told(Result.DONE, verdict=Verdict.PASS, boot=step is Step.INSTALL)
            self.units[one] = unit.end(self.units[one], step, told, now)

    def _begin(self, now: datetime) -> None:
        for at, ask in self.asked:
            one, step = ask.device_id, ask.step
            self.waits.append((now - at).total_seconds() + JOB / 2)
            self.units[one] = unit.begin(self.units[one], step, now)
            ends = now + timedelta(seconds=self._took(step, self.restart[one]))
            heapq.heappush(self.ends, (ends, next(self.numbers), one, step))
        self.asked.clear()

    def _decided(self, now: datetime) -> bool:
        """Let the job decide; tells whether it is over."""
        found = advance(self.rollout, list(self.units.values()), now)
        for act in found.acts:
            assert isinstance(act, Ask)
            self.units[act.device_id] = unit.ask(self.units[act.device_id], act.step)
            self.asked.append((now, act))
        return found.state is RolloutState.DONE

    def pace(self) -> Pace:
        """Tell what was seen."""
        seen = {("", step): timedelta(seconds=mean(told)) for step, told in self.spans.items()}
        spread = {("", step): timedelta(seconds=pstdev(told)) for step, told in self.spans.items()}
        return Pace(seen, timedelta(seconds=mean(self.waits)), spread=spread)

    def _took(self, step: Step, restart: float) -> float:
        usual = {Step.STAGE: 0.0, Step.INSTALL: 1.6 * restart + 45, Step.BOOT: restart + 45}
        took = usual[step] + self.dice.uniform(10, 40)
        self.spans[step].append(took)
        return took


def plan(devices: int, strategy: Strategy) -> Plan:
    ones = [candidate(n, site=f"s{n // 8}", model=("ax2", "ax3", "ccr")[n % 3]) for n in range(devices)]
    return planned(*ones, strategy=strategy, of=replace(terms(limits=LIMITS), expires_at=NOON + timedelta(days=30)))


@pytest.mark.parametrize(
    ("devices", "strategy"), [(12, everything.strategy), (40, everything.strategy), (120, canary.strategy)]
)
def test_a_forecast_that_has_seen_others_is_what_the_rollout_takes(devices: int, strategy: Strategy) -> None:
    others = Uneven(plan(40, canary.strategy), Random(1))
    others.run()
    made = plan(devices, strategy)
    told, took = of_plan(made, others.pace(), NOON).takes, Uneven(made, Random(2)).run()
    assert told is not None
    assert 0.9 < took / told < 1.1
    even = of_plan(made, replace(others.pace(), spread={}), NOON).takes
    assert even is not None
    assert abs(took - told) < abs(took - even)
