"""What a job knows of the devices of a rollout from one turn to the next: it reads what changed, and nothing else.

A row's ``xmin`` is the transaction that wrote it last. What was written by one that was not over at the last look is
read again: so nothing is missed, in whatever order transactions end.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Text, and_, cast, func, literal_column, or_, select, true
from sqlalchemy.orm import Session

from db.errandtables import errands
from db.rolloutrows import DEVICE, unit
from db.rollouttables import rollout_devices
from db.tables import device_state
from fleet.device import State
from fleet.identity import DeviceId
from fleet.rollouts import Unit

ROUND: Final = 2**32
"""Numbers of transactions in rows begin anew after so many."""

_WRITTEN: Final[ColumnElement[int]] = cast(cast(literal_column("rollout_devices.xmin"), Text), BigInteger)
_OLDEST: Final = cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A device whose errand ended without a word of the step; ``error`` says why, where that is known."""

    unit: Unit
    error: str | None


@dataclass(slots=True)
class Sight:
    """The devices of a rollout as they were read last, in the order of the plan.

    It holds what was read alone, so it is true whatever becomes of the transaction that reads. ``versions`` are the
    transactions that wrote their rows, ``since`` is the oldest that was not over then.
    """

    rollout_id: UUID
    units: dict[DeviceId, Unit] = field(default_factory=dict)
    versions: dict[DeviceId, int] = field(default_factory=dict)
    since: int | None = None

    def look(self, session: Session) -> tuple[dict[DeviceId, Unit], list[Orphan]]:
        """Bring it up to date; tells where the devices stand, and which are orphans."""
        mine = rollout_devices.c.rollout_id == self.rollout_id
        number = select(func.count()).select_from(rollout_devices).where(mine).scalar_subquery()
        oldest, there = session.execute(select(_OLDEST, number)).one()
        if there != len(self.units):
            # A device that was removed takes its row with it, which tells nothing: begin anew.
            self.units, self.versions, self.since = {}, {}, None
        orphans = []
        for row in session.execute(self._changed()):
            one = unit(row)
            self.units[one.device_id], self.versions[one.device_id] = one, row.written
            if row.gone:
                orphans.append(Orphan(one, row.error))
        self.since = oldest
        down = self._down(session)
        now = {one: replace(found, down=True) if one in down else found for one, found in self.units.items()}
        return now, orphans

    def _changed(self) -> Any:
        """Read what was written since the last look, and what is an orphan whoever wrote it last."""
        row = rollout_devices.c
        gone = and_(row.step.is_not(None), or_(errands.c.id.is_(None), errands.c.ended_at.is_not(None)))
        fresh = true() if self.since is None else (_WRITTEN - self.since % ROUND + ROUND) % ROUND < ROUND // 2
        told = (_WRITTEN.label("written"), gone.label("gone"), errands.c.error)
        return (
            select(*DEVICE, *told)
            .select_from(rollout_devices)
            .join(errands, errands.c.id == row.errand_id, isouter=True)
            .where(row.rollout_id == self.rollout_id, or_(fresh, gone))
            .order_by(row.place)
        )

    def _down(self, session: Session) -> frozenset[DeviceId]:
        """Tell which of the devices are known not to answer."""
        its = device_state.c.device_id == rollout_devices.c.device_id
        query = (
            select(rollout_devices.c.device_id)
            .join_from(rollout_devices, device_state, its)
            .where(rollout_devices.c.rollout_id == self.rollout_id, device_state.c.state == State.DOWN.value)
        )
        return frozenset(DeviceId(one) for one in session.scalars(query))

    def unchanged(self, session: Session, those: Collection[DeviceId]) -> set[DeviceId]:
        """Hold the rows of some devices, and tell which of them are as they were read."""
        mine = (rollout_devices.c.rollout_id == self.rollout_id, rollout_devices.c.device_id.in_(those))
        held = select(rollout_devices.c.device_id, _WRITTEN.label("written")).where(*mine).with_for_update()
        rows = session.execute(held.order_by(rollout_devices.c.device_id))
        return {DeviceId(row.device_id) for row in rows if self.versions.get(row.device_id) == row.written}
