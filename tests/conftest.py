"""The fixtures of all tests, each kind in a file of its own, and what holds for every property test."""

from hypothesis import HealthCheck, settings

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
    "tests.fixtures.browser",
    "tests.fixtures.simulator",
]
