"""The fixtures of all tests, each kind in a file of its own."""

pytest_plugins = [
    "tests.fixtures.demo",
    "tests.fixtures.servers",
    "tests.fixtures.database",
    "tests.fixtures.web",
    "tests.fixtures.browser",
    "tests.fixtures.simulator",
]
