"""What is usual of an hour of the week: the middle and the spread of some weeks, and rules that compare with it."""

from __future__ import annotations

import math
import tracemalloc
from dataclasses import replace
from itertools import count
from statistics import median
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.alerts import usual
from fleet.alerts.deeds import Act
from fleet.alerts.engine import Engine
from fleet.alerts.rule import Condition, Measure, Operator, Test, checked
from fleet.alerts.usual import Usual, Usuals
from fleet.errors import BadInput
from fleet.events import FamilyRows
from fleet.identity import DeviceId
from routeros import collectors
from tests.fleet.alerts.grounds import CORE, EDGE, NOON, at, cpu, ground, rows, rule

LOAD = ("resource", "cpu_load_ratio")
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)


def baseline(**given: object) -> Condition:
    facts: dict[str, object] = {"family": LOAD[0], "field": LOAD[1], "threshold": 4.0}
    return Condition(test=Test.BASELINE, **facts | given)  # type: ignore[arg-type]


def test_one_week_tells_nothing_and_two_do() -> None:
    assert usual.of([0.5], [0.1]) is None
    assert usual.of([0.4, 0.6], [0.05, 0.07]) == Usual(0.5, pytest.approx(0.1))


def test_one_odd_week_does_not_move_what_is_usual() -> None:
    assert usual.of([0.2, 0.2, 0.9, 0.2], [0.02] * 4) == Usual(0.2, 0.02)


def test_what_never_moved_has_a_spread_all_the_same() -> None:
    assert usual.of([0.2] * 4, [0.0] * 4) == Usual(0.2, pytest.approx(0.01))


@given(st.lists(NUMBERS, min_size=2, max_size=4), st.lists(st.floats(0, 1e9), min_size=2, max_size=4), NUMBERS)
def test_a_distance_grows_with_the_value_and_mirrors_to_the_other_side(
    means: list[float], swings: list[float], value: float
) -> None:
    known = usual.of(means, swings)
    assert known is not None
    assert known.middle == median(means)
    above, below = (usual.distance(baseline(operator=one), value, known) for one in (Operator.ABOVE, Operator.BELOW))
    if above is None or below is None:
        assert known.spread == 0
        return
    assert above == -below
    further = usual.distance(baseline(), value + known.spread, known)
    assert further is not None
    assert further >= above


@pytest.mark.parametrize(
    ("operator", "value", "wanted"),
    [(Operator.ABOVE, 0.6, 3.0), (Operator.BELOW, 0.1, 2.0), (Operator.ABOVE, 0.0, 0.0), (Operator.BELOW, 0.0, 5e5)],
)
def test_a_factor_is_of_the_middle(operator: Operator, value: float, wanted: float) -> None:
    found = usual.distance(baseline(operator=operator, measure=Measure.FACTOR), value, Usual(0.2, 0.1))
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize("known", [None, Usual(0.0, 0.0), Usual(-3.0, 0.0)])
@pytest.mark.parametrize("measure", Measure)
def test_without_something_usual_nothing_is_said(known: Usual | None, measure: Measure) -> None:
    assert usual.distance(baseline(measure=measure), 5.0, known) is None


def told(*known: tuple[DeviceId, str, Usual], column: tuple[str, str] = LOAD) -> Usuals:
    found = Usuals()
    found.put(usual.hour(NOON), column, known)
    return found


def judged(given: Usuals) -> Engine:
    engine = Engine()
    laid = ground(rule(test=Test.BASELINE, threshold=4, clear=2, hold=60))
    engine.settle(replace(laid, usuals=given), NOON)
    return engine


