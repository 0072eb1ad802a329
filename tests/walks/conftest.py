"""The Flotilla that the walks share; it polls all the time, so it ends with the last of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fixtures.demo import Running, started


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started(tmp_path_factory.mktemp("demo") / "state") as running:
        yield running
