"""A state directory of their own for tests that kill servers, so that nobody else's are hit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cluster.servers.state import State


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[State]:
    with State(tmp_path_factory.mktemp("home")) as state:
        yield state
