"""A rule tried on the past: what the live engine fired when it saw the same."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from fleet.alerts.deeds import Act, Deed
from fleet.alerts.engine import Engine
from fleet.alerts.judging import DAMPED, Reading
from fleet.alerts.replay import Firing, missed, outside, told
from fleet.alerts.rule import Operator, Rule, Test
from fleet.device import State
from fleet.events import Event
from tests.fleet.alerts.grounds import CORE, DOWN, NOON, STALE, at, cpu, ground, rule, status

LOADS = st.sampled_from([0.1, 0.85, 0.95, None])
SPANS = st.sampled_from([0, 30, 60, 90, 600])


def live(judged: Rule, events: Sequence[Event], end: float) -> list[Firing]:
    """What the engine fires when time passes in steps as fine as all spans of the tests."""
    engine, deeds = Engine(), list[Deed]()
    engine.settle(ground(judged, devices=[CORE]), NOON)
    coming = {event.at: event for event in events}
    for seconds in range(0, int(end), 30):
        now = at(seconds)
        deeds += engine.hear([coming[now]] if now in coming else []) + engine.look(now)
    return fired(deeds)


def fired(deeds: Sequence[Deed]) -> list[Firing]:
    begun = [deed for deed in deeds if deed.act is Act.FIRE]
    over = {deed.alert_id: deed.at for deed in deeds if deed.act is Act.RESOLVE}
    return [Firing(deed.at, over.get(deed.alert_id), deed.value) for deed in begun]


@given(
    loads=st.lists(LOADS, min_size=1, max_size=60),
    hold=SPANS,
    keep=SPANS,
    clear=st.sampled_from([None, 0.8]),
    operator=st.sampled_from([Operator.ABOVE, Operator.IS]),
)
@example(loads=[0.95, None, 0.95, 0.1, 0.95, 0.1, 0.1], hold=0, keep=0, clear=None, operator=Operator.ABOVE)
def test_values_fire_in_the_past_as_they_did_live(
    loads: list[float | None], hold: int, keep: int, clear: float | None, operator: Operator
) -> None:
    threshold = 0.95 if operator is Operator.IS else 0.9
    judged = rule(hold=hold, keep=keep, clear=clear, operator=operator, threshold=threshold)
    events = [cpu(CORE, 60 * n, load) for n, load in enumerate(loads)]
    end = 60 * len(loads) + 1200
    past = told(judged, [Reading(at(60 * n), load) for n, load in enumerate(loads)], at(end - 30))
    assert past == live(judged, events, end)


@given(
    loads=st.lists(LOADS, min_size=1, max_size=60),
    test=st.sampled_from([Test.RATE, Test.CHANGES]),
    over=st.sampled_from([60, 150, 600]),
    hold=SPANS,
    keep=SPANS,
)
def test_rates_and_changes_fire_in_the_past_as_they_did_live(
    loads: list[float | None], test: Test, over: int, hold: int, keep: int
) -> None:
    threshold = 0.001 if test is Test.RATE else 2
    judged = rule(hold=hold, keep=keep, test=test, over_seconds=over, threshold=threshold)
    events = [cpu(CORE, 60 * n, load) for n, load in enumerate(loads)]
    end = 60 * len(loads) + 1200
    past = told(judged, [Reading(at(60 * n), load) for n, load in enumerate(loads)], at(end - 30))
    assert past == live(judged, events, end)


@given(states=st.lists(st.sampled_from([State.UP, State.DOWN, State.DEGRADED]), min_size=1, max_size=40), hold=SPANS)
def test_states_fire_in_the_past_as_they_did_live(states: list[State], hold: int) -> None:
    judged = rule(2, hold=hold, test=Test.STATE, states=(State.DOWN,))
    events = [status(CORE, 60 * n, state) for n, state in enumerate(states)]
    end = 60 * len(states) + 1200
    changes = [Reading(at(60 * n), state) for n, state in enumerate(states) if n == 0 or states[n - 1] is not state]
    assert told(judged, changes, at(end - 30)) == live(judged, events, end)


def test_a_silence_is_missed_and_over() -> None:
    found = missed(STALE, [(at(0), at(300), at(900)), (at(2000), at(2300), None)])
    assert [(one.at, one.until) for one in found] == [(at(300), at(900)), (at(2300), None)]


def test_what_passes_within_maintenance_is_left_out_and_what_lasts_is_raised_at_its_end() -> None:
    planned = [(at(0), at(100))]
    short, long, later = Firing(at(10), at(50), 1.0), Firing(at(20), None, 1.0), Firing(at(200), at(300), 1.0)
    assert outside([short, long, later], planned) == [Firing(at(100), None, 1.0), later]


def test_a_device_that_was_down_for_long_would_have_fired_once() -> None:
    readings = [Reading(at(0), State.DOWN), Reading(at(86_400), State.UP)]
    assert [(one.at, one.until) for one in told(DOWN, readings, at(90_000))] == [(at(0), at(86_400) + DAMPED)]
