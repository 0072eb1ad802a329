"""The broker of each test of the bus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet import logs
from tests.bus.brokers import Broker, running


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with running(tmp_path / "broker") as server:
        yield server


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Log as the actors do; structlog's own default draws pictures of every traceback."""
    logs.configure("test")
