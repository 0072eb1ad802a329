"""A state directory in which real servers are announced, and what runs commands against it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.testing

from cluster.servers.openbao import OpenBao
from cluster.servers.state import State
from fleet.egress import SIMULATED
from tests.cluster.administrator import Run, done, runner_of
from tests.fixtures.database import Database

# The tree of five hundred commands is made once, not for each that a test runs: that takes longer than most of them.
typer.testing._get_command = cache(typer.testing._get_command)  # type: ignore[attr-defined]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A state directory that this process holds, as a running Flotilla does."""
    with State(tmp_path) as held:
        yield held.path


@pytest.fixture
def run(place: Path, database: Database, openbao: OpenBao) -> Run:
    return runner_of(place, database, openbao)


@pytest.fixture
def north(run: Run) -> Run:
    """Run commands where there is a tenant, north, that may reach the simulator's network."""
    done(run("tenant", "add", "north", "North", "--network", str(SIMULATED)))
    return run
