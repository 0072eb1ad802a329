"""When our own work keeps devices away: a push, a restart, another version, between its begin and its end."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.errandtables import errands
from db.rolloutwork import KINDS
from fleet import control, pushes
from fleet.errands import ErrandState
from fleet.identity import DeviceId
from fleet.rollouts.states import Step
from fleet.spans import Span

AWAY: Final = (pushes.KIND, control.REBOOT, control.LOAD, KINDS[Step.INSTALL], KINDS[Step.BOOT])
"""The kinds of errands in which a device may be away for a while."""


def times(session: Session, now: datetime, near: timedelta) -> dict[DeviceId, tuple[Span, ...]]:
    """Tell when devices of the tenant were worked on, or are: what goes on, and what ended not longer ago than that.

    What waits for its device was not begun: nothing is expected of it, and the device is watched.
    """
    goes_on, ended = errands.c.state == ErrandState.TAKEN, errands.c.ended_at > now - near
    asked = select(errands.c.device_id, errands.c.at, errands.c.ended_at).where(
        errands.c.kind.in_(AWAY), errands.c.attempt > 0, or_(goes_on, ended)
    )
    found = defaultdict[DeviceId, list[Span]](list)
    for device_id, at, over in session.execute(asked):
        end = now + near if over is None else over
        if at < end:
            found[DeviceId(device_id)].append((at, end))
    return {device_id: tuple(those) for device_id, those in found.items()}
