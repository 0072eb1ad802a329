"""A day of a hundred devices: one alert for one cause, its end told once, whoever is polled first."""

from __future__ import annotations

from tests.chaosalerts.fleet import Kind, fleet
from tests.chaosalerts.week import DAY, WEEK, judge, other


def test_a_day_is_told_by_its_causes_in_whatever_order_devices_are_polled() -> None:
    assert {one.kind for one in fleet(DAY).mishaps} == set(Kind)
    one, two = judge(DAY), judge(other(DAY))
    assert one.wrong + two.wrong + one.wrong_cause + two.wrong_cause == []
    assert one.fired.keys() == two.fired.keys()
    assert one.suppressed > 100


def test_the_week_has_three_levels_and_everything_befalls_it() -> None:
    week = fleet(WEEK)
    levels = [len(list(week.above(place))) for place in range(WEEK.devices)]
    assert {levels.count(level) for level in (1, 2, 3)} == {20, 80, 900}
    assert min([one.kind for one in week.mishaps].count(kind) for kind in Kind) > 50
