"""A histogram counts every value once, under the least bound that is not below it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis.strategies import floats, lists

from actors.histogram import Histogram

BOUNDS = (0.01, 0.1, 1.0)


def counted(*values: float) -> dict[str, object]:
    histogram = Histogram(BOUNDS)
    for value in values:
        histogram.count(value)
    return histogram.report()


def test_a_value_on_a_bound_is_at_most_that_bound() -> None:
    assert counted(0.01, 0.1, 1.0)["counts"] == [1, 1, 1, 0]


def test_what_is_above_the_last_bound_is_counted_too() -> None:
    assert counted(-1.0, 0.05, 7.0)["counts"] == [1, 1, 0, 1]


@given(lists(floats(0, 100)))
def test_nothing_is_lost(values: list[float]) -> None:
    report = counted(*values)
    counts = report["counts"]
    assert isinstance(counts, list)
    for place, bound in enumerate(BOUNDS):
        assert sum(counts[: place + 1]) == sum(value <= bound for value in values)
    assert sum(counts) == len(values)
    assert abs(float(str(report["sum"])) - sum(values)) < 1e-3


def test_a_report_travels_as_json_and_does_not_change_afterwards() -> None:
    histogram = Histogram(BOUNDS)
    before = histogram.report()
    histogram.count(0.5)
    assert json.loads(json.dumps(before)) == {"bounds": list(BOUNDS), "counts": [0, 0, 0, 0], "sum": 0.0}
