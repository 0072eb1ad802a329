"""Good pushes whose device answers late, up to the edge of the timer: none of them may be taken back."""

from __future__ import annotations

from collections import Counter

from routeros.simulator.faults import Kind
from tests.chaospush.arena import FLASH, PLAIN, Board, Place, leap
from tests.chaospush.changes import CHANGES
from tests.chaospush.faults import strike
from tests.chaospush.judge import Run, after
from tests.chaospush.runs import Paper

BOARDS = (Board(PLAIN, "7.21.4"), Board(FLASH, "7.12.1"))
LONGEST = {"7.21.4": 6.0, "7.12.1": 7.0}
"""Seconds for each answer with which a push still ends before its timer."""


def slowly(runs: int, part: tuple[int, int] = (0, 1)) -> Counter[str]:
    """Push so often, each time with another delay, or make one part of so many of that; tells the ends."""
    ends: Counter[str] = Counter()
    change = CHANGES["rules"]
    wanted = {board: leap(lambda board=board: after(board, change)) for board in BOARDS}  # type: ignore[misc]
    for number in range(part[0], runs, part[1]):
        board = BOARDS[number % len(BOARDS)]
        seconds = LONGEST[board.version] * (number + 1) / runs

        async def late(at: Place, seconds: float = seconds) -> None:
            strike(at, Kind.DELAY, seconds=seconds)

        run = Run(board, change, wanted[board], hurt=late)
        verdict = leap(lambda run=run: run.go(Paper()))  # type: ignore[misc]
        ends["untrue" if verdict.untrue else verdict.state.value] += 1
    return ends
