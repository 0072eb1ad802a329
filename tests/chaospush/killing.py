"""Pushes by processes of their own that are killed (SIGKILL) when the journal has so many entries."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import psycopg

from db.engine import Stores
from fleet.changes import PushState
from fleet.clock import SystemClock
from fleet.versions import version
from routeros.simulator.device.model import Firmware, Model
from routeros.simulator.simulation import Options
from tests.chaospush.arena import FLASH, PLAIN, Board, leap, without
from tests.chaospush.changes import CHANGES
from tests.chaospush.child import Told
from tests.chaospush.judge import Verdict, after, leavings, named
from tests.chaospush.matrix import Tally
from tests.chaospush.shelf import Shelf
from tests.fixtures.simulator import Served, running

KILLS, QUICK_KILLS = 50, 2
FACTOR = 20.0
LONGEST = 60.0
CASES: Final = tuple(
    (Board(persona, number), change)
    for persona, number in ((PLAIN, "7.21.4"), (FLASH, "7.12.1"), (FLASH, "7.18.2"))
    for change in ("identity", "bridge", "service", "list")
)


def killed(kept: Shelf, runs: int) -> Tally:
    """Make so many runs, each with a process that is killed and another that goes on."""
    tally = Tally()
    wanted: dict[tuple[Board, str], str] = {}
    with Stores(kept.urls) as stores:
        for number in range(runs):
            board, change = CASES[number % len(CASES)]
            if (board, change) not in wanted:
                wanted[board, change] = leap(lambda board=board, change=change: after(board, CHANGES[change]))  # type: ignore[misc]
            _, push_id = kept.book(stores)
            verdict = _run(kept, push_id, (board, change), (wanted[board, change], 2 + number * 7 % 23))
            tally.count(f"killed: {board} {change}", CHANGES[change], verdict)
    return tally


def _run(kept: Shelf, push_id: UUID, case: tuple[Board, str], at: tuple[str, int]) -> Verdict:
    (board, change), (wanted, entries) = case, at
    clock = SystemClock(datetime.now(UTC), FACTOR)
    with running(Options(1, personas=(board.persona,), clock=clock)) as served:
        _become(served, board)
        router = served.router(0)
        before = without(router)
        told = _told(kept, push_id, served, clock, change)
        if CHANGES[change].cuts:
            told = replace(told, override=router.model.identity)
        began = time.monotonic()
        state = _killed_at(kept, told, entries) or _ended(replace(told, epoch=2))
        seconds = (time.monotonic() - began) * FACTOR
        holds = named(without(router), before, wanted)
        time.sleep(clock.real(timedelta(seconds=20)))
        later = named(without(router), before, wanted)
        left = [name for name in served_leavings(served) if name]
        return Verdict(state, holds, later, left, seconds, 2, entries)


def served_leavings(served: Served) -> list[str]:
    """Tell what of a push is left on the router."""
    return leavings(served.router(0))


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


def _killed_at(kept: Shelf, told: Told, entries: int) -> PushState | None:
    """Kill the owner when its journal is so long; tells the end where it came first."""
    child = _start(told)
    with psycopg.connect(kept.urls["flotilla_poller"], autocommit=True) as reader:
        while child.poll() is None:
            query = "SELECT entries FROM pushes WHERE id = %s"
            (written,) = reader.execute(query, (told.push_id,)).fetchone() or (0,)
            if written >= entries:
                child.kill()
            time.sleep(0.002)
    assert child.stdout is not None
    said = child.stdout.read().strip()
    return PushState(said) if child.returncode == 0 else None


def _ended(told: Told) -> PushState:
    child = _start(told)
    assert child.stdout is not None
    said = child.stdout.read().strip()
    child.wait(LONGEST)
    return PushState(said)
