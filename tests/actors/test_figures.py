"""Percentiles over the last polls, and counts since the start."""

from collections import deque

from actors.figures import RECENT, Figures, percentiles


def test_a_percentile_is_one_of_the_values() -> None:
    values = deque(float(n) for n in range(100, 0, -1))
    assert percentiles(values, (0.0, 0.5, 0.95, 0.99, 1.0)) == [1.0, 51.0, 96.0, 100.0, 100.0]


def test_without_values_there_is_no_percentile() -> None:
    assert percentiles(deque(), (0.5, 0.95)) == [None, None]
    assert Figures().report()["poll_p95_ms"] is None


def test_failed_polls_are_counted_and_do_not_shape_the_durations() -> None:
    figures = Figures()
    figures.polled(ok=True, seconds=0.010)
    figures.polled(ok=False, seconds=8.0)
    report = figures.report()
    assert (report["polls_ok"], report["polls_failed"]) == (1, 1)
    assert report["poll_p99_ms"] == 10.0


def test_only_the_last_polls_shape_the_percentiles() -> None:
    figures = Figures()
    for _ in range(100):
        figures.polled(ok=True, seconds=5.0)
    for _ in range(RECENT):
        figures.polled(ok=True, seconds=0.001)
    assert figures.report()["poll_p99_ms"] == 1.0
    assert figures.report()["polls_ok"] == RECENT + 100


def test_every_answered_poll_is_in_the_histogram_of_durations() -> None:
    figures = Figures()
    figures.polled(ok=True, seconds=0.02)
    figures.polled(ok=True, seconds=700.0)
    figures.polled(ok=False, seconds=8.0)
    durations = figures.report()["poll_seconds"]
    assert isinstance(durations, dict)
    assert (sum(durations["counts"]), durations["counts"][-1], durations["sum"]) == (2, 1, 700.02)


def test_a_lateness_is_counted_once_whichever_way_it_is_told() -> None:
    figures = Figures()
    figures.late(0.25)
    figures.latenesses.append(3.0)
    report = figures.report()
    latenesses = report["lateness_seconds"]
    assert isinstance(latenesses, dict)
    assert sum(latenesses["counts"]) == 2
    assert report["lateness_max_ms"] == 3000.0
