"""What comes in a second is told over a window that moves on."""

from __future__ import annotations

from actors.rate import WINDOW, Rate


def test_nothing_is_no_rate() -> None:
    assert Rate().per_second(5.0) == 0.0


def test_what_came_within_the_window_is_spread_over_it() -> None:
    rate = Rate()
    rate.add(30, 100.0)
    rate.add(20, 100.0 + WINDOW / 2)
    assert rate.per_second(100.0 + WINDOW / 2) == 50 / WINDOW


def test_what_is_older_is_forgotten() -> None:
    rate = Rate()
    rate.add(30, 100.0)
    rate.add(20, 100.0 + WINDOW / 2)
    assert rate.per_second(100.0 + WINDOW) == 20 / WINDOW
    assert rate.per_second(100.0 + 2 * WINDOW) == 0.0
