"""The rank test tells what differs from what does not."""

from __future__ import annotations

import random

import pytest

from bench.attack import ranks


def test_equal_samples_do_not_differ() -> None:
    found = ranks.compare([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (found.above, found.p) == (0.5, 1.0)
    assert found.median_a == found.median_b == 2000.0


def test_one_that_is_always_longer_is_told() -> None:
    found = ranks.compare([float(n) for n in range(100, 200)], [float(n) for n in range(100)])
    assert found.above == 1.0
    assert found.p < 1e-20


def test_a_shift_is_found_and_noise_is_not() -> None:
    noise = random.Random(2)
    a, b = ([noise.gauss(0.005, 0.001) for _ in range(500)] for _ in range(2))
    assert ranks.compare(a, b).p > 0.01
    assert ranks.compare([value + 0.0005 for value in a], b).p < 1e-6


def test_it_agrees_with_a_table() -> None:
    """Mann and Whitney's U of 13 for 5 against 7 lies, by the normal approximation, at p = 0.465."""
    found = ranks.compare([1, 4, 5, 6, 12], [2, 3, 7, 8, 9, 10, 11])
    assert found.above * 35 == pytest.approx(13)
    assert found.p == pytest.approx(0.465, abs=0.01)
