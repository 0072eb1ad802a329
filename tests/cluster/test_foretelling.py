"""When a rollout ends, said to an administrator."""

from __future__ import annotations

from datetime import timedelta

from cluster import foretelling
from fleet.rollouts.foreseen import Forecast, Stretch
from tests.fleet.rollouts.world import NOON

HOUR = timedelta(hours=1)
TOLD = Forecast(NOON, NOON, NOON + HOUR, 0, (Stretch(0, 4, 1, NOON, NOON + HOUR),))
LATE = Forecast(NOON, NOON, None, 3, (Stretch(0, 4, 1, NOON, None),))


def test_a_plan_says_how_long_it_takes_or_that_its_time_does_not_suffice() -> None:
    assert foretelling.planned(TOLD) == (
        "It takes 1 h where all goes well, and ends at 2026-01-05 13:00 UTC if it is started now."
    )
    assert "does not suffice for 3 devices" in foretelling.planned(LATE)
    assert foretelling.planned(None) == foretelling.going(None) == ""
    assert foretelling.waves(LATE) == [("0", "4", "2026-01-05 12:00 UTC", "–", "")]


def test_one_that_goes_on_says_how_far_it_is_and_when_it_ends() -> None:
    assert "1 of 4 devices, and was expected to end at 2026-01-05 13:00 UTC." in foretelling.going(TOLD)
    assert "late for 3 devices" in foretelling.going(LATE)
