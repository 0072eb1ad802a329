"""The way back step by step: in safe mode where the device knows it, and kept once another connection has seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final

from actors.pushground import DONE, HELD, Found, Order
from actors.pushsight import Sight
from fleet.changes import Seen
from fleet.errors import BadInput
from routeros.errors import Trap
from routeros.plan.operation import Operation
from routeros.plan.path import Path
from routeros.push import danger, nets, rows, safemode, undo
from routeros.push.line import Line
from routeros.push.parcel import Parcel

GONE: Final = {
    "error": "What the touched menus held before is not known any more.",
    "error_code": "no_way_back",
}
STANDS: Final = {
    "error": "Some of the change still stands after it was taken back step by step.",
    "error_code": "no_way_back",
}


@dataclass(frozen=True, slots=True)
class Back:
    """Takes back what still stands of one change. ``fresh`` opens a connection; ``kept`` is what was held before."""

    order: Order
    sight: Sight
    path: Path
    fresh: Callable[[], AbstractAsyncContextManager[Line]]
    kept: bytes | None = field(repr=False)

    async def go(self, *, safe_mode: bool) -> Found:
        """Do it, and tell what was seen; raises RouterOSError, Conflict, or NotOurs.

        Where it is not verified the session ends without a word, and a device in safe mode goes back by itself.
        """
        if self.kept is None:
            return Found(Seen.REFUSED, GONE)
        before = Parcel.unpack(self.kept)
        try:
            async with self.fresh() as line:
                return await self._taken_back(line, before, safe_mode)
        except BadInput as wrong:
            return Found(Seen.REFUSED, {"error": str(wrong), "error_code": wrong.code})

    async def _taken_back(self, line: Line, before: Parcel, safe_mode: bool) -> Found:
        document = await self.sight.read(line)
        steps = undo.steps(document, before, self.order.operations)
        if not steps:
            return DONE
        safe = safe_mode and len(steps) <= nets.MOST_ACTIONS
        risks = () if safe else danger.judge(steps, document, self.path)
        if risks:
            raise danger.lock_out(risks)
        if safe and not await _taken(line):
            return Found(Seen.UNKNOWN, HELD)
        return await self._verified(line, before, steps, safe)

    async def _verified(self, line: Line, before: Parcel, steps: Sequence[Operation], safe: bool) -> Found:
        for step in steps:
            await rows.apply(line, step)
        async with self.fresh() as other:
            left = undo.steps(await self.sight.read(other), before, self.order.operations)
        if left:
            return Found(Seen.REFUSED, STANDS)
        if safe:
            await safemode.release(line)
        return Found(Seen.DONE, {"undone": [one.shown() for one in steps]})


async def _taken(line: Line) -> bool:
    """Take safe mode; somebody else may have it for a while."""
    try:
        return await safemode.take(line)
    except Trap:
        return False
