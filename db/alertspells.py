"""The states that devices came into, as readings: what a rule of states is tried on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from db.ranges import Range
from db.rows import of_these
from db.statetables import device_states as table
from fleet.alerts.judging import Reading
from fleet.device import State
from fleet.identity import DeviceId


def read(session: Session, spanned: Range, devices: Sequence[DeviceId]) -> Mapping[DeviceId, list[Reading]]:
    """Read the states of devices in a range; the one in which it begins is told at its begin.

    That nothing is heard is no state that a device tells, so it is left out.
    """
    told = defaultdict[DeviceId, list[Reading]](list)
    for device_id, at, state in changes(session, spanned, devices):
        if state is not State.STALE:
            told[device_id].append(Reading(max(at, spanned.start), state))
    return told


def changes(session: Session, spanned: Range, devices: Sequence[DeviceId]) -> list[tuple[DeviceId, datetime, State]]:
    """Read the changes themselves, device by device in the order of time, each device's last one before it first."""
    mine = of_these(table, devices)
    before = (
        select(table.c.device_id, table.c.at, table.c.state)
        .where(mine, table.c.at < spanned.start)
        .ext(distinct_on(table.c.device_id))
        .order_by(table.c.device_id, table.c.at.desc())
    )
    within = select(table.c.device_id, table.c.at, table.c.state).where(
        mine, table.c.at >= spanned.start, table.c.at < spanned.end
    )
    rows = [*session.execute(before), *session.execute(within)]
    found = [(DeviceId(device), at, State(state)) for device, at, state in rows]
    return sorted(found, key=lambda one: one[:2])
