"""The fixtures of all tests, each kind in a file of its own, and what holds for every property test."""

import gc
import os
import sys
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

# How wide a terminal is, a test says itself; where several run at a time, each is told that it is 80 columns.
for _said in ("COLUMNS", "LINES"):
    os.environ.pop(_said, None)

# What is compiled is kept: the suite starts hundreds of processes, and each would compile all of it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The same examples in every run, and no clock: a slow machine is no failure. `make fuzz` looks further.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("suite")

pytest_plugins = [
    "tests.order",
    "tests.fixtures.demo",
    "tests.fixtures.servers",
    "tests.fixtures.hypertables",
    "tests.fixtures.database",
    "tests.fixtures.measured",
    "tests.fixtures.analysts",
    "tests.fixtures.web",
    "tests.fixtures.streams",
    "tests.fixtures.browser",
    "tests.fixtures.simulator",
]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage neither while tests are collected nor, later, among what was: a fifth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()
