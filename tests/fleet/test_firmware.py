"""How what runs stands by the channels."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleet.firmware import Pointer, Standing, architecture, last_old, standing, wanted
from fleet.versions import Channel, known, version

AT = datetime(2026, 9, 26, tzinfo=UTC)
POINTERS = [
    Pointer(major, Channel(channel), version(to), AT)
    for major, channel, to in (
        (7, "stable", "7.24.4"),
        (7, "testing", "7.24.4"),
        (7, "long-term", "7.23.7"),
        (7, "development", "7.25beta5"),
        (6, "stable", "6.49.22"),
        (6, "long-term", "6.49.22"),
        (6, "upgrade", "7.12.1"),
    )
]


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        ("7.24.4", Standing.NEWEST),
        ("7.23.7", Standing.NEWEST),
        ("7.25beta5", Standing.NEWEST),
        ("7.24.3", Standing.BEHIND),
        ("7.24rc4", Standing.BEHIND),
        ("7.23.4", Standing.BEHIND),
        ("7.25beta2", Standing.BEHIND),
        ("7.22.5", Standing.ENDED),
        ("7.9", Standing.ENDED),
        ("7.12.1", Standing.ENDED),
        ("7.25", Standing.AHEAD),
        ("7.100", Standing.AHEAD),
        ("6.49.22", Standing.NEWEST),
        ("6.49.9", Standing.BEHIND),
        ("6.48.7", Standing.ENDED),
        ("5.26", Standing.ENDED),
        ("8.1", Standing.UNKNOWN),
        ("nonsense", Standing.UNKNOWN),
    ],
)
def test_a_version_stands_by_the_channels_of_its_major_version(running: str, expected: Standing) -> None:
    assert standing(known(running), POINTERS) is expected


def test_without_a_catalogue_nothing_is_said() -> None:
    assert standing(version("7.24.4"), []) is Standing.UNKNOWN


def test_a_catalogue_knows_the_way_to_its_channels_too() -> None:
    newer = [*POINTERS, Pointer(6, Channel.TESTING, version("6.49.23"), AT)]
    assert last_old(newer) == version("6.49.23")
    assert last_old([Pointer(6, Channel.UPGRADE, version("7.12.1"), AT)]) == version("6.49.22")
    found = ["6.49.22", "7.12.1", "7.23.7", "7.24.4", "7.25beta5"]
    assert [str(one) for one in wanted(POINTERS)] == found


@pytest.mark.parametrize(
    ("told", "named"), [("x86_64", "x86"), ("x86", "x86"), ("powerpc", "ppc"), ("arm64", "arm64")]
)
def test_an_architecture_has_one_name(told: str, named: str) -> None:
    assert architecture(told) == named
