"""The errands of a rollout: bring packages, install them, write the boot firmware, take packages away again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from actors.errand import Duty, Visit
from actors.restarting import boot, install
from actors.rolloutrecord import Record, ask
from actors.supplies import Supplies
from actors.upgrading import Work, clean, stage
from db.rolloutjournal import RolloutBook, Taken
from db.rolloutwork import KINDS
from fleet.errands import Ending
from fleet.errors import Unavailable
from fleet.events import FirmwareProgressEvent
from fleet.rollouts import Result, Step, Told, Unit
from routeros.errors import GONE
from routeros.push.line import NotOurs

AGAIN = timedelta(seconds=5)
DEEDS: dict[Step, Callable[[Work], Awaitable[Told]]] = {
    Step.STAGE: stage,
    Step.INSTALL: install,
    Step.BOOT: boot,
    Step.CLEAN: clean,
}


def _duty(step: Step) -> Duty:
    async def run(visit: Visit) -> Ending:
        return await _run(visit, step)

    return Duty(KINDS[step], run)


async def _run(visit: Visit, step: Step) -> Ending:
    """Do a step under the owner's epoch; one that was ended already is done."""
    errand, means = visit.errand, visit.means
    book, rollout_id = RolloutBook(means.stores), UUID(str(errand.detail["rollout_id"]))
    taken = await ask(lambda: book.take(rollout_id, errand.device_id, errand.id, visit.epoch))
    if taken is None or taken.unit.step is not step:
        return Ending.done()
    record = Record(book, taken, step, means.clock, lambda now, at: means.outlet.publish(_event(taken, now, at)))
    try:
        told = await DEEDS[step](Work(visit, record, Supplies(means.stores, means.mirror)))
        await record.end(told)
    except (NotOurs, Unavailable, *GONE) as error:
        # What has begun keeps its device: nothing else may begin on it meanwhile.
        begun = record.unit.stage.disturbed
        return Ending.held(AGAIN, error) if begun else Ending.later(AGAIN, error)
    return Ending.done() if told.result is Result.DONE else Ending.failed(told.reason or told.result.value)


def _event(taken: Taken, now: Unit, at: datetime) -> FirmwareProgressEvent:
    return FirmwareProgressEvent(
        tenant_id=taken.tenant_id,
        device_id=now.device_id,
        at=at,
        epoch=taken.epoch,
        rollout_id=taken.rollout_id,
        state=now.stage,
        wave=now.wave,
        before=taken.member.version,
        target=now.target,
        error=now.reason,
    )


staging, installing, booting, cleaning = (_duty(step) for step in (Step.STAGE, Step.INSTALL, Step.BOOT, Step.CLEAN))
