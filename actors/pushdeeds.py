"""The steps of a push as they are done on a device; a lost connection is ``unknown`` until the device is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from actors.pushback import Back
from actors.pushground import (
    ABSENT,
    APART,
    DEAF,
    DONE,
    EDGE,
    GLANCE,
    HELD,
    LATE,
    PATIENCE,
    RESTART,
    SETTLE,
    UNSEEN,
    VERIFYING,
    Found,
    Ground,
    Order,
    refused,
    unknown,
)  # fmt: skip
from actors.pushlines import Lines
from actors.pushsight import Sight
from fleet.changes import Progress, Seen, Step
from fleet.errors import FleetError
from routeros.errors import RouterOSError, Trap
from routeros.plan.several import ManyRows
from routeros.push import danger, marks, nets, rows, safemode, trial, undo
from routeros.push.danger import LockOut
from routeros.push.line import Line, NotOurs
from routeros.push.marks import Expected, Marker, Told
from routeros.push.nets import MARGIN, NoNet
from routeros.push.point import Point
from routeros.push.survey import answering, answers, survey


class Deeds:
    """Does the steps of one push. The session that changes the device is kept from the first look on."""

    def __init__(self, order: Order, ground: Ground) -> None:
        self._order = order
        self._ground = ground
        self._marker = Marker(order.key, marks.names(order.operations))
        self._sight = Sight(order.key, self._marker, ground.fetch)
        self._lines = Lines(ground)
        self._before: Told = {}
        self._touched: set[tuple[str, str]] = set()
        self._expected: Expected | None = None
        self._kept: bytes | None = None

    async def ready(self, step: Step) -> None:
        """Connect where a step needs it before it is announced; raises FleetError where nothing was begun yet."""
        if step is Step.LOOK:
            await self._lines.begin()
        if step is Step.UNDO:
            self._kept = await self._ground.kept()
        if step in (Step.WATCH, Step.RESTORE, Step.UNDO):
            await self.close()

    async def close(self) -> None:
        """Hang up."""
        await self._lines.close()

    def announced(self, step: Step, progress: Progress) -> Mapping[str, object]:
        """Tell what is written down with a step beforehand."""
        if step is Step.VERIFY and self._expected is not None:
            return {"expected": self._expected.written()}
        if step in (Step.RESTORE, Step.UNDO) or (step is Step.WATCH and "until" not in progress.facts):
            return {"until": (self._ground.clock.now() + PATIENCE).isoformat()}
        return {}

    async def do(self, step: Step, progress: Progress) -> Found:
        """Do a step and tell what was seen of it; raises NotOurs where this process may not act any more."""
        try:
            return await _DEEDS[step](self, progress)
        except (Trap, NoNet, LockOut, ManyRows) as error:
            return refused(error)
        except RouterOSError as error:
            return unknown(error)

    def _point(self, progress: Progress) -> Point:
        version, flash = progress.facts.get("version", ""), progress.facts.get("flash")
        return Point(self._order.mark, str(version), bool(flash))

    def _left(self, progress: Progress) -> timedelta | None:
        """Tell how long the timer has by our own clock; None where there is no timer."""
        until = progress.facts.get("armed_until")
        return None if until is None else datetime.fromisoformat(str(until)) - self._ground.clock.now()

    async def _pause(self, span: timedelta) -> None:
        await asyncio.sleep(self._ground.clock.real(span))

    async def _look(self, _: Progress) -> Found:
        line, order = self._lines.work, self._order
        met = await survey(line)
        document = await self._sight.read(line)
        seen = replace(self._ground.path, source=met.source(self._ground.path.user))
        risks = danger.judge(order.operations, document, seen)
        overridden = order.override is not None and order.override == met.identity
        if risks and not overridden:
            raise danger.lock_out(risks)
        risky = order.risky or bool(risks) or danger.near(order.operations)
        chosen = nets.choose(met, len(order.operations), risky=risky, overridden=overridden)
        gateway = await answering(line, met.gateways)
        view = await self._ground.elsewhere(None)
        self._before, self._touched, self._expected = {}, set(), None
        former = undo.keep(document, order.operations, order.key)
        if former is not None:
            await self._ground.keep(former)
        return Found(
            Seen.DONE,
            {
                **asdict(replace(chosen, undo=former is not None)),
                "before": self._sight.mark(document),
                "version": str(met.version),
                "flash": met.flash,
                "gateway": gateway,
                "vantage": view.poller if view.seen else None,
                "vantage_why": view.why,
                "others": list(met.others),
                "risks": [f"{risk.operation.shown()}: {risk.why}" for risk in risks],
            },
        )

    async def _try(self, progress: Progress) -> Found:
        tried = await trial.attempt(self._lines.work, self._point(progress).trial, self._order.operations)
        return Found(Seen.DONE, {"tried": tried})

    async def _save(self, progress: Progress) -> Found:
        return Found(Seen.DONE, {"size": await self._point(progress).save(self._lines.work)})

    async def _arm(self, progress: Progress) -> Found:
        span = nets.timer(len(self._order.operations))
        left = await self._point(progress).arm(self._lines.work, span)
        return Found(Seen.DONE, {"armed_until": (self._ground.clock.now() + left).isoformat()})

    async def _take(self, _: Progress) -> Found:
        try:
            taken = await safemode.take(self._lines.work)
        except Trap as refusal:
            return Found(Seen.REFUSED, {**HELD, "error": str(refusal)})
        return DONE if taken else Found(Seen.REFUSED, HELD)

    async def _apply(self, progress: Progress) -> Found:
        line, number = self._lines.work, progress.applied
        left = self._left(progress)
        if left is not None and left < MARGIN:
            return Found(Seen.REFUSED, LATE)
        if number == 1:
            self._before = await marks.read(line, self._marker.names)
        operation = self._order.operations[number - 1]
        row = await rows.apply(line, operation)
        if row is not None:
            self._touched.add((operation.menu, row))
        if number == progress.total:
            try:
                after = await marks.read(line, self._marker.names)
            except Trap as refusal:
                # The operation was taken: what cannot be read of it now is not known, and not refused.
                return unknown(refusal)
            self._expected = self._marker.expected(self._before, after, self._touched)
        return DONE

    async def _verify(self, progress: Progress) -> Found:
        """Look by a fresh connection, as often as there is time for."""
        clock = self._ground.clock
        left = self._left(progress)
        end = clock.now() + (VERIFYING if left is None else left - MARGIN)
        failed = Found(Seen.UNKNOWN, LATE)
        while clock.now() < end:
            try:
                async with self._lines.fresh() as line:
                    seen = await self._verified(line, progress)
                return await self._apart(progress) if seen is DONE else seen
            except (NotOurs, Trap):
                raise
            except FleetError as error:
                failed = unknown(error)
            await self._pause(GLANCE)
        return failed

    async def _verified(self, line: Line, progress: Progress) -> Found:
        if not await self._sight.has_all(line, progress):
            return Found(Seen.REFUSED, ABSENT)
        gateway = progress.facts.get("gateway")
        if gateway and not await answers(line, str(gateway)):
            return Found(Seen.REFUSED, DEAF)
        if progress.nets.restore:
            left = await self._point(progress).left(line)
            if left is not None and left < MARGIN:
                return Found(Seen.REFUSED, LATE)
        return DONE

    async def _apart(self, progress: Progress) -> Found:
        """Let the other node look that saw the device before; where it tells nothing now, that says nothing."""
        poller = progress.facts.get("vantage")
        if not poller:
            return DONE
        view = await self._ground.elsewhere(str(poller))
        if view.seen is False:
            error = APART.format(poller=poller, why=view.why)
            return Found(Seen.REFUSED, {"error": error, "error_code": "vantage_lost"})
        left = self._left(progress)
        if left is not None and left < MARGIN:
            return Found(Seen.REFUSED, LATE)
        return Found(Seen.DONE, {"seen_from": poller if view.seen else None, "vantage_why": view.why})

    async def _release(self, progress: Progress) -> Found:
        left = self._left(progress)
        if left is not None and left < EDGE:
            return Found(Seen.REFUSED, LATE)
        await safemode.release(self._lines.work)
        return DONE

    async def _unroll(self, _: Progress) -> Found:
        await safemode.unroll(self._lines.work)
        return DONE

    async def _restore(self, progress: Progress) -> Found:
        try:
            async with self._lines.fresh() as line:
                await self._point(progress).load(line)
        finally:
            await self._pause(RESTART)
        return DONE

    async def _undo(self, progress: Progress) -> Found:
        back = Back(self._order, self._sight, self._ground.path, self._lines.fresh, self._kept)
        return await back.go(safe_mode=progress.nets.safe_mode)

    async def _disarm(self, progress: Progress) -> Found:
        point = self._point(progress)
        async with self._lines.any() as line:
            if not await point.disarm(line):
                # It has fired: either the device restarts now, or it could not load what it should.
                await self._pause(RESTART)
                await point.sweep(line)
            await self._pause(SETTLE)
            await survey(line)
        return DONE

    async def _watch(self, progress: Progress) -> Found:
        """Look at the device until it is known what it holds, or the time is over."""
        until = datetime.fromisoformat(str(progress.facts["until"]))
        while True:
            seen = await self._glance(progress)
            if seen not in (Seen.UNKNOWN, Seen.HELD):
                return Found(seen)
            if self._ground.clock.now() >= until:
                # Whoever holds safe mode all the time is a person, and of ours there is nothing to take back.
                spared = seen is Seen.HELD and not progress.touched
                return Found(Seen.BEFORE) if spared else Found(Seen.LATE, UNSEEN)
            await self._pause(GLANCE)

    async def _glance(self, progress: Progress) -> Seen:
        """Look at the device once."""
        others = not progress.touched and progress.facts.get("error_code") == "held"
        try:
            async with self._lines.fresh() as line:
                held = not others and await safemode.held(line)
                return Seen.HELD if held else await self._sight.holds(line, progress)
        except NotOurs:
            raise
        except FleetError:
            return Seen.UNKNOWN


_DEEDS: Final[Mapping[Step, Callable[[Deeds, Progress], Awaitable[Found]]]] = {
    Step.LOOK: Deeds._look,
    Step.TRY: Deeds._try,
    Step.SAVE: Deeds._save,
    Step.ARM: Deeds._arm,
    Step.TAKE: Deeds._take,
    Step.APPLY: Deeds._apply,
    Step.VERIFY: Deeds._verify,
    Step.RELEASE: Deeds._release,
    Step.UNROLL: Deeds._unroll,
    Step.RESTORE: Deeds._restore,
    Step.UNDO: Deeds._undo,
    Step.DISARM: Deeds._disarm,
    Step.WATCH: Deeds._watch,
}
