"""Pauses of a fleet, from the answers alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fleet import partition
from fleet.identity import DeviceId
from tests.chaos import pauses
from tests.chaos.books import Answer

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
INTERVAL = timedelta(seconds=2)
FLEET = [UUID(int=n) for n in range(10)]


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def polled(device: UUID, *seconds: float) -> list[Answer]:
    return [Answer(device, at(one)) for one in seconds]


def test_a_return_has_a_first_and_a_last_and_a_herd() -> None:
    spread = [answer for n, device in enumerate(FLEET) for answer in polled(device, -1, 4 + n / 5, 6 + n / 5)]
    assert pauses.returned(spread, FLEET, at(0), INTERVAL) == pauses.Return(4.0, 5.8, 0.2)
    together = [answer for device in FLEET for answer in polled(device, -1, 4, 6)]
    assert pauses.returned(together, FLEET, at(0), INTERVAL).herd == 1.0


def test_what_a_dying_poller_still_answers_is_no_return() -> None:
    answers = [answer for device in FLEET for answer in polled(device, -1, 0.5, 7, 9)]
    assert pauses.returned(answers, FLEET, at(0), INTERVAL).first == 7.0


def test_steady_is_who_was_polled_three_times() -> None:
    answers = [*polled(FLEET[0], 0, 2, 4), *polled(FLEET[1], 2, 4)]
    assert pauses.steady(answers, FLEET[:1], at(-1))
    assert not pauses.steady(answers, FLEET[:1], at(1))
    assert not pauses.steady(answers, FLEET[:2], at(-1))
    assert not pauses.steady(answers, FLEET[:3], at(-1))


def test_polls_that_did_not_come_are_counted_by_the_pauses() -> None:
    answers = [*polled(FLEET[0], 0, 2, 4.3, 6, 8), *polled(FLEET[1], 1, 7, 9)]
    assert pauses.missed(answers, at(2), at(8), INTERVAL) == 2
    assert pauses.missed(answers, at(7), at(9), INTERVAL) == 0


def test_lateness_is_told_by_the_device_s_grid() -> None:
    phase = partition.spread(DeviceId(FLEET[0])) * 2
    start = BEGIN.timestamp() // 2 * 2 + phase
    answers = [Answer(FLEET[0], datetime.fromtimestamp(start + 2 * n + 0.25, UTC)) for n in range(5)]
    assert pauses.lateness(answers, at(-10), at(60), INTERVAL) == 0.25
    assert pauses.lateness([], at(0), at(1), INTERVAL) is None
