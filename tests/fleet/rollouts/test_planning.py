"""Plans: who takes part and why not, waves that keep the order, the same digest for the same facts."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.device import State
from fleet.errors import BadInput
from fleet.plugins import discover
from fleet.rollouts import Limits, Terms, Window
from fleet.rollouts.candidate import DRIVER, TIGHT, Return, way_back
from fleet.rollouts.plan import Member
from fleet.strategies import everything, rolling, sites
from fleet.strategy import Strategy
from tests.fleet.rollouts.world import BACKUP, NOON, candidate, device, planned, terms

STRATEGIES = list(discover("fleet.strategies", Strategy))


def test_there_are_four_strategies_and_one_of_them_is_daring() -> None:
    assert {one.name for one in STRATEGIES} == {"canary", "everything", "rolling", "sites"}
    assert [one.name for one in STRATEGIES if one.daring] == ["everything"]


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(0, 2**32), st.sampled_from(STRATEGIES))
def test_whatever_the_strategy_no_parent_comes_before_its_children_and_no_kind_before_its_canary(
    count: int, seed: int, strategy: Strategy
) -> None:
    dice = Random(seed)
    ones = [
        candidate(n, over=[p for p in range(n) if dice.random() < 0.1], model=dice.choice(["a", "b", "c"]))
        for n in range(count)
    ]
    plan = planned(*ones, strategy=strategy, of=terms(batch=5))
    wave = {one.device_id: one.wave for one in plan.members}
    assert sorted(wave) == sorted(one.id for one in ones)
    assert set(wave.values()) == set(range(len(plan.waves)))
    assert all(wave[one.device_id] <= wave[parent] for one in plan.members for parent in one.above)
    canaries = {one.kind: one.wave for one in plan.members if one.canary}
    if strategy.proving:
        assert canaries.keys() == {one.kind for one in plan.members}
        assert all(one.canary or one.wave > canaries[one.kind] for one in plan.members)
    assert [one.place for one in plan.members] == list(range(count))


@settings(max_examples=60)
@given(st.integers(2, 30), st.integers(0, 2**32), st.sampled_from(STRATEGIES))
def test_redundant_devices_are_never_in_one_wave(count: int, seed: int, strategy: Strategy) -> None:
    dice = Random(seed)
    ones = [
        candidate(n, over=[p for p in range(n) if dice.random() < 0.1], model=dice.choice(["a", "b"]))
        for n in range(count)
    ]
    pairs = tuple(frozenset(map(device, dice.sample(range(count), 2))) for _ in range(dice.randint(1, 4)))
    plan = planned(*ones, strategy=strategy, of=terms(batch=5), pairs=pairs)
    wave = {one.device_id: one.wave for one in plan.members}
    assert all(len({wave[one] for one in pair}) == 2 for pair in pairs)
    assert all(wave[one.device_id] <= wave[parent] for one in plan.members for parent in one.above)
    assert set(plan.pairs) == set(pairs)
    assert set(wave.values()) == set(range(len(plan.waves)))


@pytest.mark.parametrize(
    ("known", "target", "told"),
    [
        ({"driver": True}, "7.24.4", [DRIVER]),
        ({"driver": True, "version": "7.15"}, "7.24.4", []),
        ({"driver": True, "version": "7.1"}, "7.12.1", []),
        ({"flash": 16 * 2**20}, "7.24.4", [TIGHT]),
        ({"flash": 16 * 2**20, "driver": True}, "7.24.4", [DRIVER, TIGHT]),
        ({"flash": 16 * 2**20}, "7.12.1", []),
        ({"flash": 128 * 2**20}, "7.24.4", []),
        ({}, "7.24.4", []),
    ],
)
def test_a_plan_foresees_the_radios_package_and_says_where_room_is_scarce(
    known: dict[str, object], target: str, told: list[str]
) -> None:
    (member,) = planned(candidate(0, **{"version": "7.10", **known}), over=lambda _: (target,)).members
    assert list(member.notes) == told
    assert Member.read(member.document()) == member


def test_a_canary_plan_has_the_shares_that_it_promises() -> None:
    plan = planned(*(candidate(n) for n in range(101)))
    assert plan.waves == (1, 5, 25, 70)


def test_one_by_site_has_a_wave_for_each_and_one_in_batches_as_many_as_asked_for() -> None:
    ones = [candidate(n) for n in range(9)]
    assert len(planned(*ones, strategy=everything.strategy).waves) == 1
    by_site = planned(*ones, strategy=sites.strategy)
    assert [one.site for one in by_site.members if one.wave == 2] == ["s1"] * 3
    assert by_site.waves == (1, 2, 3, 3)
    # The canary is a batch of its own, for none of its kind begins with it.
    assert planned(*ones, strategy=rolling.strategy, of=terms(batch=3)).waves == (1, 2, 3, 3)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"state": State.DOWN}, "does not answer"),
        ({"state": State.STALE}, "of late"),
        ({"state": State.DEGRADED}, "degraded"),
        ({"state": State.MAINTENANCE}, "maintenance"),
        ({"pushing": True}, "push"),
        ({"backup_at": None}, "no whole backup"),
        ({"backup_at": BACKUP - timedelta(days=8)}, "older than 7 days"),
        ({"version": ""}, "never read"),
        ({"version": "nonsense"}, "cannot be read"),
    ],
)
def test_who_does_not_fit_is_left_out_with_the_reason(facts: dict[str, object], why: str) -> None:
    plan = planned(candidate(0), candidate(1, **facts))
    (skip,) = plan.skipped
    assert skip.device_id == device(1)
    assert why in " ".join(skip.why)
    assert [one.device_id for one in plan.members] == [device(0)]


def test_who_is_there_already_and_whose_way_is_barred_are_left_out() -> None:
    def way(one: object) -> tuple[str, ...]:
        if one == candidate(1):
            return ()
        if one == candidate(2):
            raise BadInput("There is no package for it.", "Mirror it.")
        return ("7.24.4",)

    plan = planned(*(candidate(n) for n in range(3)), over=way)
    assert [" ".join(skip.why) for skip in plan.skipped] == [
        "It runs 7.16 already.",
        "There is no package for it. Mirror it.",
    ]


def test_a_plan_for_nobody_is_refused_with_the_usual_reason() -> None:
    with pytest.raises(BadInput, match="A push to it goes on"):
        planned(candidate(0, pushing=True))


def test_a_policy_leaves_parents_out_that_could_not_be_taken_back() -> None:
    ones = [candidate(0, version="6.49.10"), candidate(1, over=[0])]
    assert len(planned(*ones).members) == 2
    strict = planned(*ones, of=terms(strict=True))
    assert [skip.device_id for skip in strict.skipped] == [device(0)]


def test_the_way_back_is_told_of_each() -> None:
    assert way_back(candidate(0, partitions=2), "7.24.4") is Return.PARTITION
    assert way_back(candidate(0), "7.24.4") is Return.DOWNGRADE
    assert way_back(candidate(0, floor="7.18"), "7.24.4") is Return.NONE
    assert way_back(candidate(0, version="6.49.10"), "7.24.4") is Return.NONE


def test_who_carries_others_knows_them_whether_they_take_part_or_not() -> None:
    plan = planned(candidate(0), candidate(1, over=[0]), candidate(2, over=[0], state=State.DOWN))
    found = {one.device_id: one for one in plan.members}
    assert found[device(1)].above == {device(0)}
    assert (found[device(0)].parent, found[device(0)].below) == (True, {device(1), device(2)})
    assert Member.read(found[device(0)].document()) == found[device(0)]


def test_the_same_facts_make_the_same_digest_and_other_terms_another() -> None:
    ones = [candidate(n, over=[0] if n else []) for n in range(6)]
    one, same = planned(*ones), planned(*reversed(ones))
    assert one.digest == same.digest
    assert planned(*ones, of=terms(boot=False)).digest != one.digest
    assert planned(*ones[:5]).digest != one.digest


def test_what_is_written_is_read_as_it_was() -> None:
    window = Window(NOON.time(), (NOON + timedelta(hours=1)).time(), frozenset({5, 6}), "Europe/Riga")
    given = terms(windows=(window,), starts_at=NOON, selector={"filter": {"tag": ["edge"]}, "group": "north"})
    assert Terms.read(given.document()) == given
    # A plan that was stored before it was written down how its devices were named.
    before = {name: value for name, value in given.document().items() if name != "selector"}
    assert Terms.read(before).selector == {}
    (member,) = planned(candidate(0)).members
    assert Member.read(member.document()) == member


@pytest.mark.parametrize(
    "wrong",
    [
        {"expires_at": NOON},
        {"expires_at": NOON + timedelta(days=91)},
        {"batch": 0},
        {"limits": Limits(reboot=timedelta(0))},
        {"windows": (Window(NOON.time(), NOON.time()),)},
        {"windows": (Window(NOON.time(), (NOON + timedelta(hours=1)).time(), zone="Nowhere"),)},
    ],
)
def test_terms_that_cannot_be_met_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        planned(candidate(0), of=terms(**wrong))


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    monday = Window((NOON + timedelta(hours=10)).time(), (NOON - timedelta(hours=8)).time(), frozenset({0}))
    assert monday.open(NOON + timedelta(hours=11))
    assert monday.open(NOON + timedelta(hours=14))
    assert not monday.open(NOON)
    assert not monday.open(NOON - timedelta(hours=10))
