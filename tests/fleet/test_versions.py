"""Versions are read as they are written anywhere, have one order, and lead to each other by the steps that exist."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.versions import APART, STONE, Version, hops, known, version

VERSIONS = st.builds(
    Version, st.integers(5, 8), st.integers(0, 60), st.integers(0, 25), st.integers(0, 2), st.integers(0, 99)
) | st.builds(Version, st.integers(5, 8), st.integers(0, 60), st.integers(0, 25))


@pytest.mark.parametrize(
    ("raw", "expected", "shown"),
    [
        ("7.16 (stable)", Version(7, 16, channel="stable"), "7.16"),
        ("6.48.6 (long-term)", Version(6, 48, 6, channel="long-term"), "6.48.6"),
        ("7.23beta2 (development)", Version(7, 23, 0, 1, 2, "development"), "7.23beta2"),
        ("6.43rc21", Version(6, 43, 0, 2, 21), "6.43rc21"),
        ("7.1rc6", Version(7, 1, 0, 2, 6), "7.1rc6"),
        ("7.22.1", Version(7, 22, 1), "7.22.1"),
        ("6.40.9 (bugfix)", Version(6, 40, 9, channel="long-term"), "6.40.9"),
        ("6.38.5 (current)", Version(6, 38, 5, channel="stable"), "6.38.5"),
        ("7.12.1 (stable) Nov/17/2023 11:38:45", Version(7, 12, 1, channel="stable"), "7.12.1"),
        ("7.16.1 (stable) 2024-10-10 14:03:32", Version(7, 16, 1, channel="stable"), "7.16.1"),
        ("v6.49.10", Version(6, 49, 10), "6.49.10"),
        ("2.9.51", Version(2, 9, 51), "2.9.51"),
        ("3.41", Version(3, 41), "3.41"),
    ],
)
def test_a_version_is_read(raw: str, expected: Version, shown: str) -> None:
    found = version(raw)
    assert (found, found.channel, str(found)) == (expected, expected.channel, shown)


@pytest.mark.parametrize("raw", ["", "7", "7.x", "7.16.1.1", "7.16 (stable", "7.16rc", "७.१", "7.16\n"])
def test_what_is_no_version_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="is no version"):
        version(raw)
    assert known(raw) is None


def test_versions_have_the_order_of_their_release() -> None:
    names = ["5.2", "5.18", "6.43rc21", "6.43", "6.44beta75", "6.49.9", "6.49.10", "7.1rc6", "7.24beta3", "7.24rc4"]
    found = [version(name) for name in [*names, "7.24", "7.24.4", "7.25beta5"]]
    assert all(older < newer for older, newer in pairwise(found))


@given(VERSIONS)
def test_a_version_survives_the_round_trip(one: Version) -> None:
    assert version(str(one)) == one


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_is_total(a: Version, b: Version, c: Version) -> None:
    assert (a < b) + (a == b) + (a > b) == 1
    assert not (a <= b <= c) or a <= c
    assert (a == b) == (str(a) == str(b))


@given(VERSIONS)
def test_a_candidate_comes_before_its_release_and_after_the_one_before(one: Version) -> None:
    release = Version(one.major, one.minor, one.patch)
    assert one.released == (one == release)
    assert one <= release
    assert one > Version(one.major, one.minor - 1, 99)


@pytest.mark.parametrize(
    ("running", "target", "way"),
    [
        ("6.43.2", "7.24.4", ["6.49.22", "7.12.1", "7.24.4"]),
        ("6.49.22", "7.24.4", ["7.12.1", "7.24.4"]),
        ("6.43.2", "7.5", ["6.49.22", "7.5"]),
        ("6.43.2", "6.48.6", ["6.48.6"]),
        ("6.43.2", "6.49.22", ["6.49.22"]),
        ("7.8", "7.24.4", ["7.12.1", "7.24.4"]),
        ("7.12.1", "7.13rc1", ["7.13rc1"]),
        ("7.16", "7.24.4", ["7.24.4"]),
        ("7.24.4", "7.24.4", []),
        ("7.24.4", "7.16", ["7.16"]),
        ("7.24.4", "6.49.22", ["6.49.22"]),
    ],
)
def test_the_way_leads_over_the_stepping_stones(running: str, target: str, way: list[str]) -> None:
    assert [str(step) for step in hops(version(running), version(target))] == way


@given(VERSIONS, VERSIONS)
def test_every_way_up_climbs_and_passes_no_stone(running: Version, target: Version) -> None:
    way = hops(running, target)
    assert (way == ()) == (running == target)
    assert not way or way[-1] == target
    if running < target:
        steps = [running, *way]
        assert all(older < newer for older, newer in pairwise(steps))
        assert not any(older < STONE and newer.branch >= APART.branch for older, newer in pairwise(steps))
        assert not any(older.major < 7 <= newer.major and older.branch < (6, 49) for older, newer in pairwise(steps))
