"""What the measurement of rollouts makes of what it saw."""

from __future__ import annotations

from datetime import timedelta
from math import inf

import pytest

from bench.rolloutsize import __main__ as size
from bench.rolloutsize import lateness
from bench.rolloutsize.running import Run
from fleet.rollouts import RolloutState

NONE = {"bounds": [0.1, 0.5, 1.0], "counts": [0, 0, 0, 0]}


@pytest.mark.parametrize(
    ("counts", "late"),
    [([100, 0, 0, 0], 0.099), ([0, 100, 0, 0], 0.496), ([98, 0, 2, 0], 0.75), ([0, 0, 0, 5], 1.0), ([0] * 4, inf)],
)
def test_lateness_is_read_from_what_was_counted_since(counts: list[int], late: float) -> None:
    before = {**NONE, "counts": [7, 7, 7, 7]}
    after = {**NONE, "counts": [7 + count for count in counts]}
    assert lateness.between(before, after) == pytest.approx(late)


def test_polls_are_later_by_the_median_of_the_pairs() -> None:
    assert lateness.more([0.1, 0.1, 0.1], [0.2, 9.0, 0.1]) == pytest.approx(0.1)


def ran(state: RolloutState, took: float, **stages: int) -> Run:
    return Run(state, None, stages, {}, timedelta(hours=1), timedelta(hours=took), 1.0, 10.0, {})


@pytest.mark.parametrize(
    ("whole", "spoilt", "during", "good"),
    [
        (ran(RolloutState.DONE, 1.1, done=9), RolloutState.PAUSED, 0.2, True),
        (ran(RolloutState.DONE, 1.3, done=9), RolloutState.PAUSED, 0.2, False),
        (ran(RolloutState.DONE, 1.1, done=8, lost=1), RolloutState.PAUSED, 0.2, False),
        (ran(RolloutState.DONE, 1.1, done=9), RolloutState.DONE, 0.2, False),
        (ran(RolloutState.DONE, 1.1, done=9), RolloutState.PAUSED, 0.6, False),
    ],
)
def test_all_three_have_to_hold(whole: Run, spoilt: RolloutState, during: float, good: bool) -> None:
    runs = {"pilot": whole, "whole": whole, "with_defects": ran(spoilt, 0.2, pending=6, done=3)}
    found = size.judged(runs, [0.1], [during])
    assert found["good"] is good
    assert found["untouched_when_stopped"] == pytest.approx(0.667)
