"""The forecast: what a rollout takes that goes well, whatever its limits, waves and windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from random import Random

import pytest

from fleet.rollouts import Limits, Plan, Stage, Step, Window
from fleet.rollouts.forecast import foresee, of_plan
from fleet.rollouts.foreseen import Forecast
from fleet.rollouts.pace import USUAL, Pace, booted, model
from fleet.strategies import canary, everything, rolling
from fleet.strategy import Strategy
from tests.fleet.rollouts.world import NOON, QUICK, TICK, World, candidate, device, planned, terms

MINUTE = timedelta(minutes=1)
LIKE_THE_WORLD = Pace({("", Step.STAGE): 2 * TICK, ("", Step.INSTALL): 4 * TICK}, gap=timedelta(0))
"""What steps take of the owners of that world."""


def fleet(dice: Random, count: int, strategy: Strategy) -> Plan:
    """Plan for devices of which some are reached over others."""
    made = []
    for number in range(count):
        over = (dice.randrange(number),) if number and dice.random() < 0.5 else ()
        facts = {"site": f"s{dice.randrange(3)}", "model": dice.choice(["hAP", "CCR"])}
        made.append(candidate(number, over=over, **facts))
    limits = replace(QUICK, leaves=dice.randint(1, 4), uploads=dice.randint(1, 6), most=dice.randint(4, 40))
    return planned(*made, strategy=strategy, of=terms(limits=limits, batch=8, boot=False))


@pytest.mark.parametrize("strategy", [canary.strategy, rolling.strategy, everything.strategy])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_what_the_rollout_takes(strategy: Strategy, seed: int) -> None:
    plan = fleet(Random(seed), 40, strategy)
    told = of_plan(plan, LIKE_THE_WORLD, NOON)
    took = World(plan).run().now - NOON
    assert told.takes is not None
    assert abs(told.takes - took) <= max(0.1 * took, 2 * TICK)
    assert [one.devices for one in told.waves] == list(plan.waves)
    assert Forecast.read(told.document()) == told


@pytest.mark.parametrize("turns", [3, 20, 60])
def test_on_its_way_it_tells_the_same_end(turns: int) -> None:
    plan = fleet(Random(5), 40, canary.strategy)
    world, end = World(plan), World(plan).run().now
    for _ in range(turns):
        world.decide()
        world.work()
        world.now += TICK
    told = foresee(world.rollout, list(world.units.values()), LIKE_THE_WORLD, world.now, NOON)
    assert told.ends_at is not None
    assert abs(told.ends_at - end) <= max(0.1 * (end - NOON), 3 * TICK)
    assert sum(one.over for one in told.waves) == sum(one.stage.over for one in world.units.values())


def test_a_wave_begins_when_the_one_before_was_well_for_as_long_as_asked() -> None:
    limits = Limits(canary_soak=timedelta(minutes=15), soak=timedelta(minutes=5))
    plan = planned(*(candidate(number) for number in range(30)), of=terms(limits=limits, boot=False))
    first, second, third, *_ = of_plan(plan, LIKE_THE_WORLD, NOON).waves
    assert first.ends_at == NOON + 6 * TICK
    assert second.begins_at == first.ends_at + timedelta(minutes=15)
    assert second.ends_at is not None
    assert third.begins_at == second.ends_at + timedelta(minutes=5)


def test_restarts_wait_for_their_window_and_files_do_not() -> None:
    window = Window(time(22), time(4))
    plan = planned(candidate(0), of=terms(windows=(window,), boot=False))
    assert of_plan(plan, LIKE_THE_WORLD, NOON).ends_at == NOON.replace(hour=22) + 4 * TICK


def test_what_its_time_does_not_suffice_for_is_told() -> None:
    limits = replace(QUICK, leaves=1)
    short = terms(limits=limits, expires_at=NOON + timedelta(minutes=20), boot=False)
    plan = planned(*(candidate(number, site="one") for number in range(30)), of=short)
    told = of_plan(plan, LIKE_THE_WORLD, NOON)
    assert (told.ends_at, told.takes) == (None, None)
    assert 20 < told.left < 30
    assert told.waves[-1].ends_at is None
    assert sum(one.devices for one in told.waves) == 30


def test_it_begins_when_the_plan_says() -> None:
    later = NOON + timedelta(hours=3)
    plan = planned(candidate(0), of=terms(starts_at=later, boot=False))
    assert of_plan(plan, LIKE_THE_WORLD, NOON).ends_at == later + 6 * TICK


def test_one_that_is_out_of_reach_is_not_waited_for() -> None:
    world = World(planned(candidate(0), candidate(1), of=terms(boot=False), strategy=everything.strategy))
    world.change(0, stage=Stage.WAITING, down=True, reason="gone")
    told = foresee(world.rollout, list(world.units.values()), LIKE_THE_WORLD, NOON)
    assert told.ends_at == NOON + 6 * TICK


def test_a_hop_and_the_boot_firmware_take_their_time() -> None:
    one = candidate(0)
    hops = planned(one, of=terms(), over=lambda _: ("7.12.1", "7.24.4"))
    told = of_plan(hops, Pace(gap=timedelta(0)), NOON)
    assert told.takes == 2 * (USUAL[Step.STAGE] + USUAL[Step.INSTALL]) + USUAL[Step.BOOT]


def test_owners_go_on_with_so_many_at_a_time() -> None:
    plan = planned(
        *(candidate(number, site=None) for number in range(20)),
        strategy=everything.strategy,
        of=terms(boot=False, limits=replace(QUICK, uploads=20, leaves=20)),
    )
    assert of_plan(plan, LIKE_THE_WORLD, NOON).takes == 6 * TICK
    assert of_plan(plan, replace(LIKE_THE_WORLD, hands=10), NOON).takes == 12 * TICK


def test_models_take_what_they_were_seen_to_take() -> None:
    slow = timedelta(minutes=9)
    pace = Pace({("hAP ax", Step.INSTALL): slow, ("", Step.INSTALL): MINUTE}, gap=timedelta(0))
    assert pace.takes("hAP ax arm64 7.16", Step.INSTALL) == slow
    assert pace.takes("CCR tile 7.16", Step.INSTALL) == MINUTE
    assert pace.takes("CCR tile 7.16", Step.STAGE) == USUAL[Step.STAGE]
    assert model("hAP ax arm64 7.16") == "hAP ax"
    assert (booted("CHR x86_64 7.16"), booted("hAP ax arm64 7.16")) == (False, True)


def test_a_step_under_way_takes_what_is_left_of_it() -> None:
    world = World(planned(candidate(0)))
    one = replace(world.units[device(0)], step=Step.INSTALL, stage=Stage.INSTALLING, since=NOON)
    pace = Pace(gap=timedelta(0))
    assert pace.left(one, NOON) == USUAL[Step.INSTALL]
    assert pace.left(one, NOON + MINUTE) == USUAL[Step.INSTALL] - MINUTE
    assert pace.left(one, NOON + timedelta(hours=1)) == timedelta(0)


def test_a_wave_waits_for_its_slowest_device_and_a_long_one_takes_the_mean() -> None:
    even = replace(LIKE_THE_WORLD, spread={("", Step.INSTALL): MINUTE})
    made = planned(*(candidate(n) for n in range(30)), strategy=everything.strategy, of=terms(boot=False))
    units = [one.unit() for one in made.members]
    lasting = [even.lasts(one, Step.INSTALL) for one in units]
    assert abs(sum(lasting, timedelta()) / len(units) - even.takes("hAP arm64 7.16", Step.INSTALL)) < 0.1 * MINUTE
    assert max(lasting) > 3.5 * MINUTE
    assert [even.lasts(one, Step.STAGE) for one in units] == [MINUTE] * 30
    for limits, least, most in ((Limits(30, 1, 30), 1.2, 1.9), (Limits(1, 1, 30), 0.95, 1.1)):
        plan = replace(made, terms=replace(made.terms, limits=replace(limits, soak=timedelta(0))))
        whole, mean = (of_plan(plan, pace, NOON).takes for pace in (even, LIKE_THE_WORLD))
        assert whole is not None
        assert mean is not None
        assert least < whole / mean < most
