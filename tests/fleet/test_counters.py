"""Increase and rate: right when the counter ran on, nothing when it did not."""

from hypothesis import given
from hypothesis import strategies as st

from fleet import counters
from fleet.families import Family, Field, Kind, Sample

FAMILY = Family(
    "interfaces",
    "Interfaces",
    (Field("rx_bytes_total", Kind.COUNTER, "B"), Field("link", Kind.STATE, states=("down", "up"))),
    labels=("interface",),
)
count = st.integers(0, 2**63 - 1)


def one(rx: int | None, label: str = "ether1") -> Sample:
    return Sample({"rx_bytes_total": rx, "link": 1}, (label,))


def rows(before: Sample, now: Sample, span: float = 10.0, uptime: float = 1_000.0) -> tuple[object, ...]:
    first = counters.reading((before,), 50.0, 1_000.0 - span)
    second = counters.reading((now,), 50.0 + span, uptime)
    return counters.rows(FAMILY, (now,), second, first)[0]


@given(count, st.integers(0, 2**40))
def test_a_counter_that_ran_on_gives_increase_and_rate(start: int, more: int) -> None:
    end = min(start + more, counters.MAX_COUNT)
    assert rows(one(start), one(end)) == (end, end - start, (end - start) / 10.0, 1)


@given(count, count)
def test_an_increase_is_never_negative(before: int, now: int) -> None:
    grown = rows(one(before), one(now))[1]
    assert (grown is None) if now < before else (grown == now - before)


def test_the_first_poll_has_no_increase() -> None:
    now = counters.reading((one(5),), 60.0, 1_000.0)
    assert counters.rows(FAMILY, (one(5),), now, None) == ((5, None, None, 1),)


def test_a_reboot_gives_nothing_even_when_the_count_is_higher() -> None:
    assert rows(one(10), one(900), uptime=4.0) == (900, None, None, 1)


def test_a_reappeared_interface_gives_nothing() -> None:
    assert rows(one(10, "pppoe-1"), one(900, "pppoe-2")) == (900, None, None, 1)


def test_a_missing_or_impossible_count_is_null() -> None:
    assert rows(one(None), one(7))[1:3] == (None, None)
    assert rows(one(7), one(2**63))[0] is None
