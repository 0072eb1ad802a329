"""The table of faults, with outages of seconds and scaled lives: what must hold is held to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from tests.chaos import table
from tests.chaos.arena import Arena
from tests.chaos.ground import Ground, Scale
from tests.chaos.table import Fault

pytestmark = pytest.mark.timeout(1800)
"""What is waited for has a patience of its own; the machine may be another's for a while."""

FAULTS = table.faults()
QUICK = Scale.QUICK


@dataclass
class Grounds:
    """The ground that runs: one after the other, each for as long as its rows come."""

    places: pytest.TempPathFactory
    _stack: ExitStack = field(default_factory=ExitStack)
    _running: tuple[Ground, Arena] | None = None

    def on(self, ground: Ground) -> Arena:
        if self._running is None or self._running[0] != ground:
            self.close()
            arena = self._stack.enter_context(Arena(self.places.mktemp("chaos") / "state", ground))
            self._running = ground, arena
            table.begin([fault for fault in FAULTS if fault.grounds[QUICK] == ground], arena)
        return self._running[1]

    def close(self) -> None:
        self._running = None
        self._stack.close()


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    held = Grounds(tmp_path_factory)
    yield held
    held.close()


def test_every_row_of_the_table_is_there() -> None:
    assert sorted(fault.row for fault in FAULTS) == list(range(1, 14))


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_what_must_hold_holds(fault: Fault, grounds: Grounds) -> None:
    finding = table.run(fault, grounds.on(fault.grounds[QUICK]), QUICK)
    assert finding.held, json.dumps(finding.document(), indent=1)
