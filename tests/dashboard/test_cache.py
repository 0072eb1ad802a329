"""What was just read, kept for a moment."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from dashboard.cache import LONGEST, Cache


@dataclass
class Hands:
    """A clock of a test, and a reading that takes its time."""

    at: float = 0.0
    takes: float = 0.0
    reads: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at

    def read(self) -> int:
        self.reads.append(self.at)
        self.at += self.takes
        return len(self.reads)


def test_a_value_is_read_once_for_as_long_as_it_is_kept() -> None:
    hands = Hands()
    cache = Cache[int](2.0, clock=hands.now)
    assert [cache.get("a", hands.read), cache.get("a", hands.read)] == [1, 1]
    hands.at = 2.0
    assert cache.get("a", hands.read) == 2


def test_keys_are_apart() -> None:
    hands = Hands()
    cache = Cache[int](2.0, clock=hands.now)
    assert cache.get(("north", 1), hands.read) != cache.get(("south", 1), hands.read)


def test_what_takes_long_is_kept_longer() -> None:
    hands = Hands(takes=1.0)
    cache = Cache[int](2.0, clock=hands.now)
    cache.get("a", hands.read)
    hands.at = 15.0
    assert cache.get("a", hands.read) == 1
    hands.at = 21.5
    assert cache.get("a", hands.read) == 2


def test_an_error_is_not_kept() -> None:
    hands = Hands()
    cache = Cache[int](2.0, clock=hands.now)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: 1 // 0)
    assert cache.get("a", hands.read) == 1


def test_of_many_who_ask_one_reads() -> None:
    cache, reads, gate = Cache[int](60.0), [], threading.Event()

    def read() -> int:
        gate.wait(60)
        reads.append(1)
        return 7

    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(cache.get("a", read))) for _ in range(8)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join()
    assert found == [7] * 8
    assert len(reads) == 1


@pytest.mark.parametrize(("late", "given"), [(0.0, [1]), (LONGEST, [2])])
def test_while_one_reads_anew_the_others_have_what_there_was_unless_it_is_old(late: float, given: list[int]) -> None:
    hands, begun, gate = Hands(), threading.Event(), threading.Event()
    cache = Cache[int](2.0, clock=hands.now)
    cache.get("a", hands.read)
    hands.at = 2.0 + late
    found: list[int] = []

    def read() -> int:
        begun.set()
        gate.wait(60)
        return 2

    reader = threading.Thread(target=cache.get, args=("a", read))
    reader.start()
    assert begun.wait(60)
    other = threading.Thread(target=lambda: found.append(cache.get("a", hands.read)))
    other.start()
    if not late:
        other.join()
    gate.set()
    reader.join()
    other.join()
    assert found == given
    assert len(hands.reads) == 1


def test_the_oldest_key_goes_when_there_are_too_many() -> None:
    hands = Hands()
    cache = Cache[int](60.0, most=2, clock=hands.now)
    for key in "abc":
        cache.get(key, hands.read)
    assert cache.get("c", hands.read) == 3
    assert cache.get("a", hands.read) == 4
