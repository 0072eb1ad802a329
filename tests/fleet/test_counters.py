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
    _, first = counters.rows(FAMILY, (before,), 50.0, 1_000.0 - span, None)
    return counters.rows(FAMILY, (now,), 50.0 + span, uptime, first)[0][0]


@given(count, st.integers(0, 2**40))
def test_a_counter_that_ran_on_gives_increase_and_rate(start: int, more: int) -> None:
    end = min(start + more, counters.MAX_COUNT)
    assert rows(one(start), one(end)) == (end, end - start, (end - start) / 10.0, 1)


@given(count, count)
def test_an_increase_is_never_negative(before: int, now: int) -> None:
    grown = rows(one(before), one(now))[1]
    assert (grown is None) if now < before else (grown == now - before)


def test_the_first_poll_has_no_increase() -> None:
    assert counters.rows(FAMILY, (one(5),), 60.0, 1_000.0, None)[0] == ((5, None, None, 1),)


def test_a_reboot_gives_nothing_even_when_the_count_is_higher() -> None:
    assert rows(one(10), one(900), uptime=4.0) == (900, None, None, 1)


def test_a_reappeared_interface_gives_nothing() -> None:
    assert rows(one(10, "pppoe-1"), one(900, "pppoe-2")) == (900, None, None, 1)


def test_a_missing_or_impossible_count_is_null() -> None:
    assert rows(one(None), one(7))[1:3] == (None, None)
    assert rows(one(7), one(2**63))[0] is None


def test_instances_that_come_and_go_are_told_apart_by_their_labels() -> None:
    _, first = counters.rows(FAMILY, (one(10, "a"), one(20, "b"), one(30, "c")), 50.0, 990.0, None)
    found, kept = counters.rows(FAMILY, (one(35, "c"), one(1, "new"), one(12, "a")), 60.0, 1_000.0, first)
    assert found == ((35, 5, 0.5, 1), (1, None, None, 1), (12, 2, 0.2, 1))
    assert (kept.labels, list(kept.counts)) == ((("c",), ("new",), ("a",)), [35, 1, 12])


def test_what_counts_nothing_keeps_nothing() -> None:
    gauges = Family("health", "Health", (Field("voltage_volts", unit="V"), Field("power_watts", unit="W")))
    found, kept = counters.rows(gauges, (Sample({"power_watts": 3.5}, ()),), 60.0, 1_000.0, None)
    assert (found, kept) == (((None, 3.5),), counters.Reading(60.0, 1_000.0))
