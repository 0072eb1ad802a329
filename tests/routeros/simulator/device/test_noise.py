"""Repeatable randomness."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from routeros.simulator.device.noise import draw, key, keys, spread, uniform, wander

ROOTS = st.integers(0, 2**64 - 1)


@given(ROOTS, st.integers(-(2**40), 2**40))
def test_a_number_lies_between_0_and_1_and_is_the_same_alone_and_among_others(root: int, place: int) -> None:
    source = keys(root, 3)
    among = uniform(source[:, None], np.arange(place, place + 5, dtype=np.float64))
    alone = uniform(source[1:2], np.array([float(place + 2)]))
    assert ((among >= 0) & (among < 1)).all()
    assert alone[0] == among[1, 2]


@given(ROOTS, st.floats(-1e9, 1e9))
def test_a_walk_is_gentle_and_stays_within_its_bounds(root: int, place: float) -> None:
    steps = place + np.linspace(0, 3, 301)
    walk = wander(keys(root, 1), steps)
    assert (abs(walk) <= 0.5).all()
    assert (abs(np.diff(walk)) <= np.diff(steps) + 1e-9).all()


def test_numbers_are_spread_evenly() -> None:
    numbers = spread(key("spread"), 20_000, 10, 20)
    assert abs(numbers.mean() - 15) < 0.1
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.03


def test_keys_differ_by_every_part() -> None:
    found = {key(*parts) for parts in [(1,), (2,), ("1",), (1, 1), (1, "a"), ("1", "a"), ()]}
    assert len(found) == 7
    assert draw(key(1)) == draw(key(1)) != draw(key(2))
