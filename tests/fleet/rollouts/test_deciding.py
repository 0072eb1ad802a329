"""Decisions of a rollout: the rules hold whatever happens, it pauses when something is wrong, and it always ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.rollouts import Ask, Limits, Result, RolloutState, Stage, Step, Told, Unit, Verdict, Window, advance, unit
from fleet.rollouts.states import ENDED
from fleet.strategies import canary, everything, rolling, sites
from tests.fleet.rollouts.world import NOON, QUICK, TICK, World, candidate, device, planned, terms, well

STRATEGIES = (canary.strategy, rolling.strategy, sites.strategy, everything.strategy)
HOUR = timedelta(hours=1)


def tree(count: int, dice: Random, of: str = "", strategy: int = 0) -> World:
    """A fleet in which each device hangs on some of those before it, with a pair and now and then a ring."""
    found = [
        candidate(
            number,
            over=[one for one in range(max(0, number - 8), number) if dice.random() < 0.2],
            model=dice.choice(["hAP", "CCR", "CRS"]),
            version=dice.choice(["7.16", "7.18"]),
        )
        for number in range(count)
    ]
    if dice.random() < 0.5 and count > 3:
        found[0] = candidate(0, over=[count - 1])
    hops = ("7.20", "7.24.4") if of == "hops" else ("7.24.4",)
    plan = planned(
        *found,
        strategy=STRATEGIES[strategy],
        of=terms(limits=QUICK, batch=4, expires_at=NOON + 3 * HOUR),
        pairs=(frozenset({device(1), device(2)}),),
        over=lambda _: hops,
    )
    return World(plan, dice=dice)


def fateful(dice: Random, trouble: float):
    """Let a share of the steps end badly, of each kind of bad end some."""

    def fate(_: Unit, step: Step) -> Told:
        boot = step is Step.INSTALL and dice.random() < 0.3
        if dice.random() >= trouble:
            return Told(Result.DONE, verdict=dice.choice([Verdict.PASS] * 9 + [Verdict.INCONCLUSIVE]), boot=boot)
        return Told(dice.choice([Result.AWAY, Result.REFUSED, Result.FAILED, Result.LOST]), "so it fell")

    return fate


@settings(max_examples=60)
@given(st.integers(1, 16), st.integers(0, 2**32), st.sampled_from([0.0, 0.1, 0.5]), st.integers(0, 3))
def test_the_rules_hold_whatever_happens_and_it_always_ends(
    count: int, seed: int, trouble: float, strategy: int
) -> None:
    dice = Random(seed)
    world = tree(count, dice, dice.choice(["", "hops"]), strategy)
    world.fate = fateful(dice, trouble)
    for _ in range(400):
        world.run(chance=0.7)
        if world.state in ENDED:
            break
        person = dice.random()
        if person < 0.2:
            world.state = RolloutState.ABORTING
        elif person < 0.4:
            bad = [one for one in world.units.values() if one.stage in (Stage.FAILED, Stage.LOST)]
            for one in bad:
                world.units[one.device_id] = unit.again(one, world.now)
            world.resume()
        else:
            world.resume()
    assert world.state in ENDED
    assert all(one.stage.over for one in world.units.values())
    assert all(one.reason for one in world.units.values() if one.stage is not Stage.DONE)


@settings(max_examples=30)
@given(st.integers(1, 16), st.integers(0, 2**32), st.integers(0, 3))
def test_where_all_goes_well_all_are_done_once(count: int, seed: int, strategy: int) -> None:
    world = tree(count, Random(seed), strategy=strategy).run(chance=0.7)
    assert world.state is RolloutState.DONE
    assert world.stages() == {Stage.DONE: count}
    assert len(world.restarts) == count


def star(leaves: int = 8, **more: object) -> World:
    """A parent, device 0, and leaves of one kind behind it."""
    ones = [candidate(0, model="CCR"), *(candidate(n, over=[0]) for n in range(1, leaves + 1))]
    return World(planned(*ones, of=terms(limits=QUICK, **more)))


def test_a_canary_that_fails_stops_it_and_the_others_are_untouched() -> None:
    world = star()
    world.fate = lambda one, step: Told(Result.FAILED, "It came back on 7.16.") if one.canary else well(one, step)
    world.run()
    assert world.state is RolloutState.PAUSED
    assert world.why is not None
    assert world.stages() == {Stage.FAILED: 1, Stage.PENDING: 8}
    # The person who looks at it lets it go on: the next of its kind is alone again.
    world.fate = well
    world.resume().decide()
    assert [one.canary for one in world.units.values() if one.step] == [False]


def test_others_wait_until_the_canary_has_been_well_for_a_while() -> None:
    world = star()
    while world.stages()[Stage.DONE] == 0:
        world.decide()
        world.work()
    world.decide()
    assert not [one for one in world.units.values() if one.step]
    world.now += QUICK.canary_soak
    world.decide()
    assert [one.step for one in world.units.values() if one.step] == [Step.STAGE]


def test_a_canary_that_goes_away_in_its_soak_stops_it() -> None:
    world = star()
    while world.stages()[Stage.DONE] == 0:
        world.decide()
        world.work()
    (first,) = [one for one in world.units.values() if one.stage is Stage.DONE]
    world.units[first.device_id] = replace(first, down=True)
    world.decide()
    assert world.state is RolloutState.PAUSED


def test_the_canary_that_does_not_fit_gives_its_place_to_the_next() -> None:
    world = star()
    refused = Told(Result.REFUSED, "Another device answers.")
    world.fate = lambda one, step: refused if one.canary and not one.parent else well(one, step)
    world.run()
    assert world.state is RolloutState.DONE
    assert world.stages() == {Stage.SKIPPED: 1, Stage.DONE: 8}


def test_a_share_of_failures_stops_it_from_the_second_on() -> None:
    plan = planned(*(candidate(n) for n in range(90)), strategy=rolling.strategy, of=terms(limits=QUICK, batch=30))
    world = World(plan)
    bad = {device(50), device(51)}
    world.fate = lambda one, step: Told(Result.FAILED, "no") if one.device_id in bad else well(one, step)
    world.run()
    assert world.state is RolloutState.PAUSED
    assert world.stages()[Stage.FAILED] == 2
    assert "2 of" in str(world.why)


def test_a_parent_that_does_not_come_back_stops_it_at_once() -> None:
    ones = [candidate(n, model="CCR", site="s") for n in range(3)]
    ones += [candidate(n, over=[n - 3], site="s") for n in range(3, 6)]
    world = World(planned(*ones, of=terms(limits=QUICK)))
    lost = Told(Result.LOST, "It was not seen again.")
    world.fate = lambda one, step: lost if one.parent and not one.canary and step is Step.INSTALL else well(one, step)
    world.run()
    assert (world.state, world.stages()[Stage.LOST]) == (RolloutState.PAUSED, 1)


def test_too_many_that_cannot_be_told_stop_it() -> None:
    plan = planned(*(candidate(n) for n in range(12)), strategy=everything.strategy, of=terms(limits=QUICK))
    world = World(plan, fate=lambda one, step: Told(Result.DONE, verdict=Verdict.INCONCLUSIVE)).run()
    assert world.state is RolloutState.PAUSED
    assert "cannot be told" in str(world.why)


def test_an_offline_leaf_is_taken_up_when_it_is_back_and_holds_its_parent_alone() -> None:
    world = star()
    away = device(5)
    world.fate = lambda one, step: Told(Result.AWAY, "no answer") if one.device_id == away else well(one, step)
    while world.stages() != {Stage.DONE: 7, Stage.WAITING: 1, Stage.PENDING: 1}:
        world.decide()
        world.change(5, down=world.units[away].stage is Stage.WAITING)
        world.work()
        world.now += TICK
        assert world.now < NOON + 3 * HOUR
    world.fate = well
    world.change(5, down=False)
    world.run()
    assert world.stages() == {Stage.DONE: 9}
    assert world.order[-1] == device(0)


def test_who_was_never_in_reach_is_left_out_when_time_is_up_and_says_so() -> None:
    world = star()
    away = Told(Result.AWAY, "no answer")
    world.fate = lambda one, step: away if one.device_id == device(5) else well(one, step)
    world.run()
    assert world.state is RolloutState.EXPIRED
    assert world.stages() == {Stage.DONE: 7, Stage.SKIPPED: 2}
    assert "time ran out" in str(world.units[device(0)].reason)


def test_nothing_is_restarted_outside_the_windows() -> None:
    night = Window(time(22), time(4))
    world = star(windows=(night,), expires_at=NOON + 20 * HOUR)
    for _ in range(30):
        world.decide()
        world.work()
        world.now += timedelta(minutes=10)
    assert not world.restarts
    assert world.stages()[Stage.STAGED] == 1
    world.now = NOON + 10 * HOUR
    world.decide()
    assert [one.step for one in world.units.values() if one.step] == [Step.INSTALL]


@pytest.mark.parametrize("state", [RolloutState.PLANNED, RolloutState.APPROVED, *sorted(ENDED)])
def test_nothing_is_asked_before_it_is_started_or_after_it_ended(state: RolloutState) -> None:
    world = star()
    world.state = state
    assert advance(world.rollout, list(world.units.values()), NOON).acts == ()


def test_nothing_is_asked_before_its_time() -> None:
    world = star(starts_at=NOON + HOUR)
    world.decide()
    assert not [one for one in world.units.values() if one.step]
    world.now += HOUR
    world.decide()
    assert [one.step for one in world.units.values() if one.step] == [Step.STAGE]


def test_an_abort_takes_files_back_and_lets_what_is_under_way_come_to_its_end() -> None:
    plan = planned(*(candidate(n) for n in range(4)), strategy=everything.strategy, of=terms(limits=QUICK))
    world = World(plan)
    world.change(0, stage=Stage.STAGED)
    world.change(1, stage=Stage.REBOOTING, step=Step.INSTALL)
    world.change(2, stage=Stage.ROUTERBOOT)
    world.state = RolloutState.ABORTING
    found = advance(world.rollout, list(world.units.values()), world.now)
    assert found.acts[0] == Ask(device(0), Step.CLEAN)
    world.run()
    assert world.state is RolloutState.ABORTED
    ends = [world.units[device(n)].stage for n in range(4)]
    assert ends == [Stage.SKIPPED, Stage.DONE, Stage.DONE, Stage.SKIPPED]
    assert world.units[device(2)].reason


def test_one_that_was_left_between_two_versions_has_failed() -> None:
    plan = planned(candidate(0), over=lambda _: ("6.49.22", "7.12.1"))
    world = World(plan)
    world.change(0, stage=Stage.PENDING, hop=1)
    world.state = RolloutState.ABORTING
    world.run()
    found = world.units[device(0)]
    assert found.stage is Stage.FAILED
    assert "6.49.22" in str(found.reason)


def test_limits_hold_for_each_site() -> None:
    limits = Limits(leaves=2, uploads=4, canary_soak=timedelta(0), soak=timedelta(0))
    plan = planned(
        *(candidate(n, site="s") for n in range(10)), strategy=everything.strategy, of=terms(limits=limits)
    )
    world = World(plan)
    world.decide()
    assert sum(one.step is Step.STAGE for one in world.units.values()) == 4
    world.run()
    assert world.stages() == {Stage.DONE: 10}


@pytest.mark.parametrize(("hop", "stage"), [(0, Stage.SKIPPED), (1, Stage.FAILED)])
@pytest.mark.parametrize("where", [Stage.STAGING, Stage.STAGED])
def test_wherever_package_files_may_lie_they_are_taken_away_before_the_end(
    where: Stage, hop: int, stage: Stage
) -> None:
    world = World(planned(candidate(0), over=lambda _: ("6.49.22", "7.12.1")))
    world.change(0, stage=where, hop=hop, since=NOON)
    world.state = RolloutState.ABORTING
    found = advance(world.rollout, list(world.units.values()), world.now)
    assert found.acts == (Ask(device(0), Step.CLEAN),)
    world.run()
    assert (world.units[device(0)].stage, world.state) == (stage, RolloutState.ABORTED)


def test_one_that_was_interrupted_is_brought_its_files_anew_and_holds_no_wave_up() -> None:
    world = star()
    away = Told(Result.AWAY, "no answer")
    world.change(5, stage=Stage.STAGING, since=NOON, down=True)
    while world.stages()[Stage.DONE] < 7:
        world.decide()
        world.work()
        world.now += TICK
        assert world.now < NOON + 3 * HOUR
    one = unit.end(unit.ask(world.units[device(5)], Step.STAGE), Step.STAGE, away, world.now)
    assert one.stage is Stage.STAGING
    world.change(5, down=False)
    world.run()
    assert world.stages() == {Stage.DONE: 9}


@pytest.mark.parametrize(
    ("stage", "end"),
    [
        (Stage.PENDING, Stage.WAITING),
        (Stage.STAGED, Stage.STAGING),
        (Stage.INSTALLING, Stage.STAGING),
        (Stage.REBOOTING, Stage.LOST),
        (Stage.VERIFYING, Stage.LOST),
    ],
)
def test_one_that_is_not_reached_waits_as_long_as_it_was_not_told_to_restart(stage: Stage, end: Stage) -> None:
    one = replace(star().units[device(1)], stage=stage, step=Step.INSTALL, since=NOON)
    assert unit.end(one, Step.INSTALL, Told(Result.AWAY, "no answer"), NOON).stage is end
    assert unit.orphan(one, "it crashed", NOON).stage is end
