"""Numbers, spans and instants as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import units

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.042, "0.042"), (7.25, "7.25"), (31.44, "31.4"), (1204.4, "1,204"), (12.0, "12"), (-57, "−57")],
)
def test_a_number_has_three_digits_that_matter(value: float, text: str) -> None:
    assert units.digits(value) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (units.PERCENT, 0.234, "23.4 %"),
        (units.BITS, 1_550_000, "12.4 Mbit/s"),
        (units.BITS, 124.999, "1 kbit/s"),
        (units.BITS, 0, "0 bit/s"),
        (units.BYTES, 268_435_456, "256 MiB"),
        (units.BYTES, 1_073_741_823, "1 GiB"),
        (units.CELSIUS, 54, "54 °C"),
        (units.COUNT, 17, "17"),
        (units.of("V"), 24.06, "24.1 V"),
        (units.of("Hz"), 2_437_000_000, "2,437 MHz"),
        (units.BITS, None, "–"),
        (units.BITS, math.nan, "–"),
    ],
)
def test_a_value_is_shown_with_its_unit(unit: units.Unit, value: float | None, text: str) -> None:
    assert unit.text(value) == text


@given(st.floats(0, 1e15), st.sampled_from([units.BITS, units.BYTES, units.PERCENT]))
def test_a_number_never_outgrows_its_prefix(value: float, unit: units.Unit) -> None:
    number, _ = unit.parts(value)
    if unit.prefixes != ("",):
        assert float(number.replace(",", "")) <= unit.base


def test_many_values_are_written_as_one_is() -> None:
    values = [1_550_000.0, 124.999, None, 0.0]
    assert units.BITS.texts(values) == ["12.4 Mbit/s", "1.00 kbit/s", None, "0.00 bit/s"]


@given(st.floats(1e-3, 1e14), st.sampled_from([units.BITS, units.BYTES, units.PERCENT, units.COUNT]))
def test_marks_begin_at_zero_and_cover_the_peak(top: float, unit: units.Unit) -> None:
    values, texts = units.ticks(top, unit)
    assert values[0] == 0
    assert values[-1] >= top * 0.999
    assert 2 <= len(values) <= 6
    assert len(texts) == len(values) == len(set(texts))


def test_marks_are_round() -> None:
    assert units.ticks(1.0, units.PERCENT)[1] == ["0", "25 %", "50 %", "75 %", "100 %"]
    assert units.ticks(268_435_456, units.BYTES)[1] == ["0", "64 MiB", "128 MiB", "192 MiB", "256 MiB"]


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (45, "45 s"),
        (720, "12 min"),
        (12_000, "3 h 20 min"),
        (timedelta(days=41, hours=6), "41 d 6 h"),
        (timedelta(days=400, hours=6), "400 d"),
        (-3, "0 s"),
        (None, "–"),
    ],
)
def test_a_span_has_its_two_largest_units(length: timedelta | float | None, text: str) -> None:
    assert units.span(length) == text


def test_instants_are_told_by_the_persons_clock() -> None:
    vienna = ZoneInfo("Europe/Vienna")
    assert units.clock_time(NOW, vienna, NOW) == "13:00:00"
    assert units.clock_time(NOW - timedelta(days=2), vienna, NOW) == "3 Jan 13:00"
    assert units.clock_time(NOW - timedelta(days=10), vienna, NOW) == "26 Dec 2025 13:00"
    assert units.clock_time(None, vienna, NOW) == "–"


def test_ages_and_waits() -> None:
    assert units.ago(NOW - timedelta(seconds=4), NOW) == "4 s ago"
    assert units.ago(None, NOW) == "never"
    assert units.until(NOW + timedelta(seconds=42), NOW) == "in 42 s"
    assert units.until(NOW - timedelta(seconds=1), NOW) == "now"
    assert units.plural(1, "device") == "1 device"
    assert units.plural(2140, "device") == "2,140 devices"
    assert units.milliseconds(0.085) == "85 ms"
