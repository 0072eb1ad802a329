"""Pushes by processes of their own that are killed (SIGKILL) when the journal has so many entries."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import psycopg

from db.engine import Stores
from fleet.changes import PushState
from fleet.clock import SystemClock
from fleet.device import TlsMode
from fleet.errors import FleetError
from fleet.versions import version
from routeros import client
from routeros.simulator.device.model import Firmware, Model
from routeros.simulator.simulation import Options
from tests.chaospush.arena import EGRESS, FLASH, PLAIN, TIMEOUT, Board, leap, without
from tests.chaospush.changes import CHANGES
from tests.chaospush.child import Told
from tests.chaospush.judge import Run, Verdict, after, leavings, named
from tests.chaospush.matrix import Tally
from tests.chaospush.runs import Paper
from tests.chaospush.shelf import Shelf
from tests.fixtures.simulator import Served, running

FACTOR = 20.0
LONGEST = 60.0
CASES: Final = tuple(
    (Board(persona, number), change)
    for persona, number in ((PLAIN, "7.21.4"), (FLASH, "7.12.1"), (FLASH, "7.18.2"))
    for change in ("identity", "bridge", "service", "list")
)


@dataclass(frozen=True, slots=True)
class Case:
    """A board and a change; ``entries`` are those of the journal where nobody disturbs it."""

    board: Board
    change: str
    wanted: str
    entries: int

    @classmethod
    def of(cls, board: Board, change: str) -> Case:
        """Make the change once, undisturbed."""
        wanted = leap(lambda: after(board, CHANGES[change]))
        clean = leap(lambda: Run(board, CHANGES[change], wanted).go(Paper()))
        return cls(board, change, wanted, clean.entries)

    def at(self, number: int) -> int:
        """Tell the entry at which the owner of a run is killed: each run has another, and the journal is longer."""
        return 1 + number * 7 % (self.entries - 2)


def killed(kept: Shelf, numbers: Iterable[int]) -> Tally:
    """Make the runs of some numbers, each with a process that is killed and another that goes on.

    A run whose owner came to the end before the signal came is made again.
    """
    tally = Tally()
    cases: dict[int, Case] = {}
    with Stores(kept.urls) as stores:
        for number in numbers:
            place = number % len(CASES)
            case = cases[place] = cases.get(place) or Case.of(*CASES[place])
            while (verdict := _run(kept, kept.book(stores)[1], case, case.at(number))) is None:
                pass
            tally.count(f"killed: {case.board} {case.change} {case.at(number)}", CHANGES[case.change], verdict)
    return tally


def _run(kept: Shelf, push_id: UUID, case: Case, entries: int) -> Verdict | None:
    clock = SystemClock(datetime.now(UTC), FACTOR)
    with running(Options(1, personas=(case.board.persona,), clock=clock)) as served:
        _become(served, case.board)
        router = served.router(0)
        before = without(router)
        told = _told(kept, push_id, served, clock, case.change)
        if CHANGES[case.change].cuts:
            told = replace(told, override=router.model.identity)
        if not _killed_at(kept, told, entries):
            return None
        began = time.monotonic()
        state = _ended(replace(told, epoch=2))
        seconds = (time.monotonic() - began) * FACTOR
        holds = named(without(router), before, case.wanted)
        time.sleep(clock.real(timedelta(seconds=20)))
        later = named(without(router), before, case.wanted)
        left, lost = leavings(router), not asyncio.run(_reached(served))
        return Verdict(state, holds, later, left, seconds, 2, entries, lost)


async def _reached(served: Served) -> bool:
    endpoint, login = served.endpoint(0, TlsMode.PLAIN), served.login(0)
    try:
        session = await client.connect(endpoint, login, timeout=TIMEOUT, egress=EGRESS)
    except FleetError:
        return False
    await session.close()
    return True


def _become(served: Served, board: Board) -> None:
    known = Model(1, 0, (board.persona,), fleet=1)
    runs = Firmware(version(board.version), known.firmware.extras)
    served.simulation.models[0] = Model(1, 0, (board.persona,), runs, fleet=1)


def _told(kept: Shelf, push_id: UUID, served: Served, clock: SystemClock, change: str) -> Told:
    entry = served.inventory[0]
    assert clock.origin is not None
    return Told(
        urls=kept.urls,
        push_id=str(push_id),
        epoch=1,
        address=entry.address,
        port=entry.api_port,
        username=entry.username,
        password=entry.password,
        change=change,
        override=None,
        origin=clock.origin.isoformat(),
        factor=FACTOR,
    )


def _start(told: Told) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.chaospush.child"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    child.stdin.write(json.dumps(asdict(told)))
    child.stdin.close()
    return child


def _killed_at(kept: Shelf, told: Told, entries: int) -> bool:
    """Kill the owner when its journal is so long; tells whether it was killed before it came to the end."""
    child = _start(told)
    with psycopg.connect(kept.urls["flotilla_poller"], autocommit=True) as reader:
        while child.poll() is None:
            query = "SELECT entries FROM pushes WHERE id = %s"
            (written,) = reader.execute(query, (told.push_id,)).fetchone() or (0,)
            if written >= entries:
                child.kill()
            time.sleep(0.002)
    return child.wait() == -signal.SIGKILL


def _ended(told: Told) -> PushState:
    child = _start(told)
    assert child.stdout is not None
    said = child.stdout.read().strip()
    child.wait(LONGEST)
    return PushState(said)
