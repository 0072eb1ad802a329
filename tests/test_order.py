"""The order of the tests: every long place is there, and the longest comes first."""

from __future__ import annotations

from pathlib import Path

from tests.order import HOUSES, LONGEST, place

ROOT = Path(__file__).parents[1]


def test_every_place_that_is_named_is_there() -> None:
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    for named in (*HOUSES, *LONGEST):
        assert any(path.startswith(named) for path in files), named


def test_long_ones_come_first_and_then_those_with_most_tests() -> None:
    files = {"tests/fleet/test_a.py": 3, "tests/fleet/test_b.py": 40, "tests/dashboard/test_walk.py": 4}
    files |= {"tests/chaos/test_chaos.py": 14, "tests/dashboard/test_units.py": 9}
    assert sorted(files, key=lambda path: place(path, files[path])) == [
        "tests/chaos/test_chaos.py",
        "tests/dashboard/test_walk.py",
        "tests/dashboard/test_units.py",
        "tests/fleet/test_b.py",
        "tests/fleet/test_a.py",
    ]
