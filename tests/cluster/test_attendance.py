"""Noticing that an actor is gone and that it is back."""

from cluster.attendance import Attendance


def lines(attendance: Attendance, **pids: int | None) -> list[str]:
    seen = {name: {} if pid is None else {"pid": pid} for name, pid in pids.items()}
    return [line.split(" after")[0] for line in attendance.look(seen)]


def test_an_actor_that_starts_for_the_first_time_is_no_news() -> None:
    attendance = Attendance()
    assert lines(attendance, poller=None) == []
    assert lines(attendance, poller=7) == []


def test_an_actor_that_is_gone_and_comes_back_is_told_once_each() -> None:
    attendance = Attendance()
    lines(attendance, poller=7, writer=8)
    assert lines(attendance, poller=None, writer=8) == ["poller died; Ray starts it again"]
    assert lines(attendance, poller=None, writer=8) == []
    assert lines(attendance, poller=9, writer=8) == ["poller is back"]


def test_an_actor_that_was_replaced_between_two_looks_is_told_of() -> None:
    attendance = Attendance()
    lines(attendance, poller=7)
    assert lines(attendance, poller=9) == ["poller died; Ray starts it again", "poller is back"]


def test_an_actor_that_is_taken_away_and_returns_is_told_of() -> None:
    attendance = Attendance()
    lines(attendance, supervisor=5, poller=7)
    assert lines(attendance, supervisor=5) == ["poller is gone"]
    assert lines(attendance, supervisor=5) == []
    assert lines(attendance, supervisor=5, poller=9) == ["poller is back"]


def test_a_look_that_saw_nobody_says_nothing() -> None:
    attendance = Attendance()
    lines(attendance, poller=7)
    assert lines(attendance) == []
    assert lines(attendance, poller=7) == []
