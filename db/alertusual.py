"""What is usual of devices at an hour of the week, read from the roll-ups of hours, a bounded piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import partials
from db.partials import Source
from db.plans import Piece, Plan
from db.rows import make_room
from fleet.alerts import usual
from fleet.alerts.ground import Ground
from fleet.alerts.readings import JOINED
from fleet.alerts.rule import Test
from fleet.alerts.usual import Column, Usual, Usuals
from fleet.families import Family
from fleet.identity import DeviceId, TenantId
from fleet.resolutions import Resolution

PIECE: Final = 500
"""Devices of one question."""

AT_ONCE: Final = 10
"""Questions of one look: what is left is read with the next."""

WEEK: Final = timedelta(weeks=1)

Wanted = Mapping[tuple[TenantId, Column], Sequence[DeviceId]]
Door = Callable[[TenantId], AbstractContextManager[Session]]


@dataclass(slots=True)
class Almanac:
    """Keeps what is usual in this hour and the next of all that a rule asks for.

    Each hour is read once, while the one before it lasts; ``_read`` tells how many devices have been.
    """

    families: Mapping[str, Family]
    usuals: Usuals = field(default_factory=Usuals)
    piece: int = PIECE
    at_once: int = AT_ONCE
    _read: dict[tuple[int, TenantId, Column], int] = field(default_factory=dict)

    def turn(self, door: Door, ground: Ground, now: datetime) -> Usuals:
        """Read what is missing, at most ``at_once`` pieces; raises Unavailable while the database is away."""
        this, wanted = usual.hour(now), asked(ground)
        self.usuals.forget(this)
        self._read = {place: done for place, done in self._read.items() if place[0] >= this}
        left = self.at_once
        for number in (this, this + 1):
            for (tenant_id, column), devices in wanted.items():
                place = number, tenant_id, column
                while left and (done := self._read.get(place, 0)) < len(devices) and column[0] in self.families:
                    piece = devices[done : done + self.piece]
                    with door(tenant_id) as session:
                        found = [*read(session, self.families[column[0]], column, piece, usual.begin(number))]
                    self.usuals.put(number, column, found)
                    self._read[place] = done + len(piece)
                    left -= 1
        return self.usuals


def asked(ground: Ground) -> Wanted:
    """Tell of which columns of which devices a rule asks what is usual, in a lasting order."""
    found: dict[tuple[TenantId, Column], list[DeviceId]] = {}
    known: dict[int, set[Column]] = {}
    for device_id, plan in ground.plans.items():
        if id(plan) not in known:
            compared = [one.condition for one in plan.rules.values() if one.condition.test is Test.BASELINE]
            known[id(plan)] = {(one.family, one.field) for one in compared}
        for column in known[id(plan)]:
            found.setdefault((ground.devices[device_id].tenant_id, column), []).append(device_id)
    return {place: sorted(found[place]) for place in sorted(found, key=str)}


def read(
    session: Session, family: Family, column: Column, devices: Sequence[DeviceId], begin: datetime
) -> Iterator[tuple[DeviceId, str, Usual]]:
    """Read what is usual of some devices in the hour that begins then, from that hour of the weeks before."""
    hours = (begin - week * WEEK for week in range(usual.WEEKS, 0, -1))
    pieces = tuple(Piece(Resolution.HOUR, at, at + usual.HOUR) for at in hours)
    plan = Plan(Resolution.HOUR, pieces, pieces[0].start, usual.HOUR)
    make_room(session)
    rows = partials.rows(Source(family, family.column(column[1]), devices=devices), plan)
    key = [rows.c[name] for name in ("device_id", *family.labels)]
    # Of whole numbers the least is not kept: they swing as far below their mean as above it.
    swing = func.coalesce(rows.c.high - rows.c.low, 2 * (rows.c.high - rows.c.value))
    told = (func.array_agg(rows.c.value), func.array_agg(swing))
    for device_id, *labels, means, swings in session.execute(select(*key, *told).group_by(*key)):
        known = [(mean, swung) for mean, swung in zip(means, swings, strict=True) if mean is not None]
        found = usual.of([mean for mean, _ in known], [max(0.0, (swung or 0.0) / 2) for _, swung in known])
        if found is not None:
            yield DeviceId(device_id), JOINED.join(labels), found
