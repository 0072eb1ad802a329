"""Polls are compared with the grid one by one: done once, late, or not at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.schedule import Schedule
from bench.fleet.grid import Window, kept, passed, phases
from fleet.identity import DeviceId
from tests.bench.devices import ids

WINDOW = Window(start=1000.0, interval=10.0, intervals=3)
PHASES = np.array([2.0, 5.0, 9.9])
"""The first and the last device are due around the start, so they are counted from half an interval later."""


def test_a_device_that_is_due_around_the_start_is_counted_from_half_an_interval_later() -> None:
    assert WINDOW.late(PHASES).tolist() == [True, False, True]
    assert WINDOW.begins(PHASES).tolist() == [1005.0, 1000.0, 1005.0]


@given(st.floats(0, 10, exclude_max=True))
def test_nobody_is_due_within_a_quarter_of_an_interval_of_his_own_start(phase: float) -> None:
    begins = WINDOW.begins(np.array([phase]))[0]
    assert min((phase - begins) % 10.0, (begins - phase) % 10.0) >= 2.5 - 1e-6


def heard(*pairs: tuple[int, float]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([owner for owner, _ in pairs], dtype=np.intp), np.array([time for _, time in pairs])


def every(late: float) -> list[tuple[int, float]]:
    return [(device, phase + 10.0 * turn + late) for device, phase in enumerate(PHASES) for turn in range(99, 106)]


def test_all_that_is_due_was_done_a_little_late() -> None:
    found = kept(WINDOW, PHASES, *heard(*every(0.25)))
    assert (found.due, found.done) == (9, 9)
    assert found.late(0.99) == pytest.approx(0.25)


def test_an_answer_that_comes_after_the_window_still_belongs_to_it() -> None:
    found = kept(WINDOW, PHASES, *heard(*every(8.0)))
    assert found.done == 9
    assert found.late(0.5) == pytest.approx(8.0)


def test_a_poll_that_is_missing_is_not_done_and_counts_as_endlessly_late() -> None:
    one_less = [pair for pair in every(0.1) if pair != (1, 1025.1)]
    found = kept(WINDOW, PHASES, *heard(*one_less))
    assert (found.due, found.done) == (9, 8)
    assert found.late(0.5) == pytest.approx(0.1)
    assert found.late(0.99) == np.inf


def test_two_answers_after_one_due_time_are_one_poll_that_is_as_late_as_the_first() -> None:
    found = kept(WINDOW, PHASES, *heard(*every(0.5), *every(0.2), *every(0.3)))
    assert found.done == 9
    assert found.late(1.0) == pytest.approx(0.2)


def test_counts_grow_between_a_devices_own_two_moments() -> None:
    late = np.array([True, False])
    assert passed([[1, 1], [2, 2]], [[11, 11], [13, 13]], late).tolist() == [11, 10]


def test_the_grid_is_that_of_the_schedule() -> None:
    schedule = Schedule()
    for device_id in ids(50):
        schedule.add(device_id, 60.0, 1_000_000.0)
    due = {one.device_id: one.at for one in schedule.take(1_000_060.0, 50)}
    for device_id, phase in zip(ids(50), phases(ids(50), 60.0), strict=True):
        assert (due[DeviceId(device_id)] - phase) % 60.0 == pytest.approx(0.0, abs=1e-6)
