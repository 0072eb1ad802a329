"""When nothing was heard of devices in the past, or of one of their families: what a rule of absence is tried on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import numpy as np
from sqlalchemy import Uuid, any_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import alertseries, alertspells, metric_tables
from db.alertseries import Asked
from db.binary import Array
from db.ranges import Range
from db.rows import between, of_these
from db.tables import device_state
from db.tables import devices as known
from fleet.alerts.ground import Facts
from fleet.alerts.hearing import LULL
from fleet.device import STALE_AFTER, State
from fleet.families import Family
from fleet.identity import DeviceId

HEARD: Final = "resource"
"""The family of which every poll that is answered leaves a row."""

Silence: TypeAlias = tuple[datetime, datetime, datetime | None]
"""The last word, when it is missed, and the next word."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_NONE: Final = np.empty(0, "M8[us]")


@dataclass(slots=True)
class Listener:
    """Finds silences. Where nobody of the tenant is heard the fault is ours, and nothing is missed.

    ``answers`` is the family of which every answer leaves a row.
    """

    session: Session
    asked: Asked
    answers: Family
    range: Range
    _heard: dict[datetime, datetime | None] = field(default_factory=dict)

    def silences(
        self, devices: Sequence[DeviceId], facts: Mapping[DeviceId, Facts]
    ) -> Iterator[tuple[DeviceId, int, list[Silence]]]:
        """Yield devices with how many words of each were read, and its silences."""
        whole = not self.asked.rule.condition.family
        spells = self._spells(devices) if whole else {}
        old = self._old(devices) if whole else set()
        words = {device: series[0].times for device, series in alertseries.read(self.session, self.asked, devices)}
        for device in devices:
            down = [at for at, state in spells.get(device, ()) if state is State.DOWN]
            told = [*(at for at, _ in spells.get(device, ())), *([self.range.start] if device in old else [])]
            mine = words.get(device, _NONE)
            instants = np.unique(np.concatenate([mine, np.array(list(map(_stamp, told)), "M8[us]")]))
            usual = max(self.asked.rule.hold, STALE_AFTER * facts[device].interval)
            yield device, len(mine), list(self._missed(instants, set(down), usual))

    def _missed(self, instants: Array, down: Collection[datetime], usual: timedelta) -> Iterator[Silence]:
        """Yield what lies too far apart; a device that is down is heard of until it is told to be something else."""
        far = np.flatnonzero(np.diff(instants) >= np.timedelta64(usual // _MICROSECOND, "us"))
        for last, back in [
            *((alertseries.instant(instants[n]), alertseries.instant(instants[n + 1])) for n in far),
            *((alertseries.instant(at), None) for at in instants[-1:]),
        ]:
            need = usual + self._grain(last)
            end = self.range.end if back is None else back
            if last not in down and end - last >= need:
                at = self._proven(last + need)
                if at is not None and at < end:
                    yield last, at, back

    def _grain(self, at: datetime) -> timedelta:
        """Tell how much longer a silence must be to be one where rows stand for whole spans."""
        return next((2 * p.resolution.span for p in self.asked.pieces if at < p.end), timedelta(0))

    def _proven(self, at: datetime) -> datetime | None:
        """Tell when it is known that others are heard while one is missed since an instant; None for never."""
        grain = LULL + self._grain(at)
        place = _MINUTE * ((at - grain - _EPOCH) // _MINUTE) + _EPOCH
        if place not in self._heard:
            self._heard[place] = self._next(place)
        heard = self._heard[place]
        return None if heard is None else max(at, heard)

    def _next(self, at: datetime) -> datetime | None:
        """Find when anybody of the tenant answered first from an instant on."""
        found: list[datetime] = []
        for piece in self.asked.pieces:
            view = metric_tables.readable(self.answers, piece.resolution)
            if at < piece.end and not found:
                inside = of_these(view, None), *between(view, max(at, piece.start), piece.end)
                first = self.session.scalar(select(func.min(view.c.time)).where(*inside))
                found += [] if first is None else [first]
        return min(found, default=None)

    def _spells(self, devices: Sequence[DeviceId]) -> dict[DeviceId, list[tuple[datetime, State]]]:
        """Tell the states of devices; that nothing is heard is told by us, so it is no word but the end of others."""
        found: dict[DeviceId, list[tuple[datetime, State]]] = {}
        before: dict[DeviceId, State] = {}
        for device, at, state in alertspells.changes(self.session, self.range, devices):
            if state is not State.STALE or before.get(device) is State.DOWN:
                found.setdefault(device, []).append((max(at, self.range.start), state))
            before[device] = state
        return found

    def _old(self, devices: Sequence[DeviceId]) -> set[DeviceId]:
        """Tell which devices had been heard of before the range begins, or were there at least."""
        asked = (
            select(known.c.id)
            .join_from(known, device_state, device_state.c.device_id == known.c.id)
            .where(
                known.c.id == any_(cast(list(devices), ARRAY(Uuid))),
                known.c.created_at < self.range.start,
                device_state.c.heard_at.is_not(None),
            )
        )
        return set(map(DeviceId, self.session.scalars(asked)))


def _stamp(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
