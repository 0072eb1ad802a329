"""One instance under one rule: holds, hysteresis, flapping; batches, doubles and late words change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.alerts.judging import DAMPED, FLAPS, NEW, Look, Phase, Reading, Told, Turn, evaluate
from fleet.alerts.rule import Operator, Rule, Test
from fleet.device import State
from tests.fleet.alerts.grounds import DOWN, at, rule

VALUES = st.one_of(st.none(), st.sampled_from([0.5, 0.79, 0.8, 0.85, 0.9, 0.91, 1.0, float("nan")]))
READINGS = st.lists(st.tuples(st.integers(0, 40), VALUES), max_size=30).map(
    lambda pairs: [Reading(at(30 * place), value) for place, value in pairs]
)
RULES = st.builds(
    rule,
    hold=st.sampled_from([0, 30, 60, 90]),
    keep=st.sampled_from([0, 60]),
    clear=st.sampled_from([None, 0.8]),
    test=st.sampled_from([Test.VALUE, Test.RATE]),
    over_seconds=st.just(60),
)


def turns(given_rule: Rule, *told: Told) -> list[tuple[Turn, float]]:
    _, found = evaluate(given_rule, NEW, told)
    return [(one.turn, (one.at - at(0)).total_seconds()) for one in found]


def values(*pairs: tuple[float, float | None]) -> list[Reading]:
    return [Reading(at(seconds), value) for seconds, value in pairs]


@given(RULES, READINGS, st.integers(0, 30))
def test_where_a_batch_ends_makes_no_difference(given_rule: Rule, told: list[Reading], cut: int) -> None:
    whole = evaluate(given_rule, NEW, told)
    track, first = evaluate(given_rule, NEW, told[:cut])
    track, second = evaluate(given_rule, track, told[cut:])
    assert (track, first + second) == whole


@given(RULES, READINGS, st.integers(1, 8))
def test_what_comes_again_changes_nothing(given_rule: Rule, told: list[Reading], back: int) -> None:
    again = [one for place in range(len(told)) for one in told[max(0, place - back) : place + 1]]
    assert evaluate(given_rule, NEW, again) == evaluate(given_rule, NEW, told)


@given(RULES, READINGS)
def test_what_comes_behind_newer_words_changes_nothing(given_rule: Rule, told: list[Reading]) -> None:
    newest = [one for place, one in enumerate(told) if all(one.at > before.at for before in told[:place])]
    assert evaluate(given_rule, NEW, told) == evaluate(given_rule, NEW, newest)


@given(RULES, READINGS)
def test_an_alert_goes_from_pending_to_firing_to_resolved(given_rule: Rule, told: list[Reading]) -> None:
    may = {
        Turn.PENDING: {Turn.DROPPED, Turn.FIRED},
        Turn.FIRED: {Turn.RESOLVED},
        Turn.DROPPED: {Turn.PENDING},
        Turn.RESOLVED: {Turn.PENDING},
    }
    last = Turn.RESOLVED
    for one in evaluate(given_rule, NEW, told)[1]:
        assert one.turn in may[last]
        assert one.at >= one.since
        if one.turn is Turn.FIRED:
            assert one.at - one.since >= given_rule.hold
        last = one.turn


@given(st.lists(st.sampled_from([0.5, 0.95]), max_size=20), st.integers(0, 4))
def test_it_fires_where_a_plain_count_says_so(loads: list[float], polls: int) -> None:
    told = values(*((60 * n, load) for n, load in enumerate(loads)))
    row, firing = 0, []
    for n, load in enumerate(loads):
        row = row + 1 if load > 0.9 else 0
        if row == polls + 1:
            firing.append((Turn.FIRED, 60.0 * n))
    found = [one for one in turns(rule(hold=60 * polls), *told) if one[0] is Turn.FIRED]
    assert found[: FLAPS - 1] == firing[: FLAPS - 1]


def test_a_hold_is_over_at_its_very_end() -> None:
    assert turns(rule(hold=60), *values((0, 0.95), (59.999, 0.95)))[1:] == []
    assert turns(rule(hold=60), *values((0, 0.95), (60, 0.95)))[1:] == [(Turn.FIRED, 60)]


def test_the_threshold_itself_is_not_beyond_it() -> None:
    assert turns(rule(), *values((0, 0.9))) == []
    assert turns(rule(operator=Operator.BELOW), *values((0, 0.9))) == []
    assert len(turns(rule(operator=Operator.IS), *values((0, 0.9)))) == 2


@pytest.mark.parametrize(
    ("operator", "clear", "between"), [(Operator.ABOVE, 0.8, 0.85), (Operator.BELOW, 0.95, 0.92)]
)
def test_between_the_thresholds_it_stays_what_it_is(operator: Operator, clear: float, between: float) -> None:
    bad = 0.95 if operator is Operator.ABOVE else 0.85
    judged = rule(operator=operator, clear=clear)
    assert turns(judged, *values((0, between))) == []
    told = values((0, bad), (60, between), (120, clear))
    assert turns(judged, *told)[1:] == [(Turn.FIRED, 0), (Turn.RESOLVED, 120)]


def test_what_is_not_told_any_more_is_over() -> None:
    assert turns(rule(), *values((0, 0.95), (60, None)))[-1] == (Turn.RESOLVED, 60)
    assert turns(rule(hold=60), *values((0, 0.95), (60, float("nan"))))[-1] == (Turn.DROPPED, 60)


def test_a_value_that_nobody_read_again_does_not_hold_by_time_alone() -> None:
    assert turns(rule(hold=60), Reading(at(0), 0.95), Look(at(600)))[1:] == []


def test_a_state_lasts_until_another_is_told() -> None:
    held = replace(DOWN, hold=timedelta(seconds=60))
    told = (Reading(at(0), State.DOWN), Look(at(59)), Look(at(60)), Reading(at(90), State.UP))
    assert turns(held, *told, Look(at(689)))[1:] == [(Turn.FIRED, 60)]
    assert turns(held, *told, Look(at(690)))[1:] == [(Turn.FIRED, 60), (Turn.RESOLVED, 690)]


def test_a_device_that_flaps_is_told_once_and_its_end_once() -> None:
    told = [
        Reading(at(540 * turn + seconds), state)
        for turn in range(5)
        for seconds, state in ((0, State.DOWN), (60, State.DOWN), (120, State.UP), (500, State.UP))
    ]
    _, found = evaluate(DOWN, NEW, [*told, Look(at(540 * 4 + 719)), Look(at(540 * 4 + 720))])
    assert [(one.turn, one.at) for one in found[1:]] == [(Turn.FIRED, at(0)), (Turn.RESOLVED, at(540 * 4 + 720))]
    assert found[-1].turns == 5
    rare = evaluate(DOWN, NEW, [*told[:3], Look(at(720))], timedelta(minutes=25))[0]
    assert (rare.phase, rare.calm) == (Phase.FIRING, at(120))


def test_a_rate_is_known_once_it_reaches_far_enough_back() -> None:
    judged = rule(test=Test.RATE, over_seconds=120, threshold=-0.05, operator=Operator.BELOW)
    told = values((0, 30), (60, 20), (120, 20), (180, 20))
    assert turns(judged, *told) == [(Turn.PENDING, 120), (Turn.FIRED, 120), (Turn.RESOLVED, 180)]


def test_absence_begins_with_the_last_word_and_ends_with_the_next() -> None:
    judged = rule(test=Test.ABSENT, hold=180)
    track, found = evaluate(judged, NEW, [Reading(at(0)), Look(at(179)), Look(at(180)), Reading(at(500))])
    assert [(one.turn, one.since, one.at) for one in found] == [
        (Turn.FIRED, at(0), at(180)),
        (Turn.RESOLVED, at(0), at(500)),
    ]
    assert track.phase is Phase.CLEAR


def test_a_rule_that_changes_while_it_fires_is_judged_anew_from_the_next_reading() -> None:
    track, _ = evaluate(rule(), NEW, values((0, 0.95)))
    wider = rule(threshold=0.97, version=2)
    assert [one.turn for one in evaluate(wider, track, values((60, 0.95)))[1]] == [Turn.RESOLVED]
    assert evaluate(rule(threshold=0.8, version=2, hold=600), track, values((60, 0.85)))[1] == []


def test_a_rule_that_changes_while_it_holds_begins_anew() -> None:
    track, _ = evaluate(rule(hold=60), NEW, values((0, 0.95)))
    changed = rule(hold=60, threshold=0.8, version=2)
    _, found = evaluate(changed, track, values((60, 0.95), (120, 0.95)))
    assert [(one.turn, one.at) for one in found] == [
        (Turn.DROPPED, at(60)),
        (Turn.PENDING, at(60)),
        (Turn.FIRED, at(120)),
    ]


def test_what_flaps_is_one_alert_until_it_was_calm_and_can_be_seen_to_flap() -> None:
    told = values(*((60 * n, 0.95 if n % 2 == 0 else 0.5) for n in range(20)))
    track, found = evaluate(rule(), NEW, told)
    assert [one.turn for one in found].count(Turn.FIRED) == FLAPS
    assert track.phase is Phase.FIRING
    assert track.flapping
    assert len(track.turns) == 10
    calm = at(60 * 19) + DAMPED
    _, found = evaluate(rule(), track, [Reading(calm - timedelta(seconds=1), 0.5), Look(calm)])
    assert [(one.turn, one.at) for one in found] == [(Turn.RESOLVED, calm)]


@given(
    words=st.lists(st.sampled_from([0.0, 1.0, None]), min_size=1, max_size=60),
    steps=st.lists(st.sampled_from([10, 60, 400]), min_size=60, max_size=60),
)
def test_changes_are_counted_within_their_span(words: list[float | None], steps: list[int]) -> None:
    judged, track, told = rule(test=Test.CHANGES, over_seconds=600, threshold=1000), NEW, list[tuple[int, float]]()
    now = 0
    for word, step in zip(words, steps, strict=False):
        now += step
        track, _ = evaluate(judged, track, [Reading(at(now), word)])
        if word is not None:
            told.append((now, word))
            changes = [then for (_, was), (then, became) in pairwise(told) if was != became]
            assert track.value == sum(now - then < 600 for then in changes)


def test_a_link_that_flaps_fires_until_it_has_been_calm() -> None:
    judged = rule(test=Test.CHANGES, family="interfaces", field="link", over_seconds=600, threshold=5)
    readings = [Reading(at(60 * n), float(n % 2)) for n in range(9)] + [
        Reading(at(60 * n), 0.0) for n in range(9, 20)
    ]
    _, found = evaluate(judged, NEW, readings)
    assert [(one.turn, one.at) for one in found if one.turn in (Turn.FIRED, Turn.RESOLVED)] == [
        (Turn.FIRED, at(360)),
        (Turn.RESOLVED, at(780)),
    ]
