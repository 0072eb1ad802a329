"""A log that is followed tells each line once, through restarts of the device and what passes by itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from cluster.following import EVERY, Follower, Tail
from fleet.errors import FleetError
from routeros.errors import LoginFailed, Unreachable
from routeros.inquiry.told import LogLine

OURS = "user flotilla logged in from 192.0.2.9 via api"


def line(number: int, message: str, time: str = "12:00:00") -> LogLine:
    return LogLine(f"*{number:X}", time, ("system", "info"), message)


UP, DOWN, BOOT = line(14, "ether1 link up"), line(15, "ether1 link down"), line(1, "router rebooted", "00:00:11")


def followed(*answers: Sequence[LogLine] | FleetError) -> tuple[list[str], list[float]]:
    """Follow a log that answers so, one after the other, until Ctrl-C; what was told, and the rests between."""
    left, told, rests = list(answers), list[str](), list[float]()

    def ask() -> Sequence[LogLine]:
        if not left:
            raise KeyboardInterrupt
        answer = left.pop(0)
        if isinstance(answer, FleetError):
            raise answer
        return answer

    with pytest.raises(KeyboardInterrupt):
        Follower(ask, lambda one: told.append(one.message), rests.append).run(Tail("flotilla"))
    return told, rests


def test_each_line_is_told_once_and_the_device_is_asked_every_two_seconds() -> None:
    told, rests = followed([UP], [UP], [UP, DOWN], [DOWN], [DOWN, line(16, "ether1 link up")])
    assert told == ["ether1 link up", "ether1 link down", "ether1 link up"]
    assert (rests, EVERY.total_seconds()) == ([2.0] * 5, 2.0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([UP, DOWN], [BOOT]),
        ([BOOT], [line(1, "router rebooted", "00:00:12")]),
        ([UP], [line(n, f"login failure {n}") for n in range(90, 93)]),
    ],
)
def test_all_is_new_where_the_last_line_is_gone(before: list[LogLine], after: list[LogLine]) -> None:
    assert followed(before, after)[0] == [one.message for one in (*before, *after)]


def test_a_line_stays_itself_when_the_day_comes_before_its_time() -> None:
    assert followed([line(7, "link up", "23:59:59")], [line(7, "link up", "2026-01-05 23:59:59")])[0] == ["link up"]


def test_our_own_logins_are_left_out_and_those_of_others_are_not() -> None:
    others = [line(17, OURS.replace("flotilla", "ann")), line(18, OURS.replace("api", "winbox"))]
    assert followed([UP, line(16, OURS)], [UP, line(16, OURS), *others, line(19, OURS)])[0] == [
        UP.message,
        *(one.message for one in others),
    ]


def test_what_passes_is_said_once_and_asked_again(capfd: pytest.CaptureFixture[str]) -> None:
    away = Unreachable("The device is away.")
    told, rests = followed([UP], away, away, [BOOT], away)
    assert (told, len(rests)) == ([UP.message, BOOT.message], 5)
    assert capfd.readouterr().err.count("It is asked again.") == 2


def test_what_does_not_pass_ends_it_and_so_does_the_first_error() -> None:
    def follow(*answers: Sequence[LogLine] | FleetError) -> None:
        followed(*answers)

    with pytest.raises(LoginFailed):
        follow([UP], LoginFailed("refused"))
    with pytest.raises(Unreachable):
        follow(Unreachable("away"))
