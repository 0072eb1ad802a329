"""What a run comes to: whether the device holds what the record says, now and a while later."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from fleet.changes import PushState
from routeros.simulator.console import Shell
from routeros.simulator.menu import nothing
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.runs import Run
from routeros.simulator.parts.safemode import SafeMode
from routeros.simulator.parts.scheduler import STORE
from tests.chaospush.arena import Board, Place, place
from tests.chaospush.runs import Change, Paper, order, push

MOST_OWNERS = 6
LATER = timedelta(minutes=15)
"""So long after its end a push is looked at again: no timer of it may be left."""

TRUE = {
    PushState.COMMITTED: "after",
    PushState.REVERTED: "before",
    PushState.FAILED: "before",
}


@dataclass
class Verdict:
    """How a run ended: what the device holds (``before``, ``after`` or ``between``) and what the record says."""

    state: PushState
    holds: str
    later: str
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0
    owners: int = 1
    entries: int = 0
    lost: bool = False

    @property
    def between(self) -> bool:
        return "between" in (self.holds, self.later)

    @property
    def untrue(self) -> bool:
        wanted = TRUE.get(self.state)
        return wanted is None or {self.holds, self.later} - {wanted, "both"} != set() or bool(self.left)

    @property
    def false_revert(self) -> bool:
        return self.state is PushState.REVERTED and self.holds not in ("before", "both")


async def prepared(at: Place, change: Change) -> str:
    """Do what a change needs to be there before, and tell the configuration."""
    if change.setup:
        Run(at.router, Shell(at.router, None).play(change.setup), lambda _: None)
        await asyncio.sleep(1)
    return at.text()


async def after(board: Board, change: Change) -> str:
    """Tell what a device holds when a change was made to it undisturbed."""
    async with place(board) as at:
        await prepared(at, change)
        Run(at.router, Shell(at.router, None).play(change.text), lambda _: None)
        await asyncio.sleep(1)
        return at.text()


async def run(board: Board, change: Change, wanted: str, drops: list[tuple[int, bool]]) -> Verdict:
    """Push with an owner that is dropped at each of some entries (before or after they are written), and judge."""
    async with place(board) as at:
        before = await prepared(at, change)
        paper, made = Paper(), order(change, at.router.model.identity if change.cuts else None)
        state: PushState | None = None
        owners = 0
        began = asyncio.get_running_loop().time()
        for drop in [*drops, None]:
            owners += 1
            state = await push(at, made, paper, *((drop[0],) if drop else ()), before=drop[1] if drop else True)
            if state is not None:
                break
        assert state is not None
        seconds = asyncio.get_running_loop().time() - began
        holds = named(at.text(), before, wanted)
        left = leavings(at)
        await asyncio.sleep(LATER.total_seconds())
        reachable = await _reached(at)
        return Verdict(
            state, holds, named(at.text(), before, wanted), left, seconds, owners, len(paper.entries), not reachable
        )


async def _reached(at: Place) -> bool:
    try:
        session = await at.connect()
    except Exception:  # noqa: BLE001
        return False
    await session.close()
    return True


def named(text: str, before: str, wanted: str) -> str:
    """Tell which configuration a text is."""
    if text == before == wanted:
        return "both"
    return "before" if text == before else "after" if text == wanted else "between"


def leavings(at: Place) -> list[str]:
    """Tell what of a push is left on the device."""
    files = [name for name in at.router.part(Files).names() if "flotilla-" in name]
    timers = [row["name"] for row in at.router.table(STORE, nothing) if row["name"].startswith("flotilla-")]
    held = ["safe mode"] if at.router.part(SafeMode).holder is not None else []
    return files + timers + held
