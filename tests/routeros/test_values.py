"""Values of every form that devices are known to send, and parse ∘ format = id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import versions
from routeros import lists, values


def span(**parts: float) -> timedelta:
    return timedelta(**parts)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("1w4d23h26m9s", span(weeks=1, days=4, hours=23, minutes=26, seconds=9)),
        ("1d6h22m", span(days=1, hours=6, minutes=22)),
        ("5w3d20m51s", span(weeks=5, days=3, minutes=20, seconds=51)),
        ("4s750ms", span(seconds=4, milliseconds=750)),
        ("9ms445us", span(milliseconds=9, microseconds=445)),
        ("114us", span(microseconds=114)),
        ("30ms", span(milliseconds=30)),
        ("5m", span(minutes=5)),
        ("0s", span()),
        ("2w6d13:21:53", span(weeks=2, days=6, hours=13, minutes=21, seconds=53)),
        ("01:22:53", span(hours=1, minutes=22, seconds=53)),
        ("00:00:00.060", span(milliseconds=60)),
        ("-29ms481us", -span(milliseconds=29, microseconds=481)),
        ("519w4d15h28m25s", span(weeks=519, days=4, hours=15, minutes=28, seconds=25)),
    ],
)
def test_a_duration_is_read(raw: str, expected: timedelta) -> None:
    assert values.duration(raw) == expected


@given(st.timedeltas())
def test_a_duration_survives_the_round_trip(value: timedelta) -> None:
    assert values.duration(values.format_duration(value)) == value


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("72.2Mbps-20MHz/1S/SGI", 72_200_000),
        ("58.5Mbps-HT", 58_500_000),
        ("65Mbps-20MHz/1S", 65_000_000),
        ("1200.9Mbps-80MHz/2S/MCS11", 1_200_900_000),
        ("48Mbps", 48_000_000),
        ("1Gbps", 1_000_000_000),
        ("100kbps", 100_000),
        ("9bps", 9),
        ("12000000", 12_000_000),
        ("20M", 20_000_000),
        ("512k", 512_000),
    ],
)
def test_a_rate_is_read(raw: str, expected: int) -> None:
    assert values.rate(raw) == expected


@given(st.integers(0, 10**12))
def test_a_rate_survives_the_round_trip(value: int) -> None:
    assert values.rate(values.format_rate(value)) == value


@pytest.mark.parametrize(("raw", "expected"), [("-62@1Mbps", -62), ("-74dBm@6Mbps", -74), ("-55", -55), ("0", 0)])
def test_a_signal_is_read(raw: str, expected: int) -> None:
    assert values.signal(raw) == expected


@given(st.integers(-120, 40), st.sampled_from(["", "@1Mbps", "@HT20-7", "dBm", "dBm@6Mbps"]))
def test_a_signal_survives_any_suffix(value: int, suffix: str) -> None:
    assert values.signal(f"{value}{suffix}") == value


@pytest.mark.parametrize(
    ("raw", "frequency", "width", "power"),
    [
        ("2412/20/gn(30dBm)", 2412, 20, 30),
        ("2437/20-Ce/gn", 2437, 40, None),
        ("5180/20-Ceee/ac(-3dBm)", 5180, 80, -3),
        ("5825/40-Ce/ac", 5825, 40, None),
        ("2484/5/b", 2484, 5, None),
        ("5500/80/ac", 5500, 80, None),
        ("5600/ac/eCee", 5600, 80, None),
        ("5500/ax/Ceeeeeee/D", 5500, 160, None),
        ("2447/ax", 2447, 20, None),
        ("2412", 2412, None, None),
    ],
)
def test_a_channel_is_read(raw: str, frequency: int, width: int | None, power: int | None) -> None:
    wide = None if width is None else width * values.MEGA
    assert values.channel(raw) == values.Channel(frequency * values.MEGA, wide, power)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("16777216", 16_777_216), ("64.0MiB", 67_108_864), ("23.1KiB", 23_654), ("1GiB", 2**30), ("12B", 12), ("0", 0)],
)
def test_a_size_is_read(raw: str, expected: int) -> None:
    assert values.size(raw) == expected


@given(st.integers(0, 10**15 - 1))
def test_a_size_survives_the_round_trip(value: int) -> None:
    assert values.size(str(value)) == value


@pytest.mark.parametrize(
    ("raw", "expected"), [("53", 0.53), ("53%", 0.53), ("0.1%", 0.001), ("113", 1.13), ("-300%", -3)]
)
def test_a_percentage_is_read_as_a_ratio(raw: str, expected: float) -> None:
    assert values.ratio(raw) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("raw", "expected"), [("24.3V", 24.3), ("46C", 46), ("-12", -12), ("3165", 3165), ("43dB", 43)]
)
def test_a_number_is_read_without_its_unit(raw: str, expected: float) -> None:
    assert values.decimal(raw) == expected


@given(st.integers(-(2**63), 2**64))
def test_an_integer_survives_the_round_trip(value: int) -> None:
    assert values.integer(str(value)) == value


@pytest.mark.parametrize("word", ["true", "yes", "false", "no"])
def test_a_boolean_is_read(word: str) -> None:
    assert values.boolean(word) is (word in ("true", "yes"))


LOCAL = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("jul/21/2023 09:38:39", datetime(2023, 7, 21, 9, 38, 39, tzinfo=LOCAL)),
        ("Dec/20/2023 08:41:00", datetime(2023, 12, 20, 8, 41, tzinfo=LOCAL)),
        ("2024-10-08 11:14:27", datetime(2024, 10, 8, 11, 14, 27, tzinfo=LOCAL)),
        ("jan/02/1970 00:00:12", datetime(1970, 1, 2, 0, 0, 12, tzinfo=LOCAL)),
        ("1970-01-01 00:00:00", datetime(1970, 1, 1, tzinfo=LOCAL)),
        ("Dec/20/2023", datetime(2023, 12, 20, tzinfo=LOCAL)),
        ("2023-12-20", datetime(2023, 12, 20, tzinfo=LOCAL)),
    ],
)
def test_a_date_is_read(raw: str, expected: datetime) -> None:
    assert values.moment(raw, LOCAL) == expected


@given(st.datetimes(timezones=st.just(LOCAL)), st.booleans())
def test_a_date_survives_the_round_trip(at: datetime, slashed: bool) -> None:
    assert values.moment(values.format_moment(at, slashed=slashed), LOCAL) == at.replace(microsecond=0)


@pytest.mark.parametrize("raw", ["2023-02-30 00:00:00", "feb/30/2023", "2023-12-20 24:00:00", "xyz/01/2023"])
def test_a_date_that_never_was_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        values.moment(raw, UTC)


@given(st.binary(min_size=6, max_size=6))
def test_a_hardware_address_survives_the_round_trip(address: bytes) -> None:
    written = address.hex(":").upper()
    assert values.mac(written) == values.mac(written.lower()) == written


READERS: list[Callable[[str], object]] = [
    values.boolean,
    values.integer,
    values.decimal,
    values.ratio,
    values.size,
    values.rate,
    values.channel,
    values.signal,
    values.duration,
    values.seconds,
    versions.version,
    values.mac,
    partial(values.moment, zone=UTC),
    lists.pair,
    partial(lists.both, parse=values.rate),
]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "raw", ["", " ", "-", "nonsense", "nan", "inf", "1e999", "٣", "9" * 5000, "1\n", "w", "1h2w", "\0"]
)
def test_nonsense_is_a_value_error(read: Callable[[str], object], raw: str) -> None:
    with pytest.raises(ValueError, match="is"):
        read(raw)


@pytest.mark.parametrize("read", READERS)
@given(raw=st.text(st.sampled_from("0123456789.:-,+ wdhmsuMGkbpsiB%@()VC\0é"), max_size=40))
def test_nothing_but_a_value_error_is_ever_raised(read: Callable[[str], object], raw: str) -> None:
    try:
        read(raw)
    except ValueError:
        return


def test_text_is_bounded_and_holds_no_nul() -> None:
    assert values.text("a\0b") == "a\N{REPLACEMENT CHARACTER}b"
    assert len(values.text("x" * 1000)) == 255
