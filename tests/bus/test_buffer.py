"""The buffer keeps order, honours its window and its bound, and drops metrics before anything else."""

from hypothesis import given
from hypothesis import strategies as st

from bus.buffer import Buffer, Entry, Limits


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


def put_away(buffer: Buffer, most: int = 100) -> list[Entry]:
    """Put on disk what is in memory alone."""
    entries = buffer.unspooled(most)
    buffer.put_away(entries, entries[-1].number)
    return entries


def test_what_is_on_disk_leaves_the_memory_and_goes_first() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "smm")
    stored = put_away(buffer)
    fill(buffer, "s")
    assert (buffer.away, buffer.waiting, buffer.size) == (3, 4, 10)
    assert taken(buffer) == []
    buffer.recall(stored[:2])
    assert taken(buffer) == [1, 2]
    buffer.recall(stored[2:])
    assert taken(buffer) == [3, 4]
    assert [buffer.settle(n) is not None for n in (1, 2, 3, 4)] == [True] * 4
    assert [entry.number for entry in buffer.gone] == [1, 2, 3]
    assert (len(buffer), buffer.size) == (0, 0)


def test_what_is_under_way_is_put_on_disk_and_stays_under_way() -> None:
    buffer = Buffer(Limits(window=2))
    fill(buffer, "sss")
    assert taken(buffer) == [1, 2]
    put_away(buffer)
    assert (buffer.outstanding, buffer.away, buffer.size) == (2, 1, 0)
    buffer.settle(1)
    buffer.requeue()
    assert taken(buffer) == [2]
    assert [entry.number for entry in buffer.gone] == [1]


def test_what_was_acknowledged_while_it_was_written_is_cleared_from_the_disk() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "sm")
    entries = buffer.unspooled(10)
    taken(buffer)
    buffer.settle(1)
    buffer.put_away(entries, 2)
    assert [entry.number for entry in buffer.gone] == [1]
    buffer.settle(2)
    assert [entry.number for entry in buffer.gone] == [1, 2]
    assert (len(buffer), buffer.size) == (0, 0)


def test_what_an_earlier_process_left_goes_before_all_that_waits() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "ss")
    buffer.found(2)
    assert taken(buffer) == []
    buffer.recall([Entry(n, "old", b"", f"old-{n}", False, spooled=True) for n in (-1, 0)])
    assert taken(buffer) == [-1, 0, 1, 2]


def test_what_was_under_way_before_the_disk_answered_is_not_sent_twice() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "ss")
    assert taken(buffer) == [1, 2]
    buffer.found(1)
    stored = put_away(buffer)
    old = Entry(0, "old", b"", "old", False, spooled=True)
    buffer.recall([old, *stored])
    assert taken(buffer) == [0]
    assert buffer.outstanding == 3


def test_nothing_read_means_that_nothing_is_there() -> None:
    buffer = Buffer(Limits())
    buffer.found(5)
    fill(buffer, "s")
    buffer.recall([])
    assert taken(buffer) == [1]


def test_a_pinned_event_never_goes_to_disk_and_keeps_its_place_among_those_that_do() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "s")
    stored = put_away(buffer)
    pinned = buffer.add("fence", b"x" * 10, "fence", expendable=False, pinned=True)
    fill(buffer, "ss")
    stored += put_away(buffer)
    assert [entry.number for entry in stored] == [1, 3, 4]
    assert taken(buffer) == []
    buffer.recall(stored[:1])
    assert taken(buffer) == [1]
    buffer.settle(1)
    buffer.recall(stored[1:2])
    assert taken(buffer) == [pinned, 3]
    buffer.recall(stored[2:])
    assert taken(buffer) == [4]


def test_a_pinned_event_is_never_dropped() -> None:
    buffer = Buffer(Limits(size=20))
    pinned = buffer.add("fence", b"x" * 10, "fence", expendable=False, pinned=True)
    fill(buffer, "sss")
    assert (buffer.dropped.others, taken(buffer)) == (2, [pinned, 4])


def test_a_pinned_event_is_sent_when_all_before_it_are_acknowledged() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "sm")
    pinned = buffer.add("fence", b"", "fence", expendable=False, pinned=True)
    fill(buffer, "s")
    assert taken(buffer) == [1, 2]
    buffer.settle(1)
    assert taken(buffer) == []
    buffer.settle(2)
    assert taken(buffer) == [pinned, 4]


def test_it_tells_what_of_the_accepted_is_pending() -> None:
    buffer = Buffer(Limits())
    fill(buffer, "sm")
    taken(buffer)
    fill(buffer, "s")
    assert [buffer.pending(n) for n in (0, 1, 2, 3)] == [False, True, True, True]
    buffer.settle(1)
    assert not buffer.pending(1)
    buffer.settle(2)
    stored = put_away(buffer)
    assert not buffer.pending(2)
    assert buffer.pending(3)
    buffer.recall(stored)
    taken(buffer)
    buffer.settle(3)
    assert not buffer.pending(3)


def test_it_tells_what_is_late_in_memory_alone() -> None:
    buffer = Buffer(Limits(window=1))
    fill(buffer, "sm")
    assert buffer.late(1)
    assert not buffer.late(0)
    taken(buffer)
    assert buffer.late(1)
    put_away(buffer)
    assert not buffer.late(2)


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
