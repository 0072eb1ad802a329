"""The fixtures of all tests, each kind in a file of its own, and what holds for every property test."""

import os

from hypothesis import HealthCheck, settings

# How wide a terminal is, a test says itself; where several run at a time, each is told that it is 80 columns.
for _said in ("COLUMNS", "LINES"):
    os.environ.pop(_said, None)

# The same examples in every run, and no clock: a slow machine is no failure. `make fuzz` looks further.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("suite")

pytest_plugins = [
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
