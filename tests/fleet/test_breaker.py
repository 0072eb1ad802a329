"""The arithmetic of backing off."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleet.breaker import LONGEST, Breaker, Position

MINUTE = timedelta(minutes=1)
draws = st.floats(0, 1, exclude_max=True)


def after(failures: int) -> Breaker:
    breaker = Breaker()
    for _ in range(failures):
        breaker = breaker.attempt().failed()
    return breaker


def test_two_failures_leave_it_closed_and_the_third_opens_it() -> None:
    assert after(2).position is Position.CLOSED
    assert after(3).position is Position.OPEN
    assert after(3).attempt().position is Position.HALF_OPEN


def test_one_success_closes_it() -> None:
    assert after(9).attempt().succeeded() == Breaker()


def test_the_wait_doubles_from_the_third_failure_on() -> None:
    assert [after(n).wait(MINUTE, 0) for n in range(2, 7)] == [MINUTE * m for m in (1, 2, 4, 8, 15)]


@given(st.integers(0, 10_000), st.integers(1, 7200), draws)
def test_the_wait_is_never_shorter_than_the_interval_nor_longer_than_the_longest(n: int, s: int, draw: float) -> None:
    interval = timedelta(seconds=s)
    assert interval <= Breaker(n).wait(interval, draw) <= max(LONGEST, interval)