def test_an_alert_stands_by_what_is_usual_of_the_device_itself() -> None:
    """What is much for one is little for another; of a third nothing is known."""
    engine = judged(told((CORE, "", Usual(0.1, 0.05)), (EDGE, "", Usual(0.8, 0.05))))
    deeds = [deed for seconds in (1, 61, 121) for deed in engine.hear(
        [cpu(one, seconds, 0.85) for one in (*engine.ground.devices,)])]  # fmt: skip
    assert [(deed.act, deed.device_id) for deed in deeds] == [(Act.BEGIN, CORE), (Act.FIRE, CORE)]
    assert deeds[1].value == pytest.approx(15)
    assert "15 spreads above what is usual" in deeds[1].summary
    assert engine.hear([cpu(CORE, 181, 0.25)]) == []
    assert [deed.act for deed in engine.hear([cpu(CORE, 241, 0.15)])] == [Act.RESOLVE]


def test_a_number_that_is_none_is_not_unusual_and_another_hour_is_not_known() -> None:
    engine = judged(told((CORE, "", Usual(0.1, 0.05))))
    assert (
        engine.hear([cpu(CORE, 1, None), cpu(CORE, 31, math.nan), cpu(CORE, 3601, 0.9), cpu(CORE, 3661, 0.9)]) == []
    )


def test_each_instance_has_its_own() -> None:
    engine, column = Engine(), ("interfaces", "rx_bytes_rate")
    laid = ground(rule(test=Test.BASELINE, family="interfaces", field="rx_bytes_rate", threshold=4))
    known = told((CORE, "ether1", Usual(100, 5)), (CORE, "ether2", Usual(900, 5)), column=column)
    engine.settle(replace(laid, usuals=known), NOON)
    ports = FamilyRows("interfaces", ("rx_bytes_rate",), (("ether1",), ("ether2",), ("ether3",)), ((900.0,),) * 3)
    assert {deed.key for deed in engine.hear([rows(CORE, 1, ports)])} == {"ether1"}


def test_hours_that_are_over_are_forgotten() -> None:
    known, this = told((CORE, "", Usual(0.1, 0.05))), usual.hour(NOON)
    known.put(this + 1, LOAD, [(CORE, "", Usual(0.5, 0.25))])
    known.put(this + 1, LOAD, [(CORE, "", Usual(0.75, 0.25))])
    assert known.look(at(3600), LOAD, CORE, "") == Usual(0.75, 0.25)
    known.forget(this + 1)
    assert (known.count, known.look(at(0), LOAD, CORE, "")) == (1, None)
    assert usual.begin(this) == NOON


def test_memory_is_bounded() -> None:
    """Ten thousand devices, one column, both hours: within 200 bytes an instance; and no more than MOST of them."""
    ids = [DeviceId(UUID(int=number)) for number in range(10_000)]
    known = Usuals()
    tracemalloc.start()
    try:
        for hour in (0, 1):
            known.put(hour, LOAD, ((one, "", Usual(0.5, 0.1)) for one in ids))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert known.count == 20_000
    assert size / known.count < 200
    numbers = count()
    known.put(2, LOAD, ((CORE, str(next(numbers)), Usual(0.5, 0.1)) for _ in range(usual.MOST)))
    assert known.count == usual.MOST


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"share_of": "memory_total_bytes"}, "without share_of"),
        ({"operator": Operator.IS}, "above or below"),
        ({"family": "health", "field": "status"}, "no state"),
        ({"family": "interfaces", "field": "rx_bytes_total"}, "rx_bytes_total_rate"),
        ({"threshold": 0.0}, "is above 0"),
        ({"threshold": 1.0, "measure": Measure.FACTOR}, "is above 1"),
        ({"clear": 5.0}, "at no more than"),
        ({"clear": 0.5, "threshold": 2.0, "measure": Measure.FACTOR}, "is above 1"),
        ({"field": "nothing"}, "nothing"),
    ],
    ids=str,
)
def test_a_baseline_that_cannot_be_judged_is_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked(baseline(**more), collectors.families())
    assert said in f"{refused.value} {refused.value.next_step}"


def test_a_baseline_that_can_be_judged_is_kept() -> None:
    for one in (baseline(clear=2.0), baseline(family="interfaces", field="rx_bytes_rate"),
                baseline(family="wireless", field="clients", operator=Operator.BELOW)):  # fmt: skip
        assert checked(one, collectors.families()) == one
