"""How far a rollout is: counted by wave, with the time for which a wave has to stay well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fleet.rollouts import Limits, Stage, Unit, Verdict
from fleet.rollouts.course import course
from fleet.rollouts.pausing import Watch
from tests.fleet.rollouts.world import NOON, candidate, planned

PLAN = planned(*(candidate(number) for number in range(5)))
UNITS = [
    Unit(m.device_id, m.wave, m.place, m.kind, m.site, m.hops, canary=m.canary, parent=m.parent) for m in PLAN.members
]
SOAK = Limits().canary_soak
WATCH = Watch(Limits())


def ended(unit: Unit, stage: Stage = Stage.DONE, verdict: Verdict = Verdict.PASS) -> Unit:
    return replace(unit, stage=stage, ended_at=NOON, verdict=verdict)


def test_a_wave_that_came_through_has_to_stay_well_before_the_next_has_its_turn() -> None:
    units = [ended(UNITS[0]), *UNITS[1:]]
    soaking = course(PLAN.members, units, WATCH, NOON + SOAK - timedelta(seconds=1))
    first = soaking.waves[0]
    assert (first.size, first.over, first.canary, first.well_until) == (1, 1, True, NOON + SOAK)
    assert soaking.current == 0
    assert course(PLAN.members, units, WATCH, NOON + SOAK).current == 1


def test_what_ended_badly_or_cannot_be_told_is_counted_in_its_wave() -> None:
    last = max(unit.wave for unit in UNITS)
    of_last = [unit for unit in UNITS if unit.wave == last]
    others = [ended(unit) for unit in UNITS if unit.wave != last]
    units = [
        *others,
        ended(of_last[0], Stage.LOST, Verdict.FAIL),
        ended(of_last[1], verdict=Verdict.INCONCLUSIVE),
        *of_last[2:],
    ]
    found = course(PLAN.members, units, WATCH, NOON)
    assert len(found.waves) == last + 1
    told = found.waves[-1]
    assert (told.size, told.over, told.bad, told.unclear, told.skipped) == (len(of_last), 2, 1, 1, 0)
