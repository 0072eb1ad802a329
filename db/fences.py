"""Which events may be stored: those of a former owner behind the fence of the next may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import psycopg

from fleet import ownership, partition
from fleet.events import DeviceEvent, Received
from fleet.identity import DeviceId
from fleet.ownership import Fence, Holding, Verdict

_VERSION = "SELECT version FROM assignment"
_PARTITIONS = "SELECT partition, epoch, fence_sequence, fence_created FROM partitions WHERE epoch > 0"

NO_FENCE = "A new owner has not set its fence yet; what a former owner sent of its partitions waits for that."

FORMER = 3
"""Older fences that are kept of a partition, but for one: who sleeps may have it back soon after waking up, and what
it says in between stands behind the fence of the owner in between alone."""

REMEMBERED = 200_000
"""Devices whose partition is kept in memory, so that it need not be computed for each of their events."""

_Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Events that may be stored, that are refused, and of which nobody can tell yet."""

    admitted: list[Received]
    refused: list[Received]
    waiting: list[Received]

    def of(self, verdict: Verdict) -> list[Received]:
        """Tell where events of a verdict belong."""
        if verdict is Verdict.ACCEPT:
            return self.admitted
        return self.refused if verdict is Verdict.REFUSE else self.waiting


@dataclass(slots=True)
class Fences:
    """The epochs and fences of all partitions, read again only when the assignment has changed."""

    _version: int = -1
    _holdings: dict[int, Holding] = field(default_factory=dict)
    _former: dict[int, tuple[Holding, ...]] = field(default_factory=dict)
    _newest: int = 0
    _partitions: dict[UUID, int] = field(default_factory=dict)

    async def judged(
        self, connection: _Connection, received: Sequence[Received], created: Mapping[str, datetime]
    ) -> Judged:
        """Judge events by the partitions of their devices. ``created`` tells when each stream was made."""
        await self._refresh(connection)
        judged = Judged([], [], [])
        for one in received:
            judged.of(self._judge(one, created)).append(one)
        return judged

    async def _refresh(self, connection: _Connection) -> None:
        found = await (await connection.execute(_VERSION)).fetchone()
        version = found[0] if found else 0
        if version == self._version:
            return
        rows = await (await connection.execute(_PARTITIONS)).fetchall()
        held = {number: Holding(number, epoch, fence=_fence(*at)) for number, epoch, *at in rows}
        for number, before in self._holdings.items():
            if before.fence is not None and number in held and held[number].epoch > before.epoch:
                self._former[number] = (*self._former.get(number, ())[-FORMER:], before)
        self._holdings = held
        self._newest = max((holding.epoch for holding in self._holdings.values()), default=0)
        self._version = version

    def _judge(self, one: Received, created: Mapping[str, datetime]) -> Verdict:
        event = one.event
        if not isinstance(event, DeviceEvent) or event.epoch >= self._newest:
            return Verdict.ACCEPT
        holding = self._holdings.get(self._partition(event.device_id))
        if holding is None:
            return Verdict.ACCEPT
        place = event.epoch, one.accepted, created[one.stream]
        if any(
            ownership.judge(*place, before) is Verdict.REFUSE for before in self._former.get(holding.partition, ())
        ):
            return Verdict.REFUSE
        return ownership.judge(*place, holding)

    def _partition(self, device_id: UUID) -> int:
        number = self._partitions.get(device_id)
        if number is None:
            if len(self._partitions) >= REMEMBERED:
                self._partitions.clear()
            number = self._partitions[device_id] = partition.of(DeviceId(device_id))
        return number


def _fence(sequence: int | None, created: datetime | None) -> Fence | None:
    return Fence(sequence, created) if sequence is not None and created is not None else None
