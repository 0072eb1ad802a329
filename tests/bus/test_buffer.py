"""The buffer keeps order, honours its window and its bound, and drops metrics before anything else."""

from hypothesis import given
from hypothesis import strategies as st

from bus.buffer import Buffer, Limits


def fill(buffer: Buffer, kinds: str) -> None:
    """Add an event of ten bytes for each letter: m for metrics, s for status."""
    for place, kind in enumerate(kinds):
        buffer.add(kind, b"x" * 10, f"id-{place}", expendable=kind == "m")


def taken(buffer: Buffer) -> list[int]:
    numbers = []
    while (entry := buffer.take(0.0)) is not None:
        numbers.append(entry.number)
    return numbers


def test_events_leave_in_the_order_of_acceptance_whatever_their_kind() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "smmssm")
    assert taken(buffer) == [1, 2, 3, 4, 5, 6]


def test_no_more_than_the_window_is_under_way() -> None:
    buffer = Buffer(Limits(window=2))
    fill(buffer, "mmm")
    assert taken(buffer) == [1, 2]
    assert (buffer.outstanding, buffer.waiting, len(buffer)) == (2, 1, 3)
    buffer.settle(1)
    assert taken(buffer) == [3]


def test_what_was_under_way_goes_first_after_a_requeue_and_in_the_old_order() -> None:
    buffer = Buffer(Limits(window=3))
    fill(buffer, "smsms")
    taken(buffer)
    buffer.settle(2)
    assert buffer.requeue() == 2
    assert taken(buffer) == [1, 3, 4]


def test_an_event_keeps_its_id_through_a_requeue() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "m")
    first = buffer.take(0.0)
    buffer.requeue()
    assert first is not None
    assert buffer.take(0.0) is first


def test_a_full_buffer_drops_the_oldest_metrics_and_keeps_the_status() -> None:
    buffer = Buffer(Limits(size=40))
    fill(buffer, "smsmmm")
    assert taken(buffer) == [1, 3, 5, 6]
    assert (buffer.dropped.metrics, buffer.dropped.others) == (2, 0)


def test_status_is_dropped_only_when_no_metrics_are_left() -> None:
    buffer = Buffer(Limits(size=30))
    fill(buffer, "mssss")
    assert taken(buffer) == [3, 4, 5]
    assert (buffer.dropped.metrics, buffer.dropped.others) == (1, 1)


def test_what_is_under_way_is_never_dropped() -> None:
    buffer = Buffer(Limits(size=20))
    fill(buffer, "m")
    taken(buffer)
    fill(buffer, "mm")
    assert buffer.find(1) is not None
    assert taken(buffer) == [3]


def test_an_event_larger_than_the_buffer_is_still_tried() -> None:
    buffer = Buffer(Limits(size=5))
    fill(buffer, "m")
    assert taken(buffer) == [1]


def test_an_answer_that_comes_twice_settles_once() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "m")
    taken(buffer)
    assert buffer.settle(1) is not None
    assert buffer.settle(1) is None
    assert (len(buffer), buffer.size) == (0, 0)


def test_the_event_longest_under_way_tells_whether_an_answer_is_overdue() -> None:
    buffer = Buffer(Limits())
    assert not buffer.overdue(100.0)
    fill(buffer, "mm")
    buffer.take(50.0)
    buffer.take(60.0)
    assert buffer.overdue(50.1)
    assert not buffer.overdue(50.0)
    buffer.settle(1)
    assert not buffer.overdue(60.0)


@given(st.lists(st.sampled_from(["s", "m", "take", "settle", "requeue"]), max_size=60))
def test_whatever_happens_nothing_is_lost_uncounted_and_order_holds(actions: list[str]) -> None:
    buffer = Buffer(Limits(window=4, size=60))
    accepted, settled, under_way = 0, 0, list[int]()
    for action in actions:
        if action in "sm":
            fill(buffer, action)
            accepted += 1
        elif action == "take" and (entry := buffer.take(0.0)) is not None:
            assert not under_way or entry.number > under_way[-1]
            under_way.append(entry.number)
        elif action == "settle" and under_way:
            assert buffer.settle(under_way.pop()) is not None
            settled += 1
        elif action == "requeue":
            buffer.requeue()
            under_way.clear()
    dropped = buffer.dropped.metrics + buffer.dropped.others
    assert accepted == settled + len(buffer) + dropped
    assert buffer.size == 10 * len(buffer)
