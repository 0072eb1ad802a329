"""The schedule keeps a fixed rhythm for each device, spreads them, and never polls one twice at once."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.schedule import Due, Schedule
from fleet import partition
from fleet.clock import FakeClock
from fleet.identity import DeviceId

INTERVAL = 10.0


def devices(count: int) -> list[DeviceId]:
    return [DeviceId(UUID(int=n + 1)) for n in range(count)]


class Bench:
    """A schedule with a clock that a test moves."""

    def __init__(self, ids: list[DeviceId], interval: float = INTERVAL) -> None:
        self.clock = FakeClock()
        self.schedule = Schedule()
        self.running: list[tuple[float, Due]] = []
        for device_id in ids:
            self.schedule.add(device_id, interval, self.now)

    @property
    def now(self) -> float:
        return self.clock.now().timestamp()

    def advance(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def polled(self, seconds: float, step: float = 0.1, takes: float = 0.0) -> list[Due]:
        """Run for a while; every poll ends ``takes`` seconds after it began."""
        found = list[Due]()
        end = self.now + seconds
        while self.now < end - step / 2:
            self.advance(step)
            for until, due in [r for r in self.running if r[0] <= self.now]:
                self.running.remove((until, due))
                self.schedule.done(due, self.now)
            for due in self.schedule.take(self.now, 10_000):
                found.append(due)
                self.running.append((self.now + takes, due))
        return found


def test_every_device_is_polled_once_in_every_interval() -> None:
    bench = Bench(devices(200))
    for _ in range(3):
        seen = Counter(due.device_id for due in bench.polled(INTERVAL))
        assert len(seen) == 200
        assert set(seen.values()) == {1}


def test_first_polls_are_spread_over_the_interval() -> None:
    bench = Bench(devices(1000))
    buckets = Counter(int((due.at - bench.now) % INTERVAL) for due in bench.polled(INTERVAL))
    assert len(buckets) == 10
    assert max(buckets.values()) < 150


def test_the_rhythm_does_not_drift_however_late_and_slow_polls_are() -> None:
    (device,) = ids = devices(1)
    bench = Bench(ids)
    times = [due.at for due in bench.polled(100, step=0.37, takes=2.9)]
    assert len(times) == 10
    assert [round(b - a, 6) for a, b in pairwise(times)] == [INTERVAL] * 9
    assert round(times[0] % INTERVAL, 3) == round(partition.spread(device) * INTERVAL, 3)


def test_a_restarted_poller_goes_on_in_the_same_rhythm() -> None:
    ids = devices(20)
    first, second = Bench(ids), Bench(ids)
    second.clock.advance(timedelta(seconds=3.3))
    again = Bench([])
    again.clock = second.clock
    for device in ids:
        again.schedule.add(device, INTERVAL, again.now)

    def phases(bench: Bench) -> dict[DeviceId, float]:
        return {due.device_id: round(due.at % INTERVAL, 3) for due in bench.polled(INTERVAL)}

    assert phases(first) == phases(again)


def test_a_device_that_is_being_polled_is_not_due() -> None:
    bench = Bench(devices(1))
    bench.advance(INTERVAL)
    (due,) = bench.schedule.take(bench.now, 10)
    bench.advance(5 * INTERVAL)
    assert list(bench.schedule.take(bench.now, 10)) == []
    assert bench.schedule.next() is None
    bench.schedule.done(due, bench.now)
    assert bench.schedule.next() is not None


def test_a_device_slower_than_its_interval_leaves_times_out_and_keeps_its_grid() -> None:
    bench = Bench(devices(1))
    polls = bench.polled(200, takes=25.0)
    gaps = {round(b.at - a.at, 6) for a, b in pairwise(polls)}
    assert gaps == {30.0}
    assert bench.schedule.missed >= 2 * (len(polls) - 2)


def test_devices_that_were_all_late_do_not_bunch_afterwards() -> None:
    bench = Bench(devices(500))
    bench.advance(4.5 * INTERVAL)
    late = list(bench.schedule.take(bench.now, 10_000))
    assert len(late) == 500
    for due in late:
        bench.schedule.done(due, bench.now)
    buckets = Counter(int((due.at - bench.now) % INTERVAL) for due in bench.polled(INTERVAL))
    assert sum(buckets.values()) == 500
    assert max(buckets.values()) < 90


def test_no_more_are_taken_than_there_is_room_for_and_the_longest_waiting_first() -> None:
    bench = Bench(devices(50))
    bench.advance(INTERVAL)
    first = list(bench.schedule.take(bench.now, 5))
    rest = list(bench.schedule.take(bench.now, 100))
    assert len(first) == 5
    assert max(due.at for due in first) <= min(due.at for due in rest)


def test_a_removed_device_is_not_polled_and_its_late_end_does_no_harm() -> None:
    one, two = ids = devices(2)
    bench = Bench(ids)
    bench.advance(INTERVAL)
    taken = {due.device_id: due for due in bench.schedule.take(bench.now, 10)}
    bench.schedule.remove(one)
    bench.schedule.done(taken[one], bench.now)
    bench.schedule.done(taken[two], bench.now)
    assert {due.device_id for due in bench.polled(3 * INTERVAL)} == {two}
    assert one not in bench.schedule


def test_a_changed_interval_counts_from_now_on_even_in_the_middle_of_a_poll() -> None:
    (device,) = ids = devices(1)
    bench = Bench(ids)
    bench.advance(INTERVAL)
    (due,) = bench.schedule.take(bench.now, 1)
    bench.schedule.add(device, 2.0, bench.now)
    assert list(bench.schedule.take(bench.now + 100, 1)) == []
    bench.schedule.done(due, bench.now)
    assert len(bench.polled(20)) == 10


def test_a_device_added_twice_is_polled_once() -> None:
    (device,) = ids = devices(1)
    bench = Bench(ids)
    bench.schedule.add(device, INTERVAL, bench.now)
    assert len(bench.polled(INTERVAL)) == 1


@pytest.mark.parametrize("interval", [0.1, 1 / 3, 0.7, 60.0])
def test_awkward_intervals_lose_no_poll(interval: float) -> None:
    bench = Bench([DeviceId(uuid4())], interval)
    polls = bench.polled(interval * 50, step=interval / 7)
    assert 49 <= len(polls) <= 51
    assert bench.schedule.missed == 0


@given(st.uuids(), st.floats(0.05, 3600), st.floats(0, 2e9))
def test_a_first_poll_is_due_within_one_interval(device: UUID, interval: float, now: float) -> None:
    schedule = Schedule()
    schedule.add(DeviceId(device), interval, now)
    due = schedule.next()
    assert due is not None
    assert now <= due <= now + interval + 1e-6


@given(gap=st.floats(0, 30), number=st.integers(1, 2**64))
def test_what_was_missed_before_is_made_up_for_later_by_the_gap_and_then_the_rhythm_is_kept(
    gap: float, number: int
) -> None:
    device, now = DeviceId(UUID(int=number)), 1_000_000.0
    schedule, grid = Schedule(), Schedule()
    schedule.add(device, INTERVAL, now, since=now - gap)
    grid.add(device, INTERVAL, now)
    first, regular = schedule.next(), grid.next()
    assert first is not None
    assert regular is not None
    assert now <= first <= now + INTERVAL
    missed = regular - INTERVAL >= now - min(gap, INTERVAL)
    assert first == pytest.approx(regular - INTERVAL + min(gap, INTERVAL) if missed else regular)
    (due,) = schedule.take(first, 1)
    schedule.done(due, first)
    following = schedule.next()
    assert following is not None
    assert (following - regular) % INTERVAL == pytest.approx(0, abs=1e-3) or (following - regular) % INTERVAL == (
        pytest.approx(INTERVAL, abs=1e-3)
    )


def test_a_fleet_that_was_taken_over_is_not_polled_all_at_once() -> None:
    schedule, now, gap = Schedule(), 1_000_000.0, 6.0
    for device in devices(1000):
        schedule.add(device, INTERVAL, now, since=now - gap)
    seen = Counter(int(due.at - now) for due in schedule.take(now + INTERVAL, 10_000))
    assert sum(seen.values()) == 1000
    assert max(seen.values()) < 250
