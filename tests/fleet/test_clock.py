"""One clock, at its own pace."""

from datetime import UTC, datetime, timedelta

from fleet.clock import FakeClock, SystemClock


def test_a_faster_clock_agrees_at_its_origin_and_runs_ahead() -> None:
    origin = datetime.now(UTC) - timedelta(seconds=10)
    began = datetime.now(UTC)
    ahead = SystemClock(origin, 60).now() - origin
    assert 60 * (began - origin) <= ahead <= 60 * (datetime.now(UTC) - origin)
    assert SystemClock(origin, 60).real(timedelta(minutes=1)) == 1.0


def test_a_fake_clock_stands_still_until_moved() -> None:
    clock = FakeClock()
    before = clock.now()
    assert clock.now() == before
    assert clock.advance(timedelta(seconds=5)) == before + timedelta(seconds=5) == clock.now()
