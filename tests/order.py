"""In which order several processes take the tests: the longest first, and together what shares one house."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

HOUSES = ("tests/walks/", "tests/attack/")
"""Folders whose files share something that is dear to make: one process takes all of them, one after the other."""

LONGEST = (
    "tests/chaos/",
    "tests/walks/",
    "tests/dashboard/test_walk.py",
    "tests/attack/",
    "tests/chaospush/",
    "tests/actors/",
    "tests/dashboard/test_browser",
    "tests/cluster/servers/",
    "tests/cluster/",
    "tests/bus/",
    "tests/dashboard/",
)
"""Where each test is long. What comes last is short, so that no process is still at work when the others are done."""


def place(path: str, tests: int) -> tuple[int, int]:
    """Tell where a file comes: by the first of these that it is in, and by how many tests it has."""
    first = (number for number, long in enumerate(LONGEST) if path.startswith(long))
    return next(first, len(LONGEST)), -tests


class Longest(LoadFileScheduling):
    """Hands files, or whole houses, out in the order in which they were put."""

    def _split_scope(self, nodeid: str) -> str:
        path: str = super()._split_scope(nodeid)
        return next((house for house in HOUSES if path.startswith(house)), path)


@pytest.hookimpl
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Longest | None:
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return Longest(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests of a process among several into that order; a process alone keeps the usual one."""
    if not hasattr(config, "workerinput"):
        return
    paths = {item: item.nodeid.split("::", 1)[0] for item in items}
    counts = Counter(paths.values())
    items.sort(key=lambda item: (place(paths[item], counts[paths[item]]), paths[item]))
